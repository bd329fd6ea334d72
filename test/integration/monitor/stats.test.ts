import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { BerthEvent } from '@shared/contract/events';
import { SETTINGS, type SettingKey, type SettingValue } from '@shared/domain/settings/settings';
import { toDisposable } from '@shared/kernel/disposable';
import { StatsMonitor } from '@main/monitor/stats';
import type { ProjectStats } from '@main/monitor/types';
import { silentLogger } from '@main/platform/logger';
import { systemClock } from '@main/platform/system-clock';
import { openWorld, type World } from '../modes/kit';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const run = promisify(execFile);
const MIB = 1024 * 1024;

let world: World;
let project: TestProject;
let monitor: StatsMonitor;
let projectId: string;
const published: BerthEvent[] = [];
const started: string[] = [];

/** `burner` burns one core, `holder` holds 32 MiB of memory, `files` writes 24 MiB that stay in the file cache. */
const SERVICES = {
  burner: { image: BUSYBOX_IMAGE, command: ['sh', '-c', 'while :; do :; done'] },
  holder: { image: BUSYBOX_IMAGE, mem_limit: '128m', command: ['sh', '-c', "dd if=/dev/zero bs=1M count=32 of=/dev/shm/held 2>/dev/null; trap 'exit 0' TERM; sleep 100000 & wait"] },
  files: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "dd if=/dev/zero bs=1M count=24 of=/tmp/x 2>/dev/null; trap 'exit 0' TERM; sleep 100000 & wait"] },
};

beforeAll(async () => {
  await ensureBusybox();
  project = await emptyProject('stats', { files: { 'docker-compose.dev.yml': stringify({ services: SERVICES }), 'docker-compose.clean.yml': stringify({ services: SERVICES }) } });
  world = await openWorld();
  projectId = (await world.projects.open(project.dir, true)).id;
  monitor = new StatsMonitor({
    engine: world.engine,
    projects: world.projects,
    store: world.store,
    settings: { get: <K extends SettingKey>(key: K) => (key === 'stats.everySeconds' ? 1 : SETTINGS[key].default) as SettingValue<K>, onChanged: () => toDisposable(() => undefined) },
    eventLog: {
      list: () => Promise.resolve([{ seq: 1, at: new Date().toISOString(), type: 'service.state', severity: 'info' as const, projectId, service: 'burner', correlationId: null, message: '', data: { state: 'running', health: 'none' } }]),
    },
    publish: (event) => void published.push(event),
    timed: (work) => work(),
    clock: systemClock,
    log: silentLogger,
  });
  expect((await world.switchTo(project.dir, 'dev')).state).toBe('succeeded');
  started.push(...(await world.engine.observe(project.name, [])).containers.map((one) => one.id));
});
afterAll(async () => {
  await monitor.stop();
  await world.close();
  await project.close();
});

interface Row {
  readonly Name: string;
  readonly CPUPerc: string;
  readonly MemUsage: string;
  readonly PIDs: string;
}

const UNITS: { readonly [unit: string]: number } = { B: 1, KiB: 1024, MiB: MIB, GiB: 1024 * MIB };

function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+)(\w+)/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}

async function dockerStats(): Promise<ReadonlyMap<string, { readonly cpu: number; readonly memoryBytes: number; readonly processes: number }>> {
  const { stdout } = await run('docker', ['stats', '--no-stream', '--format', '{{json .}}', ...started]);
  const rows = stdout.trim().split('\n').map((line) => JSON.parse(line) as Row);
  return new Map(rows.map((row) => [row.Name.replace(`${project.name}-`, '').replace(/-1$/, ''), { cpu: Number.parseFloat(row.CPUPerc) / 100, memoryBytes: bytesOf(row.MemUsage), processes: Number(row.PIDs) }]));
}

const find = (stats: ProjectStats, service: string) => stats.services.find((one) => one.service === service);

/** The share over some seconds, as an average of watched samples: what another program on two cores does meanwhile is spread out. */
async function watched(count: number): Promise<readonly ProjectStats[]> {
  const seen: ProjectStats[] = [];
  const ending = new AbortController();
  await monitor.watch({ project: projectId, everyMs: 1_000, follow: true }, ending.signal, (stats) => {
    seen.push(stats);
    if (seen.length === count) ending.abort();
  });
  return seen;
}

describe('what services use now', () => {
  it('is what docker stats says', async () => {
    await monitor.show(projectId);
    // The engine is asked over the same second, so both see the same load of the machine.
    // Neither says when within it: what the kernel takes back or other programs do meanwhile is in one and not in the other, but not each time.
    const off = new Map<string, number>();
    const isOff = (): boolean => off.size === 0 || [...off.values()].some((share) => share > 0.05);
    let stats = await monitor.show(projectId);
    for (let round = 0; round < 5 && isOff(); round += 1) {
      const [theirs, ours] = await Promise.all([dockerStats(), watched(3)]);
      stats = ours.at(-1) ?? stats;
      const nearest = (key: string, of: (sample: ProjectStats) => number): void => void off.set(key, Math.min(off.get(key) ?? Number.POSITIVE_INFINITY, ...ours.map(of)));
      nearest('cpu', (one) => Math.abs((find(one, 'burner')?.cpu ?? 0) - (theirs.get('burner')?.cpu ?? -1)));
      for (const service of ['holder', 'files', 'burner']) {
        const memory = theirs.get(service)?.memoryBytes ?? 0;
        nearest(service, (one) => Math.abs((find(one, service)?.memoryBytes ?? 0) - memory) / memory);
        expect(find(stats, service)?.processes).toBe(theirs.get(service)?.processes);
      }
    }
    expect(isOff(), JSON.stringify([...off])).toBe(false);
    expect(find(stats, 'holder')).toMatchObject({ memoryLimitBytes: 128 * MIB, restarts: 0 });
    expect(find(stats, 'holder')?.memoryBytes).toBeGreaterThan(30 * MIB);
    expect(find(stats, 'burner')?.memoryLimitBytes).toBe(0);
    expect(find(stats, 'files')?.memoryBytes).toBeLessThan(12 * MIB);
    expect(stats.total.memoryBytes).toBe(stats.services.reduce((sum, one) => sum + one.memoryBytes, 0));
  });

  it('is told as events while somebody watches, and only then', async () => {
    published.splice(0);
    const [one, other] = await Promise.all([watched(3), watched(3)]);
    // Both get the same samples: there is one sampler.
    expect(one.slice(1).map((each) => each.at)).toEqual(other.slice(1).map((each) => each.at));
    const told = published.length;
    expect(published.every((event) => event.type === 'stats.changed')).toBe(true);
    expect(told).toBe(2);
    await monitor.show(projectId);
    expect(published).toHaveLength(told);
  });
});

describe('the history', () => {
  it('is written without anybody looking, and read back in columns', async () => {
    const beganMs = Date.now();
    await monitor.start();
    await expect.poll(async () => (await world.store.samples({ projectId, fromMs: beganMs, toMs: Date.now() })).filter((one) => one.service === 'burner' && one.cpu !== null).length, { timeout: 15_000 }).toBeGreaterThan(1);
    const history = await monitor.history({ project: projectId, minutes: 1, points: 30 });
    expect(history.series.map((one) => one.service)).toEqual(['burner', 'files', 'holder']);
    const burner = history.series[0];
    expect(burner?.at).toHaveLength(30);
    expect(Math.max(...(burner?.cpu ?? []).map((one) => one ?? 0))).toBeGreaterThan(0.3);
    expect(burner?.health).toMatchObject([{ state: 'running', health: 'none' }]);
    expect((await monitor.history({ project: projectId, service: 'holder', minutes: 1, points: 10 })).series.map((one) => one.service)).toEqual(['holder']);
    expect(published.filter((event) => event.type === 'stats.changed')).toHaveLength(2);
  });
});
