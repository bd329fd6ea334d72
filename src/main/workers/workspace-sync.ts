import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { haltWords } from '@shared/domain/workspaces/words';
import { AppError, errorData } from '@shared/kernel/app-error';
import { ensureQuickBucket } from '../platform/s3/quick-bucket';
import { openQuickS3 } from '../platform/s3/quick-client';
import { systemClock } from '../platform/system-clock';
import { SyncCore } from '../workspaces/engine-core';
import type { SyncEngineOptions, SyncReport, SyncWatchEvent } from '../workspaces/engine-types';
import { linesOf } from '../workspaces/watcher';
import { runMonitor } from './compose-monitor';

/**
 * The sync engine by itself, for a compose file that runs without Berth: the program of the image `berth/workspace-sync`.
 *
 *   watch                      sends what is saved as it is saved (what the container does)
 *   sync [name] [--approve x]  one pass
 *   bucket                     waits for S3 and makes the bucket
 *   monitor                    a container for each workspace that the mount shows, and the page of them
 *
 * Each batch is a line on stdout, each failure one on stderr.
 */

const HEALTHY = '/tmp/workspace-sync.healthy';
const HEALTHY_EVERY_MS = 10_000;
const DEADLINE_MS = 20_000;
const VERIFY_EVERY_MS = 5 * 60_000;
const BUCKET_PATIENCE_MS = 120_000;
const AGAIN_MS = 1_000;
const TELL_MS = 3_000;
/** The control socket of the mount, in a volume that both share. */
const MOUNT_SOCKET = '/run/berth/mnt-workspaces.sock';
const USAGE = 'Usage: watch | sync [<workspace>] [--approve <code>] | bucket | monitor';

const say = (text: string): void => void process.stdout.write(`${new Date().toISOString()} ${text}\n`);
const warn = (text: string): void => void process.stderr.write(`${new Date().toISOString()} ${text}\n`);

/** A variable that has to be there. */
function given(...names: readonly string[]): string {
  const value = names.map((name) => process.env[name] ?? '').find((one) => one !== '');
  if (value === undefined) throw new AppError('input-invalid', `${names[0] ?? ''} is not set.`, { hint: 'The compose file and its keys file set it.' });
  return value;
}

function options(): SyncEngineOptions {
  const endpoint = given('S3_ENDPOINT');
  return {
    root: process.env['WORKSPACES_FOLDER'] ?? '/workspaces',
    destination: { endpoint, bucket: given('WORKSPACES_BUCKET'), prefix: '' },
    s3: { endpoint, region: process.env['S3_REGION'] ?? 'us-east-1', accessKey: given('S3_ACCESS_KEY', 'AWS_ACCESS_KEY_ID'), secretKey: given('S3_SECRET_KEY', 'AWS_SECRET_ACCESS_KEY'), deadlineMs: DEADLINE_MS },
    stateDir: process.env['STATE_FOLDER'] ?? '/state',
    settings: { gitignore: true, dockerignore: true, concurrency: 10, sizeOnly: false, trash: false, verifyEveryMs: VERIFY_EVERY_MS },
  };
}

/** What a container health check looks for: there and young while the last pass went well. */
class Health {
  private timer: NodeJS.Timeout | null = null;

  set(isWell: boolean): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    if (!isWell) return rmSync(HEALTHY, { force: true });
    writeFileSync(HEALTHY, '');
    this.timer = setInterval(() => writeFileSync(HEALTHY, ''), HEALTHY_EVERY_MS);
  }
}

/** Whether something of a run is new in the bucket. */
function sent(report: SyncReport): number {
  return report.workspaces.reduce((sum, one) => sum + one.uploaded + one.deleted, 0);
}

function approval(report: SyncReport): readonly string[] {
  if (report.approval === null) return [];
  return [`If that is meant: stop this container, then docker compose run --rm workspace-sync sync --approve ${report.approval}`];
}

/** A mount that is not there has nothing to show, and shows everything when it comes. */
async function tellMount(): Promise<void> {
  await new Promise<void>((resolve) => {
    const call = request({ socketPath: MOUNT_SOCKET, method: 'POST', path: '/vfs/forget', headers: { 'content-type': 'application/json' }, timeout: TELL_MS }, (answer) => answer.resume().once('close', resolve));
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve());
    call.end('{}');
  });
}

async function watch(core: SyncCore, stopping: AbortSignal): Promise<void> {
  const health = new Health();
  const told = (event: SyncWatchEvent): void => {
    if (event.kind === 'mode') return say(event.mode === 'watching' ? `Watching ${String(event.folders)} folders.` : 'The system gives no more watches: the folder is looked through every few seconds.');
    if (event.kind === 'failed') {
      health.set(false);
      return warn(event.message);
    }
    health.set(event.report.halt === null);
    for (const line of linesOf(event.report, '')) (line.kind === 'synced' ? say : warn)(line.message);
    for (const line of approval(event.report)) warn(line);
    if (sent(event.report) > 0) void tellMount();
  };
  health.set(false);
  const running = await core.watch({ workspace: null }, told);
  if (!stopping.aborted) await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
  await running.stop();
  health.set(false);
  say('Stopped.');
}

/** A name that is no folder would be taken for one whose files are all gone. */
function mustBeKnown(root: string, name: string): void {
  const names = readdirSync(root, { withFileTypes: true }).filter((one) => one.isDirectory()).map((one) => one.name);
  if (!names.includes(name)) throw new AppError('not-found', `There is no workspace ${name}.`, { hint: names.length === 0 ? 'There is none yet.' : `There are ${names.sort().join(', ')}.` });
}

async function sync(core: SyncCore, words: readonly string[], stopping: AbortSignal): Promise<void> {
  const at = words.indexOf('--approve');
  const approve = at === -1 ? undefined : words[at + 1];
  const [name = null] = words.filter((_, index) => at === -1 || (index !== at && index !== at + 1));
  if (name !== null) mustBeKnown(options().root, name);
  const report = await core.run({ workspace: name, approve }, () => undefined, stopping);
  for (const line of linesOf(report, '')) say(line.message);
  if (sent(report) > 0) await tellMount();
  if (report.halt !== null) throw new AppError('blocked', haltWords(report.halt, report.approval).message, { hint: approval(report)[0] });
  const files = report.workspaces.reduce((sum, one) => sum + one.uploaded, 0);
  say(`Synced ${String(files)} ${files === 1 ? 'file' : 'files'}.`);
}

async function bucket(stopping: AbortSignal): Promise<void> {
  const { s3, destination } = options();
  const until = Date.now() + BUCKET_PATIENCE_MS;
  for (;;) {
    try {
      await ensureQuickBucket(s3, destination.bucket, stopping);
      return say(`The bucket ${destination.bucket} is there.`);
    } catch (error) {
      const { code, message } = errorData(error);
      if (code !== 'service-unreachable' || stopping.aborted || Date.now() > until) throw error;
      warn(message);
      await wait(AGAIN_MS, undefined, { signal: stopping });
    }
  }
}

async function main(words: readonly string[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const [command = 'watch', ...rest] = words;
  if (command === 'bucket') return bucket(stop.signal);
  if (command === 'monitor') return runMonitor({ image: given('WORKSPACE_IMAGE'), port: Number(given('GATEWAY_PORT')), say, warn }, stop.signal);
  if (command !== 'watch' && command !== 'sync') throw new AppError('input-invalid', `There is no command ${command}.`, { hint: USAGE });
  const chosen = options();
  const core = new SyncCore(chosen, openQuickS3({ ...chosen.s3, concurrency: chosen.settings.concurrency }), systemClock);
  try {
    await (command === 'watch' ? watch(core, stop.signal) : sync(core, rest, stop.signal));
  } finally {
    await core.close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const { message, hint } = errorData(error);
  warn(hint === undefined ? message : `${message} ${hint}`);
  process.exitCode = 1;
});
