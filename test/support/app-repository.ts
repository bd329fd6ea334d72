import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { giveTo } from '../../scripts/lib/stage.mjs';
import { idleService, openAppProject, type AppProject } from './app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from './electron-app';

const IDENTITY = { GIT_AUTHOR_NAME: 'Grace', GIT_AUTHOR_EMAIL: 'grace@example.org', GIT_COMMITTER_NAME: 'Grace', GIT_COMMITTER_EMAIL: 'grace@example.org' };

/** The folder of an app's project under git, with a bare remote and a colleague's clone of it; all of it is worked on with plain git. */
export interface AppRepository {
  readonly remote: string;
  /** Plain git in the project, as in a terminal. */
  git(...args: readonly string[]): string;
  /** The same for the bare remote. */
  gitOfRemote(...args: readonly string[]): string;
  /** A colleague commits these files and pushes them. */
  colleague(message: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Writes a file as the user of the app. */
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
}

/** A home whose app knows one project, which is under git. */
export interface RepositoryPlace {
  readonly home: TestHome;
  readonly project: AppProject;
  readonly repository: AppRepository;
  remove(): Promise<void>;
}

/** Makes one with these files and a service that does nothing. */
export async function openRepository(kind: string, files: Readonly<Record<string, string>>): Promise<RepositoryPlace> {
  const home = await createHome({ BERTH_TEST: '1' });
  try {
    gitIdentity(home);
    const project = await openAppProject(home, kind, { dev: { api: idleService() } }, files);
    const repository = await putUnderGit(home, project);
    return { home, project, repository, remove: () => project.close().then(() => home.remove()) };
  } catch (error) {
    await home.remove();
    throw error;
  }
}

/** The window over such a place. */
export interface RepositoryWindow extends RunningApp {
  /** Clicks once it can be clicked. */
  readonly press: (testId: string) => Promise<void>;
  /** Waits until the page answers its question so. */
  readonly answer: (words: RegExp) => Promise<void>;
}

const WINDOW_MS = 30_000;

/** The app over a place. */
export async function openWindow({ home }: RepositoryPlace): Promise<RepositoryWindow> {
  const berth = await launchBerth(home);
  return {
    ...berth,
    press: (testId) => berth.window.locator(`[data-testid="${testId}"]:enabled`).click({ timeout: WINDOW_MS }),
    answer: (words) => expect.poll(() => berth.window.getByTestId('page-answer').textContent(), { timeout: WINDOW_MS }).toMatch(words),
  };
}

/** A place and its window, there for all tests of a block. To be called where the block begins. */
export function repositoryApp(kind: string, files: Readonly<Record<string, string>>): Omit<RepositoryPlace, 'remove'> & { readonly berth: RepositoryWindow } {
  let place: RepositoryPlace | undefined;
  let berth: RepositoryWindow | undefined;
  beforeAll(async () => {
    place = await openRepository(kind, files);
    berth = await openWindow(place);
  });
  afterAll(async () => {
    await berth?.close();
    await place?.remove();
  });
  const opened = <T>(one: T | undefined): T => {
    if (one === undefined) throw new Error('The app is open only while the tests of the block run.');
    return one;
  };
  return {
    get home() {
      return opened(place).home;
    },
    get project() {
      return opened(place).project;
    },
    get repository() {
      return opened(place).repository;
    },
    get berth() {
      return opened(berth);
    },
  };
}

/** Who commits in a home: the app reads the user's own configuration. */
function gitIdentity(home: TestHome): void {
  const file = join(home.path, '.gitconfig');
  writeFileSync(file, '[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n');
  giveTo(file, home.staged.user);
}

/** Puts everything of a project into a first commit that a remote has. */
export async function putUnderGit(home: TestHome, project: AppProject): Promise<AppRepository> {
  const parent = dirname(project.dir);
  const remote = join(parent, 'remote.git');
  const clone = join(parent, 'colleague');
  // Some of it belongs to the app's user and some to who runs the tests; git asks for that.
  writeFileSync(join(parent, '.gitconfig'), '[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n');
  const run = (dir: string, args: readonly string[]): string =>
    execFileSync('git', ['-C', dir, ...args], { env: { PATH: process.env['PATH'], HOME: parent, GIT_CONFIG_NOSYSTEM: '1', ...IDENTITY }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const give = (): void => giveTo(parent, home.staged.user);
  const plain = (dir: string, args: readonly string[]): string => {
    try {
      return run(dir, args);
    } finally {
      give();
    }
  };
  run(project.dir, ['init', '-q', '-b', 'main']);
  run(project.dir, ['add', '-A']);
  run(project.dir, ['commit', '-q', '-m', 'The first manifests']);
  run(parent, ['clone', '-q', '--bare', project.dir, remote]);
  run(project.dir, ['remote', 'add', 'origin', remote]);
  run(project.dir, ['fetch', '-q', 'origin']);
  run(project.dir, ['branch', '-q', '--set-upstream-to=origin/main']);
  run(parent, ['clone', '-q', remote, clone]);
  give();
  return {
    remote,
    git: (...args) => plain(project.dir, args),
    gitOfRemote: (...args) => plain(remote, args),
    async colleague(message, files) {
      run(clone, ['pull', '-q', '--rebase']);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(clone, path)), { recursive: true });
        await writeFile(join(clone, path), text);
      }
      run(clone, ['add', '-A']);
      run(clone, ['commit', '-q', '-m', message]);
      run(clone, ['push', '-q']);
      give();
      return run(clone, ['rev-parse', 'HEAD']);
    },
    async write(path, text) {
      await project.write(path, text);
      give();
    },
    read: (path) => readFile(join(project.dir, path), 'utf8'),
  };
}
