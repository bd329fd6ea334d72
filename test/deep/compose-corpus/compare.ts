import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { HashDialect } from '@shared/domain/compose/model';
import { dialectOfVersion } from '@main/compose/installed-dialect';
import type { ComposeService } from '@main/compose/service';
import { composeHandlers } from '@main/compose/handlers';

/** What one side says of a file: the model and hashes, or the reason it was refused. */
export type Verdict = { readonly ok: true; readonly model: unknown; readonly hashes: { readonly [service: string]: string } } | { readonly ok: false; readonly reason: string; readonly code?: string; readonly line?: number | undefined };

/** Variables of ours must not differ from the oracle's. */
export const ORACLE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/root' };

/** docker compose in the version that is asked: the installed one, or a binary of another version. */
export interface Oracle {
  ask(files: readonly string[], extra?: readonly string[]): Promise<Verdict>;
  version(): Promise<string>;
  dialect(): Promise<HashDialect>;
}

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: readonly string[], args: readonly string[], cwd: string): Promise<Answer> {
  return new Promise((done) => {
    execFile(command[0] ?? '', [...command.slice(1), ...args], { cwd, env: { ...ORACLE_ENVIRONMENT, PWD: cwd }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : 1, stdout, stderr });
    });
  });
}

/** The oracle of a command; `cacheDir` keeps its answers between runs. */
export function oracleOf({ command = ['docker', 'compose'], cacheDir }: { readonly command?: readonly string[]; readonly cacheDir?: string | undefined } = {}): Oracle {
  let asked: Promise<string> | undefined;
  const version = (): Promise<string> => (asked ??= run(command, ['version', '--short'], '/').then(({ stdout }) => stdout.trim().replace(/^v/, '')));
  return {
    version,
    dialect: async () => dialectOfVersion(await version()) ?? 'v5',
    ask: async (files, extra = []) => {
      const cached = cacheDir === undefined ? undefined : join(cacheDir, `${await keyOf(await version(), files, extra)}.json`);
      const known = cached === undefined ? undefined : await readFile(cached, 'utf8').catch(() => undefined);
      if (known !== undefined) return JSON.parse(known) as Verdict;
      const verdict = await askCommand(command, files, extra);
      if (cached !== undefined && cacheDir !== undefined) {
        await mkdir(cacheDir, { recursive: true });
        await writeFile(cached, JSON.stringify(verdict));
      }
      return verdict;
    },
  };
}

/** A folder with more files than this is a collection, not a project. */
const PROJECT_FILES_MAX = 60;

/** Everything an answer depends on: the files, and what lies beside them. */
async function keyOf(version: string, files: readonly string[], extra: readonly string[]): Promise<string> {
  const folder = dirname(files[0] ?? '/');
  const inside = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const beside = inside.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  const read = [...files, join(folder, '.env'), ...(beside.length > PROJECT_FILES_MAX ? [] : beside)];
  const contents = await Promise.all(read.map(async (file) => [file, await readFile(file, 'base64').catch(() => '')]));
  return createHash('sha256').update(JSON.stringify([version, files, extra, contents])).digest('hex');
}

async function askCommand(command: readonly string[], files: readonly string[], extra: readonly string[]): Promise<Verdict> {
  const cwd = dirname(files[0] ?? '/');
  const named = [...files.flatMap((file) => ['-f', file]), ...extra];
  const config = await run(command, [...named, 'config', '--format', 'json'], cwd);
  if (config.code !== 0) return { ok: false, reason: config.stderr.trim().split('\n').slice(-2).join(' ') };
  const model = JSON.parse(config.stdout) as PrintedModel;
  const hashes = hashesIn((await run(command, [...named, 'config', '--hash', '*'], cwd)).stdout);
  // `config --hash` forgets env_file before 5.1, the label that `up` writes does not: those services are asked with the resolved model, which has it merged in.
  const unresolved = await run(command, [...named, 'config', '--no-env-resolution', '--format', 'json'], cwd);
  const withFile = unresolved.code === 0 ? Object.entries((JSON.parse(unresolved.stdout) as PrintedModel).services ?? {}).filter(([, service]) => service.env_file !== undefined).map(([name]) => name) : [];
  if (withFile.length > 0) {
    const resolved = join(await mkdtemp(join(tmpdir(), 'berth-oracle-')), 'resolved.json');
    // A printed -1 cannot be read again.
    await writeFile(resolved, config.stdout.replaceAll('"memswap_limit": "-1"', '"memswap_limit": -1'));
    const again = hashesIn((await run(command, ['-f', resolved, '--project-directory', cwd, '--profile', '*', 'config', '--hash', '*'], cwd)).stdout);
    for (const name of withFile) {
      const hash = again[name];
      // What compose prints and cannot read again has no hash that could be asked for.
      if (hash === undefined) Reflect.deleteProperty(hashes, name);
      else hashes[name] = hash;
    }
    await rm(dirname(resolved), { recursive: true });
  }
  return { ok: true, model, hashes };
}

interface PrintedModel {
  readonly services?: { readonly [name: string]: { readonly env_file?: unknown } };
}

function hashesIn(stdout: string): { [service: string]: string } {
  return Object.fromEntries(stdout.trim().split('\n').filter((line) => line !== '').map((line) => line.split(' ') as [string, string]));
}

const INSTALLED = oracleOf();

/** Fails with the way to get the oracle when it is not there. */
export async function assertOracle(): Promise<void> {
  const version = await INSTALLED.version();
  if (version.startsWith('5.')) return;
  throw new Error(
    `These tests compare with docker compose 5, which is ${version === '' ? 'not installed' : `here in version ${version}`}. With Go installed, get it with:\n` +
      'CGO_ENABLED=0 GOBIN=/tmp/compose go install -ldflags "-s -w -X github.com/docker/compose/v5/internal.Version=v5.0.2" github.com/docker/compose/v5/cmd@v5.0.2 && ' +
      'mkdir -p ~/.docker/cli-plugins && cp /tmp/compose/cmd ~/.docker/cli-plugins/docker-compose',
  );
}

/** What the installed docker compose says. */
export function askOracle(files: readonly string[], extra: readonly string[] = []): Promise<Verdict> {
  return INSTALLED.ask(files, extra);
}

/** What Berth says, as `berth compose config` prints it; hashes in the dialect asked for. */
export async function askBerth(compose: ComposeService, files: readonly string[], more: { readonly profile?: string[]; readonly envFile?: string[]; readonly dialect?: HashDialect } = {}): Promise<Verdict> {
  const dir = dirname(files[0] ?? '/');
  const { profile = [], envFile = [], dialect = 'v5' } = more;
  try {
    const answer = await composeHandlers(compose, ORACLE_ENVIRONMENT)['compose.config']({ dir, file: [...files], envFile, profile }, { door: 'internal', signal: new AbortController().signal });
    const hashes = dialect === 'v5' ? answer.hashes : Object.fromEntries(Object.entries((await compose.load({ dir, files, envFiles: envFile, profiles: profile })).hashes).map(([name, hash]) => [name, hash[dialect]]));
    return { ok: true, model: JSON.parse(JSON.stringify(answer.model)) as unknown, hashes };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ok: false, code: error.code, line: error.where?.line, reason: `${error.code}: ${error.message} [${basename(error.where?.file ?? '')}:${String(error.where?.line ?? '')}]` };
  }
}

/** Places where two values differ, a few at most. */
export function differences(left: unknown, right: unknown, path = ''): string[] {
  if (left === right) return [];
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null || Array.isArray(left) !== Array.isArray(right)) {
    return [`${path}: ${JSON.stringify(left)?.slice(0, 200) ?? 'nothing'} <> ${JSON.stringify(right)?.slice(0, 200) ?? 'nothing'}`];
  }
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => differences((left as { [key: string]: unknown })[key], (right as { [key: string]: unknown })[key], `${path}/${key}`)).slice(0, 8);
}

/** All compose files below a folder. */
export async function composeFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name)).sort();
}
