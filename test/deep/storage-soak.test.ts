import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import type { S3Door } from '@main/platform/s3/types';
import { inspect, storageWorld, type StorageWorld } from '../integration/storage/storage-kit';
import { BUSYBOX_IMAGE, engineJson, engineRequest } from '../support/images';
import { execIn, waitUntil } from '../support/storage';

type Runs = OutputOf<'storage.runs'>;

const EVERY_MS = 300_000;
const RUNS = 3;
/** A run ends soon after its time; a machine that does other things as well gets a while. */
const LATE_MS = 120_000;
const LOOK_MS = 15_000;
/** That it is quick is asked by the timings, on a machine that does nothing else; here it has to come at all. */
const VISIBLE_MS = 30_000;
const RECORD = resolve('docs/reliability/storage-soak.md');

/** Reads the newest objects through the mount again and again: each holds its own name. */
const CONSUMER = `ok=0; bad=0
while :; do
  for file in $(ls /mnt/s3/realtime 2>&1 | tail -n 20); do
    text=$(cat "/mnt/s3/realtime/$file" 2>&1)
    if [ "$text" = "$file" ]; then ok=$((ok+1)); else bad=$((bad+1)); echo "bad $file: $text"; fi
  done
  echo "read $ok $bad"
  sleep 1
done`;

/** New files, and a log that grows also while it is copied. */
const WRITER = `cd /mnt/efs; n=0
while :; do
  n=$((n+1))
  head -c 4096 /dev/urandom > uploads/next && mv uploads/next processed/p$n.bin || echo "failed p$n"
  echo "line $n $(date)" >> logs/app.log || echo "failed log $n"
  echo "written $n"
  sleep 0.5
done`;

/** What was seen while both ran. */
interface Figures {
  looks: number;
  unwell: string[];
  longestStatusMs: number;
  mostMemoryBytes: number;
  put: number;
  visibleMs: number[];
}

describe('mounts and scheduled copies of one project at once', () => {
  let world: StorageWorld;
  let door: S3Door;
  let folder: string;
  const name = (service: string): string => `${world.project.name}-${service}`;
  const bucket = (purpose: string): string => `${world.project.name}-${purpose}`;

  beforeAll(async () => {
    const command = JSON.stringify(['sh', '-c', CONSUMER.replaceAll('$', '$$$$')]);
    world = await storageWorld('soak', { 'compose.yaml': `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n    command: ${command}\n    init: true\n` });
    folder = await mkdtemp(join(tmpdir(), 'bt-soak-'));
    await world.done('storage.setup', { preset: 'complementary' });
    await world.ownNames();
    await world.done('storage.start');
    await world.done('storage.connect', { services: ['app'] });
    await world.services.dispatcher.call('projects.open', { dir: world.project.dir, trust: true }, { door: 'cli', signal: new AbortController().signal });
    const { operationId } = await world.call<{ operationId: string }>('modes.switch', { project: world.id, mode: 'default' });
    expect((await world.services.operations.wait(operationId, 120_000)).error).toBeNull();
    const place = await world.call<OutputOf<'storage.credentials'>>('storage.credentials');
    door = openS3({ endpoint: place.endpoint, region: 'us-east-1', accessKey: place.accessKey, secretKey: place.secretKey, deadlineMs: 10_000 });
  });
  afterAll(async () => {
    door?.close();
    // It holds the volume that is removed with the world.
    if (world !== undefined) await engineRequest('DELETE', `/containers/${name('writer')}?force=1`);
    await world?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** The consumer as the switch made it. */
  async function consumer(): Promise<string> {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${world.project.name}`, 'com.docker.compose.service=app'] }));
    return (await engineJson<{ Id: string }[]>('GET', `/containers/json?filters=${filters}`))[0]?.Id ?? '';
  }

  async function startWriter(): Promise<string> {
    const body = { Image: BUSYBOX_IMAGE, Cmd: ['sh', '-c', WRITER], User: '1000:1000', Labels: { 'com.docker.compose.project': world.project.name }, HostConfig: { Init: true, Mounts: [{ Type: 'volume', Source: `${world.project.name}_efs`, Target: '/mnt/efs' }] } };
    const { Id } = await engineJson<{ Id: string }>('POST', `/containers/create?name=${name('writer')}`, { body });
    await engineJson('POST', `/containers/${Id}/start`);
    return Id;
  }

  const logOf = async (container: string): Promise<readonly string[]> => {
    const { stdout, stderr } = await promisify(execFile)('docker', ['logs', container], { timeout: 60_000, maxBuffer: 1 << 26 });
    return `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  };
  const finished = async (): Promise<Runs> => (await world.call<Runs>('storage.runs', { limit: 500 })).filter((one) => one.state !== 'running');

  /** Somebody else's program writes each second; every fifth time Berth does, and is asked when the consumer has it. */
  async function put(figures: Figures, reader: string): Promise<void> {
    figures.put += 1;
    const number = String(figures.put).padStart(6, '0');
    if (figures.put % 5 !== 0) {
      await door.put(bucket('realtime'), `f-${number}`, new TextEncoder().encode(`f-${number}`));
      return;
    }
    const key = `b-${number}`;
    await writeFile(join(folder, key), key);
    await world.done('objects.put', { bucket: bucket('realtime'), key, file: join(folder, key) });
    const since = performance.now();
    await waitUntil(async () => (await execIn(reader, 'cat', `/mnt/s3/realtime/${key}`)).stdout === key, VISIBLE_MS, `the consumer has ${key}`);
    figures.visibleMs.push(Math.round(performance.now() - since));
    await rm(join(folder, key));
  }

  async function look(figures: Figures): Promise<void> {
    const since = performance.now();
    const { s3, mounts, jobs, measured } = await world.status();
    figures.longestStatusMs = Math.max(figures.longestStatusMs, Math.round(performance.now() - since));
    figures.mostMemoryBytes = Math.max(figures.mostMemoryBytes, measured?.memoryBytes ?? 0);
    figures.looks += 1;
    if (s3.health !== 'healthy') figures.unwell.push(`S3 ${s3.health}`);
    figures.unwell.push(...mounts.filter((one) => one.state !== 'healthy').map((one) => `${one.mountPoint} ${one.state}: ${one.detail}`));
    figures.unwell.push(...jobs.filter((one) => one.state === 'failed' || one.state === 'stopped').map((one) => `${one.source} ${one.state}: ${one.detail}`));
  }

  it(`do so for ${String((EVERY_MS * RUNS) / 60_000)} minutes under writes, without an error`, async () => {
    const scheduled = (await world.call<OutputOf<'schedules.list'>>('schedules.list')).filter((one) => one.kind === 'storage.sync');
    expect(scheduled.map((one) => [one.everySeconds, one.enabled])).toEqual([[EVERY_MS / 1_000, true]]);
    const containers = [name('rclone-mount'), name('s3-sync')];
    const startedAt = (): Promise<readonly string[]> => Promise.all(containers.map(async (one) => (await inspect<{ State: { StartedAt: string } }>(one)).State.StartedAt));
    const firstStarted = await startedAt();
    const reader = await consumer();
    const writer = await startWriter();
    const began = Date.now();
    const figures: Figures = { looks: 0, unwell: [], longestStatusMs: 0, mostMemoryBytes: 0, put: 0, visibleMs: [] };

    let nextLook = began;
    let runs: Runs = [];
    while (Date.now() < began + EVERY_MS * RUNS || runs.length < RUNS * 2) {
      if (Date.now() > began + EVERY_MS * RUNS + LATE_MS) throw new Error(`Only ${String(runs.length)} runs had ended after ${String(Date.now() - began)} ms.`);
      const turn = Date.now();
      await put(figures, reader);
      if (turn >= nextLook) {
        await look(figures);
        runs = await finished();
        nextLook = turn + LOOK_MS;
        process.stdout.write(`${((Date.now() - began) / 60_000).toFixed(1)} min: ${String(figures.put)} objects, ${String(runs.length)} runs, ${(await logOf(reader)).at(-1) ?? ''}, ${(await logOf(writer)).at(-1) ?? ''}, unwell ${JSON.stringify(figures.unwell)}\n`);
      }
      await new Promise((done) => setTimeout(done, Math.max(0, turn + 1_000 - Date.now())));
    }
    const tookMs = Date.now() - began;

    const [read, written] = [await logOf(reader), await logOf(writer)];
    await engineJson('POST', `/containers/${writer}/stop?t=1`);
    const inContainers = (await Promise.all(containers.map(logOf))).flat().filter((line) => /\b(?:ERROR|CRITICAL)\b|"level":"(?:error|critical)"/.test(line));
    const inRuns = (await Promise.all([...new Set(runs.map((one) => one.operationId))].map((id) => world.services.operations.logOf(id)))).flat().filter((line) => /error|failed/i.test(line));
    expect(inContainers).toEqual([]);
    expect(inRuns).toEqual([]);
    // A look that a busy machine answers late is said in the record; that a mount was away, or made anew, is an error.
    expect(figures.unwell.filter((one) => !one.includes(' degraded: '))).toEqual([]);
    expect(read.filter((line) => line.startsWith('bad'))).toEqual([]);
    expect(written.filter((line) => !line.startsWith('written'))).toEqual([]);
    expect(runs.map((one) => [one.state, one.errors, one.drifted])).toEqual(runs.map(() => ['succeeded', 0, []]));
    expect(await startedAt()).toEqual(firstStarted);

    const starts = runs.filter((one) => one.job.endsWith('/processed')).map((one) => Date.parse(one.startedAt)).sort((a, b) => a - b);
    expect(starts.length).toBeGreaterThanOrEqual(RUNS);
    const apartSeconds = starts.slice(1).map((at, index) => (at - (starts[index] ?? 0)) / 1_000);
    for (const seconds of apartSeconds) expect(Math.abs(seconds - EVERY_MS / 1_000)).toBeLessThan(5);

    // A last run for what was written since: then bucket and folder are the same.
    await world.done('storage.sync');
    for (const [source, remote, purpose] of [['processed', 's3-archive', 'archive'], ['logs', 's3-logs', 'logs']] as const) {
      const checked = await execIn(name('s3-sync'), 'rclone', 'check', '--one-way', `/mnt/efs/${source}`, `${remote}:${bucket(purpose)}`);
      expect(checked.stderr).toContain(' 0 differences found');
      expect(checked.code).toBe(0);
    }
    const conflicts = await world.call<OutputOf<'storage.conflicts'>>('storage.conflicts');
    expect([conflicts.findings, conflicts.overlap]).toEqual([[], []]);
    await record({ figures, tookMs, runs, apartSeconds, read: read.at(-1) ?? '', written: written.at(-1) ?? '' });
  }, EVERY_MS * RUNS + 600_000);

  async function record(of: { readonly figures: Figures; readonly tookMs: number; readonly runs: Runs; readonly apartSeconds: readonly number[]; readonly read: string; readonly written: string }): Promise<void> {
    const { figures, runs } = of;
    const sorted = [...figures.visibleMs].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    const rows = [...runs].reverse().map((one) => `| ${one.job} | ${one.startedAt.slice(11, 19)} | ${String(one.files)} | ${String(one.bytes)} | ${String(one.errors)} |`);
    const lines = [
      '# Mounts and scheduled copies at once, under writes',
      '',
      `Date ${new Date().toISOString().slice(0, 10)}, ${(of.tookMs / 60_000).toFixed(1)} minutes: three buckets mounted, two folders copied by their own schedule, one service reading through a mount, everything on the real engine. \`npm run test:deep -- storage-soak\` does it again.`,
      '',
      '| | |',
      '|---|---|',
      '| Errors in the logs of both containers, of the runs, of the consumer and of the writer | 0 |',
      `| Looks at the status, and those at which a mount answered late | ${String(figures.looks)}, ${String(figures.unwell.length)} |`,
      `| Files written to the data folder, two a second, one log growing meanwhile | ${of.written.replace(/\D/g, '')} |`,
      `| Objects written to the mounted bucket | ${String(figures.put)} |`,
      `| Reads through the mount by the consumer, all with the right content | ${of.read.split(' ')[1] ?? ''} |`,
      `| An object written by Berth until the consumer has it: median, 95 %, longest of ${String(sorted.length)} | ${String(at(0.5))} ms, ${String(at(0.95))} ms, ${String(sorted.at(-1) ?? 0)} ms |`,
      `| Runs of each job, seconds between their starts | ${String(runs.length / 2)}, ${of.apartSeconds.map((one) => one.toFixed(1)).join(' and ')} |`,
      `| Most memory of both containers together | ${String(Math.round(figures.mostMemoryBytes / 1024 ** 2))} MiB |`,
      `| Longest answer of \`storage status\` | ${String(figures.longestStatusMs)} ms |`,
      `| Load of the machine at the end (${String(cpus().length)} cores), other work beside it | ${loadavg().map((one) => one.toFixed(0)).join(', ')} |`,
      '| Afterwards `rclone check --one-way` of both folders and their buckets | 0 differences |',
      '',
      '| job | started (UTC) | files | bytes | errors |',
      '|---|---|---|---|---|',
      ...rows,
      '',
    ];
    await mkdir(resolve(RECORD, '..'), { recursive: true });
    await writeFile(RECORD, lines.join('\n'));
  }
});
