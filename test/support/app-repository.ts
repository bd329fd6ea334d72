import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { giveTo } from '../../scripts/lib/stage.mjs';
import type { AppProject } from './app-project';
import type { TestHome } from './electron-app';

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

/** Who commits in a home: the app reads the user's own configuration. */
export function gitIdentity(home: TestHome): void {
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
