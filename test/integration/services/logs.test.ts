import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { discardNewFile, writeNewFile } from '@main/platform/new-file';
import { saveLogsOperation, servicesHandlers, ServicesService, type ServicesDependencies } from '@main/services/index';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { openWorld, type World } from '../modes/kit';
import { idsOf } from '../modes/small-shop';

type Line = OutputOf<'services.logs'>;

const run = promisify(execFile);
const LOUD_LINES = 50_000;
/** Counts without an end, also to stderr. */
const COUNT = 'trap "exit 0" TERM; i=0; while :; do echo "out $$i"; echo "err $$i" >&2; i=$$((i+1)); usleep 20000; done';
const LOUD = `trap "exit 0" TERM; printf 'bad \\377 utf\\n'; head -c 1000000 /dev/zero | tr '\\0' x; echo; seq 1 ${String(LOUD_LINES)}; sleep 100000 & wait`;

let project: TestProject;
let world: World;
let service: ServicesService;
let deps: ServicesDependencies;
let folder: string;

beforeAll(async () => {
  await ensureBusybox();
  folder = await mkdtemp(join(tmpdir(), 'berth-logs-'));
  const idle = { image: BUSYBOX_IMAGE, network_mode: 'none', stop_grace_period: '2s' };
  const services = { count: { ...idle, command: ['sh', '-c', COUNT] }, other: { ...idle, command: ['sh', '-c', COUNT] }, loud: { ...idle, command: ['sh', '-c', LOUD] } };
  const file = stringify({ services });
  project = await emptyProject('lg', { files: { 'docker-compose.dev.yml': file, 'docker-compose.clean.yml': file } });
  world = await openWorld();
  await world.projects.open(project.dir, true);
  deps = { engine: world.engine, projects: world.projects, publish: () => undefined, clock: world.deps.clock, log: world.deps.log, lock: world.deps.lock };
  service = new ServicesService(deps);
  world.operations.register(saveLogsOperation({ ...deps, files: { write: writeNewFile, discard: discardNewFile } }, service));
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
});
afterAll(async () => {
  await world.close();
  await project.close();
  await rm(folder, { recursive: true, force: true });
});

interface Following {
  readonly lines: Line[];
  of(service: string): readonly string[];
  stop(): Promise<void>;
}

function read(input: Partial<Parameters<ReturnType<typeof servicesHandlers>['services.logs']>[0]>): Following {
  const lines: Line[] = [];
  const abort = new AbortController();
  const done = servicesHandlers(deps, service)['services.logs']({ project: project.dir, services: [], follow: false, tail: 200, timestamps: false, ...input }, { door: 'internal', signal: abort.signal }, (line) => void lines.push(line));
  done.catch(() => undefined);
  return {
    lines,
    of: (name) => lines.filter((line) => line.service === name).map((line) => line.text),
    stop: async () => {
      if (input.follow === true) abort.abort();
      await done;
    },
  };
}

/** What the two streams of a container print at the same moment is written down in any order. */
const printed = (lines: readonly Line[]): readonly string[] => lines.filter((line) => line.stream === 'stdout').map((line) => line.time);

it('merges the logs of all services by time, of each the last lines', async () => {
  await vi.waitFor(async () => {
    const merged = read({ tail: 20 });
    await merged.stop();
    expect(printed(merged.lines)).toEqual([...printed(merged.lines)].sort());
    expect(new Set(merged.lines.map((line) => line.service))).toEqual(new Set(['count', 'other', 'loud']));
    expect([merged.of('count').length, merged.of('other').length, merged.of('loud').length]).toEqual([20, 20, 20]);
  }, 20_000);
  const two = read({ service: 'count', services: ['other'], tail: 5 });
  await two.stop();
  expect(new Set(two.lines.map((line) => line.service))).toEqual(new Set(['count', 'other']));
  await expect(read({ services: ['nobody'] }).stop()).rejects.toMatchObject({ code: 'service-not-found' });
});

it('reads a stretch of time', async () => {
  const all = read({ service: 'count', tail: 40 });
  await all.stop();
  const [since, until] = [all.lines[10]?.time ?? '', all.lines[30]?.time ?? ''];
  const part = read({ service: 'count', tail: 1_000, since, until });
  await part.stop();
  expect(part.lines.map((line) => line.time)).toEqual(all.lines.slice(10, 31).map((line) => line.time).filter((time) => time <= until));
  await expect(read({ since: 'tomorrow' }).stop()).rejects.toMatchObject({ code: 'input-invalid' });
});

it('gives what a program prints within two seconds', async () => {
  const following = read({ follow: true, tail: 0 });
  await vi.waitFor(() => expect(following.of('count').length).toBeGreaterThan(0), 10_000);
  const begun = performance.now();
  await run('docker', ['exec', (await idsOf(project))['loud'] ?? '', 'sh', '-c', 'echo MARK > /proc/1/fd/1']);
  await vi.waitFor(() => expect(following.of('loud')).toContain('MARK'), 10_000);
  expect(performance.now() - begun).toBeLessThan(2_000);
  await following.stop();
});

it('goes on with new and restarted containers without a gap and without a line twice', async () => {
  const following = read({ services: ['count', 'other'], follow: true, tail: 10 });
  await vi.waitFor(() => expect(following.of('count').length).toBeGreaterThan(20), 10_000);
  const first = (await idsOf(project))['count'] ?? '';
  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d', '--force-recreate', '-t', '1', 'count'], { cwd: project.dir });
  await run('docker', ['restart', '-t', '1', (await idsOf(project))['other'] ?? '']);
  const second = (await idsOf(project))['count'] ?? '';
  const of = (id: string, stream: 'stdout' | 'stderr'): readonly string[] => following.lines.filter((line) => line.containerId === id && line.stream === stream).map((line) => line.text);
  await vi.waitFor(() => expect(of(second, 'stdout').length).toBeGreaterThan(30), 20_000);
  for (const [id, stream, word] of [[second, 'stdout', 'out'], [second, 'stderr', 'err']] as const) expect(of(id, stream)).toEqual(Array.from({ length: of(id, stream).length }, (_, index) => `${word} ${String(index)}`));
  const numbers = of(first, 'stdout').map((text) => Number(text.slice(4)));
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => (numbers[0] ?? 0) + index));
  // Restarted: the same container counts from the beginning once more.
  const other = (await idsOf(project))['other'] ?? '';
  await vi.waitFor(() => expect(of(other, 'stdout').lastIndexOf('out 0')).toBeGreaterThan(0), 20_000);
  const again = of(other, 'stdout').slice(of(other, 'stdout').lastIndexOf('out 0'));
  expect(again).toEqual(Array.from({ length: again.length }, (_, index) => `out ${String(index)}`));
  await following.stop();
});

it('reads 50,000 lines soon, bad bytes and a line of a megabyte among them', async () => {
  const begun = performance.now();
  const following = read({ service: 'loud', follow: true, tail: 100_000 });
  await vi.waitFor(() => expect(following.lines.length).toBeGreaterThan(LOUD_LINES + 4), 20_000);
  process.stdout.write(`50,000 lines read in ${(performance.now() - begun).toFixed(0)} ms\n`);
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(following.of('loud')[0]).toBe('bad \uFFFD utf');
  const numbers = following.of('loud').filter((text) => /^\d+$/.test(text));
  expect(numbers).toEqual(Array.from({ length: LOUD_LINES }, (_, index) => String(index + 1)));
  expect(Math.max(...following.lines.map((line) => line.text.length))).toBeLessThan(300_000);
  await following.stop();
});

it('saves everything to a file, whole or not at all', async () => {
  const save = async (file: string, services: readonly string[], more: object = {}): Promise<Awaited<ReturnType<World['operations']['wait']>>> => {
    const { id } = await world.operations.enqueue('services.save-logs', { project: project.dir, file, services: [...services], timestamps: true, ...more });
    return world.operations.wait(id, 60_000);
  };
  const file = join(folder, 'loud.log');
  const saved = await save(file, ['loud'], { timestamps: false });
  expect(saved).toMatchObject({ state: 'succeeded', error: null });
  const text = await readFile(file, 'utf8');
  expect(text.split('\n')[0]).toBe('bad \uFFFD utf');
  expect(text.split('\n').filter((line) => /^\d+$/.test(line))).toHaveLength(LOUD_LINES);
  expect(saved.result).toMatchObject({ file, lines: text.split('\n').length - 1, sizeBytes: Buffer.byteLength(text) });

  const merged = join(folder, 'all.log');
  expect(await save(merged, [])).toMatchObject({ state: 'succeeded' });
  const lines = (await readFile(merged, 'utf8')).trimEnd().split('\n');
  expect(lines.every((line) => /^\d{4}-\d\d-\d\dT\S+Z (?:count|other|loud) \| /.test(line))).toBe(true);
  const times = lines.filter((line) => line.includes(' | out ')).map((line) => line.slice(0, 30));
  expect(times.length).toBeGreaterThan(50);
  expect(times).toEqual([...times].sort());

  await writeFile(join(folder, 'there.log'), 'mine');
  expect((await save(join(folder, 'there.log'), [])).error).toMatchObject({ code: 'input-invalid', message: expect.stringContaining('exists already') as string });
  expect(await readFile(join(folder, 'there.log'), 'utf8')).toBe('mine');
  await expect(world.operations.enqueue('services.save-logs', { project: project.dir, file: 'relative.log', services: [] })).rejects.toMatchObject({ code: 'input-invalid' });
  await expect(access(join(folder, 'relative.log'))).rejects.toThrow();
  expect((await readdir(folder)).sort()).toEqual(['all.log', 'loud.log', 'there.log']);
});
