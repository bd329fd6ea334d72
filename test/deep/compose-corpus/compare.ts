import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { ComposeService } from '@main/compose/service';
import { composeHandlers } from '@main/compose/handlers';

/** What one side says of a file: the model and hashes, or the reason it was refused. */
export type Verdict = { readonly ok: true; readonly model: unknown; readonly hashes: { readonly [service: string]: string } } | { readonly ok: false; readonly reason: string; readonly code?: string; readonly line?: number | undefined };

/** Variables of ours must not differ from the oracle's. */
export const ORACLE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/root' };

function docker(args: readonly string[], cwd: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((done) => {
    execFile('docker', ['compose', ...args], { cwd, env: { ...ORACLE_ENVIRONMENT, PWD: cwd }, maxBuffer: 64 * 1024 * 1024, timeout: 60_000 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : 1, stdout, stderr });
    });
  });
}

/** Fails with the way to get the oracle when it is not there. */
export async function assertOracle(): Promise<void> {
  const { code, stdout } = await docker(['version', '--short'], '/');
  if (code === 0 && stdout.trim().replace(/^v/, '').startsWith('5.')) return;
  throw new Error(
    `These tests compare with docker compose 5, which is ${code === 0 ? `here in version ${stdout.trim()}` : 'not installed'}. With Go installed, get it with:\n` +
      'CGO_ENABLED=0 GOBIN=/tmp/compose go install -ldflags "-s -w -X github.com/docker/compose/v5/internal.Version=v5.0.2" github.com/docker/compose/v5/cmd@v5.0.2 && ' +
      'mkdir -p ~/.docker/cli-plugins && cp /tmp/compose/cmd ~/.docker/cli-plugins/docker-compose',
  );
}

/** What docker compose says; `cacheDir` keeps answers between runs. */
export async function askOracle(files: readonly string[], extra: readonly string[] = [], cacheDir?: string): Promise<Verdict> {
  const contents = await Promise.all(files.map((file) => readFile(file).catch(() => Buffer.from(''))));
  const key = createHash('sha256').update(JSON.stringify([files, extra, contents.map((content) => content.toString('base64'))])).digest('hex');
  const cached = cacheDir === undefined ? undefined : join(cacheDir, `${key}.json`);
  if (cached !== undefined) {
    const known = await readFile(cached, 'utf8').catch(() => undefined);
    if (known !== undefined) return JSON.parse(known) as Verdict;
  }
  const cwd = dirname(files[0] ?? '/');
  const named = [...files.flatMap((file) => ['-f', file]), ...extra];
  const config = await docker([...named, 'config', '--format', 'json'], cwd);
  let verdict: Verdict;
  if (config.code !== 0) verdict = { ok: false, reason: config.stderr.trim().split('\n').slice(-2).join(' ') };
  else {
    // `config --hash` forgets env_file, the label that \`up\` writes does not: the resolved model has it merged in.
    const resolved = join(await mkdtemp(join(tmpdir(), 'berth-oracle-')), 'resolved.json');
    await writeFile(resolved, config.stdout);
    const merged = await docker(['-f', resolved, '--project-directory', cwd, '--profile', '*', 'config', '--hash', '*'], cwd);
    const hash = merged.code === 0 ? merged : await docker([...named, 'config', '--hash', '*'], cwd);
    await rm(dirname(resolved), { recursive: true });
    verdict = { ok: true, model: JSON.parse(config.stdout) as unknown, hashes: Object.fromEntries(hash.stdout.trim().split('\n').filter((line) => line !== '').map((line) => line.split(' ') as [string, string])) };
  }
  if (cached !== undefined && cacheDir !== undefined) {
    await mkdir(cacheDir, { recursive: true });
    await writeFile(cached, JSON.stringify(verdict));
  }
  return verdict;
}

/** What Berth says, as `berth compose config` prints it. */
export async function askBerth(compose: ComposeService, files: readonly string[], more: { readonly profile?: string[]; readonly envFile?: string[] } = {}): Promise<Verdict> {
  try {
    const answer = await composeHandlers(compose, ORACLE_ENVIRONMENT)['compose.config'](
      { dir: dirname(files[0] ?? '/'), file: [...files], envFile: more.envFile ?? [], profile: more.profile ?? [] },
      { door: 'internal', signal: new AbortController().signal },
    );
    return { ok: true, model: JSON.parse(JSON.stringify(answer.model)) as unknown, hashes: answer.hashes };
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
