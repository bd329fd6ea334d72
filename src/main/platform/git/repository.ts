import { lstat, mkdir, readFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { readAddress, shownAddress } from '@shared/domain/gitops/git-address';
import { parseSettings, parseUserSettings, trustedSettings, unsupportedSetup, viewConfig, type GitSetting } from '@shared/domain/gitops/git-config';
import { FIXED_SETTINGS, gitEnvironment } from './environment';
import { findGit, type FoundGit } from './find-git';
import { repositoryView } from './repository-view';
import { findRepository, type RepositoryPlace } from './repository-place';
import { failureOf, runGit, type GitAnswer, type GitLimits } from './run-git';

const READ_LIMITS: GitLimits = { timeoutMs: 60_000, maxOutputBytes: 32 * 1024 * 1024 };
const NETWORK_TIMEOUT_MS = 300_000;
const CONFIG_MAX_BYTES = 1024 * 1024;

/** One command. */
export interface GitCall {
  /** The command and its arguments; what comes from outside stands behind `--end-of-options` or `--`. */
  readonly args: readonly string[];
  /** Words for a failure: "The branch cannot be made". */
  readonly what: string;
  readonly input?: Uint8Array | string | undefined;
  /** True when it changes the repository: then it may take git's own locks. */
  readonly writes?: boolean | undefined;
  /** Another file in the place of the index. */
  readonly indexFile?: string | undefined;
  /** Exit codes that are answers; 0 always is. */
  readonly answers?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: Partial<GitLimits> | undefined;
}

/** A remote that may be spoken to. */
export interface ReachableRemote {
  /** What is handed to git. */
  readonly address: string;
  readonly protocols: readonly string[];
  /** For people, without a password. */
  readonly shown: string;
}

/** A repository of a stranger, as the user's git works on it without running anything of the stranger's. */
export interface GitRepository {
  readonly place: RepositoryPlace;
  /** What the repository configures, as data: git itself never reads it. */
  readonly settings: readonly GitSetting[];
  readonly hasIdentity: boolean;
  /** Whether the user's own configuration has commits signed. */
  readonly signs: boolean;
  /** Rejects with `git-failed` in one sentence where the exit code is none of the expected. */
  run(call: GitCall): Promise<GitAnswer>;
  /** The same with a server, or with a folder of this machine that the user named himself. */
  speak(remote: ReachableRemote, call: GitCall): Promise<GitAnswer>;
  /** Rejects with `policy-refused` for an address that is not spoken to; a folder of this machine only where `isNamed`. */
  reach(url: string, isNamed: boolean): Promise<ReachableRemote>;
}

/** The one way to git. */
export interface Git {
  /** Rejects with `git-missing`, `not-a-repository`, `not-supported`. */
  open(dir: string): Promise<GitRepository>;
}

/** Where git is looked for and what it is given. */
export interface GitOptions {
  /** A folder of Berth's own state. */
  readonly viewsDir: string;
  /** The user's environment; little of it is passed on. */
  readonly env: NodeJS.ProcessEnv;
  /** A file in which git writes down what it starts. */
  readonly traceFile?: string | undefined;
}

/** Git of this machine. */
export function createGit(options: GitOptions): Git {
  let found: Promise<FoundGit> | null = null;
  const git = async (): Promise<FoundGit> => {
    // One that is installed meanwhile is found the next time.
    found ??= findGit(options.env['PATH'] ?? options.env['Path'] ?? '').catch((error: unknown) => {
      found = null;
      throw error;
    });
    return found;
  };
  return {
    async open(dir) {
      const { path } = await git();
      const place = await findRepository(dir);
      const settings = await settingsOf(path, options.env, place.commonDir);
      const problem = unsupportedSetup(settings);
      if (problem !== null) throw new AppError('not-supported', `The repository in ${place.root} ${problem}.`, { hint: 'Use git in a terminal for it.', where: { file: place.root } });
      const view = await repositoryView(options.viewsDir, place.commonDir, viewConfig(settings, false), null);
      const opened = new OpenedRepository({ git: path, place, settings, view, user: [], ...options });
      return new OpenedRepository({ git: path, place, settings, view, user: await opened.userSettings(), ...options });
    },
  };
}

interface Parts extends GitOptions {
  readonly git: string;
  readonly place: RepositoryPlace;
  readonly settings: readonly GitSetting[];
  readonly view: string;
  readonly user: readonly GitSetting[];
}

class OpenedRepository implements GitRepository {
  constructor(private readonly parts: Parts) {}

  get place(): RepositoryPlace {
    return this.parts.place;
  }

  get settings(): readonly GitSetting[] {
    return this.parts.settings;
  }

  get hasIdentity(): boolean {
    return this.parts.user.some(({ key, value }) => key === 'user.name' && value !== '') && this.parts.user.some(({ key, value }) => key === 'user.email' && value !== '');
  }

  get signs(): boolean {
    return this.parts.user.findLast(({ key }) => key === 'commit.gpgsign')?.value.toLowerCase() === 'true';
  }

  run(call: GitCall): Promise<GitAnswer> {
    return this.call(call, [], READ_LIMITS);
  }

  speak(remote: ReachableRemote, call: GitCall): Promise<GitAnswer> {
    return this.call(call, remote.protocols, { ...READ_LIMITS, timeoutMs: NETWORK_TIMEOUT_MS });
  }

  async reach(url: string, isNamed: boolean): Promise<ReachableRemote> {
    const address = readAddress(url);
    const shown = shownAddress(url);
    switch (address.kind) {
      case 'https':
      case 'ssh':
        return { address: url, protocols: [address.kind], shown };
      case 'refused':
        throw new AppError('policy-refused', `The remote ${shown} ${address.reason}.`, { hint: 'Give it an https or ssh address with `git remote set-url`.' });
      case 'folder':
        if (!isNamed) throw new AppError('policy-refused', `The remote ${shown} is a folder of this machine, and the repository itself named it.`, { hint: `If it is yours, name it once: --remote ${shown}` });
        return { address: await this.folderRemote(resolve(this.place.root, address.path)), protocols: ['file'], shown };
    }
  }

  /** What the user's own configuration says, with its conditions for this repository: of the trusted keys only. */
  async userSettings(): Promise<readonly GitSetting[]> {
    const { stdout } = await this.call({ args: ['config', '--list', '--includes', '--show-scope', '-z'], what: 'Your git configuration cannot be read', answers: [1] }, [], READ_LIMITS, true);
    return trustedSettings(parseUserSettings(stdout.toString('utf8')));
  }

  private async call(call: GitCall, protocols: readonly string[], limits: GitLimits, asUser = false): Promise<GitAnswer> {
    const { place, view, user, env, git, traceFile } = this.parts;
    if (call.writes === true) await mkdir(join(place.commonDir, 'logs'), { recursive: true });
    const more = { GIT_DIR: place.gitDir, GIT_COMMON_DIR: view, GIT_WORK_TREE: place.root, ...(call.indexFile === undefined ? {} : { GIT_INDEX_FILE: call.indexFile }), ...(traceFile === undefined ? {} : { GIT_TRACE: traceFile }) };
    const surroundings = gitEnvironment({ user: env, settings: user, protocols, readsOnly: call.writes !== true, more });
    if (asUser) delete surroundings['GIT_CONFIG_GLOBAL'];
    const answer = await runGit({
      path: git,
      argv: ['--no-pager', '--no-replace-objects', ...FIXED_SETTINGS, ...call.args],
      env: surroundings,
      cwd: place.root,
      input: call.input ?? null,
      signal: call.signal ?? null,
      ...limits,
      ...call.limits,
    });
    if (answer.exitCode !== 0 && call.answers?.includes(answer.exitCode) !== true) throw failureOf(call.what, answer);
    return answer;
  }

  /** A folder is spoken to through a view as well: neither its configuration nor its hooks are those of this user. */
  private async folderRemote(path: string): Promise<string> {
    const isBare = (await lstat(join(path, '.git')).catch(() => null)) === null;
    const dir = isBare ? path : join(path, '.git');
    const head = await readFile(join(dir, 'HEAD'), 'utf8').catch(() => {
      throw new AppError('not-found', `There is no git repository at ${path}.`, { hint: 'Check the path of the remote.', where: { file: path } });
    });
    return repositoryView(this.parts.viewsDir, dir, viewConfig(await settingsOf(this.parts.git, this.parts.env, dir), isBare), head);
  }
}

/** The configuration of a repository, read as a file like any other: nothing in it takes effect, and what it includes is not looked at. */
async function settingsOf(git: string, env: NodeJS.ProcessEnv, commonDir: string): Promise<readonly GitSetting[]> {
  const file = join(commonDir, 'config');
  const found = await lstat(file).catch(() => null);
  if (found === null) return [];
  if (!found.isFile() || found.size > CONFIG_MAX_BYTES) throw new AppError('not-supported', `${file} is no ordinary configuration file.`, { hint: 'Look at it in a terminal.', where: { file } });
  const answer = await runGit({
    path: git,
    argv: ['config', '--file', file, '--no-includes', '-z', '--list'],
    // Nowhere: no repository is found from here.
    env: gitEnvironment({ user: env, settings: [], protocols: [], readsOnly: true, more: { GIT_DIR: join(commonDir, 'no-repository'), GIT_CEILING_DIRECTORIES: parse(commonDir).root } }),
    cwd: parse(commonDir).root,
    input: null,
    signal: null,
    ...READ_LIMITS,
  });
  if (answer.exitCode !== 0) throw failureOf(`The settings of the repository in ${commonDir} cannot be read`, answer);
  return parseSettings(answer.stdout.toString('utf8'));
}
