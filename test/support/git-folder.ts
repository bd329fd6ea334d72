import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const IDENTITY = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' };

/** A user's home with a git configuration, and repositories that are worked on with plain git. */
export class GitFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'berth-git-')));
  readonly home = join(this.path, 'home');
  /** What plain git is run with: only this home. */
  readonly env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: this.home, GIT_CONFIG_NOSYSTEM: '1' };

  constructor() {
    this.write('home/.gitconfig', '[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n');
  }

  write(path: string, text: string | Uint8Array): string {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** Plain git, as in a terminal. */
  git(repository: string, ...args: readonly string[]): string {
    return execFileSync('git', ['-C', join(this.path, repository), ...args], { env: { ...this.env, ...IDENTITY }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  /** The same where failing is fine. */
  attempt(repository: string, ...args: readonly string[]): void {
    spawnSync('git', ['-C', join(this.path, repository), ...args], { env: { ...this.env, ...IDENTITY }, stdio: 'ignore', timeout: 20_000 });
  }

  repository(name: string, files: { readonly [path: string]: string } = { 'a.yaml': 'a: 1\n' }): string {
    mkdirSync(join(this.path, name), { recursive: true });
    this.git(name, 'init', '-q', '-b', 'main');
    this.commit(name, 'first', files);
    return join(this.path, name);
  }

  commit(repository: string, message: string, files: { readonly [path: string]: string }): string {
    for (const [path, text] of Object.entries(files)) this.write(`${repository}/${path}`, text);
    this.git(repository, 'add', '-A');
    this.git(repository, 'commit', '-q', '-m', message);
    return this.git(repository, 'rev-parse', 'HEAD');
  }

  /** A bare repository and clones of it. */
  remote(name: string, clones: readonly string[], files?: { readonly [path: string]: string }): void {
    const seed = this.repository(`${name}-seed`, files);
    execFileSync('git', ['clone', '-q', '--bare', seed, join(this.path, name)], { env: { ...this.env, ...IDENTITY } });
    for (const clone of clones) execFileSync('git', ['clone', '-q', join(this.path, name), join(this.path, clone)], { env: { ...this.env, ...IDENTITY } });
  }
}
