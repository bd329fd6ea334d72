import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { openS3 } from '@main/platform/s3/client';
import { bundleForNode } from '../integration/modes/bundle';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from '../support/images';
import { emptyProject, removeProjectObjects } from '../support/projects';
import { removeServers } from '../support/s3-server';
import { mountsBeneath, storageStage } from '../support/storage';

const run = promisify(execFile);
type Status = OutputOf<'storage.status'>;
type Credentials = OutputOf<'storage.credentials'>;

type Step = readonly [kind: string, input: Readonly<Record<string, unknown>>];

/** What a process saw at its end. */
interface Seen {
  readonly operations: readonly { readonly kind: string; readonly state: string; readonly error: { readonly message: string } | null }[];
  readonly credentials: Credentials | null;
  readonly status: Status;
}

/** One operation of storage that is killed: what is there before it, and whether what is there afterwards is old or new. */
export interface Scenario {
  readonly name: string;
  readonly kind: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Effects of it that the list of kills has to have. */
  readonly passes: readonly string[];
}

/** A project with mounts and copies, and processes that can be killed in what is done to them. */
export interface StorageCrashBench {
  readonly scenarios: readonly Scenario[];
  /** Every place a scenario passes, in order, as `name:moment:count`. */
  points(scenario: Scenario): Promise<readonly string[]>;
  /** Kills the scenario there and starts again. Checks that the state is old or new and nothing is left over, and that the next start works. Returns which. */
  killAt(scenario: Scenario, point: string): Promise<'old' | 'new'>;
  close(): Promise<void>;
}

const COMPOSE = `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n    command: [sleep, "600"]\n    init: true\n`;

export async function storageCrashBench(): Promise<StorageCrashBench> {
  await ensureBusybox();
  const stage = await storageStage('sck');
  const project = await emptyProject('sck', { files: { 'compose.yaml': COMPOSE } });
  const home = await realpath(await mkdtemp(join(tmpdir(), 'bt-sck-')));
  const baseName = `bt-s3-${randomBytes(4).toString('hex')}`;
  const program = await bundleForNode('test/faults/storage-process.ts');
  const environment = { PATH: process.env['PATH'] ?? '', BERTH_OUT: process.env['BERTH_OUT'] ?? resolve('out/main'), BERTH_RESOURCES: resolve('resources'), BERTH_S3_NAME: baseName, BERTH_VALIDATOR_IMAGE: BUSYBOX_IMAGE, DOCKER_HOST: 'unix:///var/run/docker.sock' };
  const berth = async (steps: readonly Step[], env: Readonly<Record<string, string>> = {}): Promise<Seen | null> => {
    try {
      const { stdout } = await run(process.execPath, [program, home, project.dir, JSON.stringify(steps)], { env: { ...environment, ...env }, maxBuffer: 1 << 26 });
      return JSON.parse(stdout) as Seen;
    } catch (error) {
      const { signal, stderr = '', message } = error as { readonly signal?: string; readonly stderr?: string; readonly message: string };
      if (signal === 'SIGKILL') return null;
      throw new Error(`${steps.map(([kind]) => kind).join(' ')}: ${stderr || message}`);
    }
  };
  /** All of them have to succeed. */
  const does = async (...steps: readonly Step[]): Promise<Seen> => {
    const seen = await berth(steps);
    if (seen === null) throw new Error('It was killed.');
    // Newest first.
    for (const [index, [kind]] of [...steps].reverse().entries()) expect(seen.operations.filter((one) => steps.some(([other]) => other === one.kind))[index], kind).toMatchObject({ kind, state: 'succeeded', error: null });
    return seen;
  };
  const keys = { accessKey: stage.accessKey, secretKey: stage.secretKey };
  const scenarios: readonly Scenario[] = [
    { name: 'start', kind: 'storage.start', input: {}, passes: ['s3.container.create', 's3.bucket.create', 's3.buckets.own', 'storage.folders', 'mount.start', 'sync.start', 'sync.schedule', 'commit'] },
    { name: 'server', kind: 'storage.server', input: { console: false }, passes: ['s3.remember', 's3.container.remove', 's3.container.create', 'commit'] },
    { name: 'rotate', kind: 'storage.rotate-credentials', input: {}, passes: ['s3.keys.replace', 's3.keys.allow', 'mount.prepare', 'mount.start', 'sync.start', 'commit'] },
    { name: 'use', kind: 'storage.use', input: { target: 'external', endpoint: stage.endpoint, ...keys }, passes: ['s3.link', 's3.bucket.create', 'mount.start', 'sync.start', 'commit'] },
    { name: 'strategies', kind: 'storage.apply-strategy', input: { strategy: 'all' }, passes: ['storage-file.write', 'commit'] },
  ];
  const files = async (): Promise<string> => JSON.stringify([await project.read('docker-compose.storage.yml').catch(() => null), await project.read('.env').catch(() => null)]);
  const ownNames = async (): Promise<void> => {
    const text = await project.read('docker-compose.storage.yml');
    await project.write('docker-compose.storage.yml', text.replace(/container_name: ([\w-]+)/g, `container_name: ${project.name}-$1`));
  };

  /** As it is before the scenario: nothing at all, or everything up on the local server. */
  const before = async ({ name }: Scenario): Promise<Seen> => {
    // The other server is as empty as it was the first time.
    if (name === 'use') for (const bucket of (await stage.rclone('lsf', 't:')).split('\n').filter((line) => line !== '')) await stage.rclone('purge', `t:${bucket}`);
    const isFresh = name === 'start' || name === 'strategies';
    const written = await project.read('docker-compose.storage.yml').catch(() => '');
    if (isFresh || !written.includes('rclone-mount-config')) {
      await wipe();
      await does(['storage.setup', { preset: name === 'strategies' ? 'legacy' : 'complementary' }]);
      await ownNames();
    }
    return isFresh ? does() : does(['storage.use', { target: 'local' }], ['storage.server', { console: true }], ['storage.start', {}]);
  };

  const wipe = async (): Promise<void> => {
    await removeProjectObjects(`${project.name}-storage`);
    for (const { point } of (await mountsBeneath(home)).toReversed()) await run('umount', ['-l', point]);
    await removeServers(join(home, 'storage'));
    await rm(home, { recursive: true, force: true });
    for (const file of ['docker-compose.storage.yml', '.env']) await rm(join(project.dir, file), { force: true });
    await mkdir(home, { recursive: true });
  };

  const containers = (): Promise<readonly { readonly Names: readonly string[]; readonly State: string; readonly Labels: Readonly<Record<string, string>> }[]> => engineJson('GET', `/containers/json?all=1&filters=${encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}-storage`] }))}`);
  const volumes = async (): Promise<readonly string[]> => (await engineJson<{ Volumes: { Name: string }[] | null }>('GET', `/volumes?filters=${encodeURIComponent(JSON.stringify({ name: [`${project.name}`] }))}`)).Volumes?.map((one) => one.Name).sort() ?? [];

  const nothingLeftOver = async (point: string): Promise<void> => {
    const roles = (await containers()).map((one) => one.Labels['dev.berth.storage-role']);
    expect(roles.filter((role) => role !== 'mount' && role !== 'sync'), point).toEqual([]);
    expect(new Set(roles).size, `${point}: ${roles.join()}`).toBe(roles.length);
    const known = [`${project.name}_efs`, ...['rclone-mount-config', 'rclone-mount-cache', 's3-sync-config', 's3-sync-cache'].map((one) => `${project.name}-storage_${one}`)];
    expect((await volumes()).filter((one) => !known.includes(one)), point).toEqual([]);
  };

  return {
    scenarios,
    async points(scenario) {
      await before(scenario);
      const file = join(tmpdir(), `${baseName}-points`);
      const seen = await berth([[scenario.kind, scenario.input]], { BERTH_RECORD: file });
      expect(seen?.operations[0], scenario.name).toMatchObject({ kind: scenario.kind, state: 'succeeded', error: null });
      const points = (await readFile(file, 'utf8')).split('\n').filter((one) => one !== '');
      await rm(file);
      // Before it is stored there is no operation, after its end there is nothing left to recover.
      return [...new Set(points)].filter((one) => !one.startsWith('operation.'));
    },
    async killAt(scenario, point) {
      const old = await before(scenario);
      const filesBefore = await files();
      expect(await berth([[scenario.kind, scenario.input]], { BERTH_FAIL: `${point}:kill` }), `${point} was not reached`).toBeNull();
      const after = await does();
      for (const one of after.operations) expect(['succeeded', 'rolled-back', 'failed', 'cancelled'], `${point}: ${one.kind} ${one.error?.message ?? ''}`).toContain(one.state);
      await nothingLeftOver(point);
      const outcome = after.operations.find((one) => one.kind === scenario.kind)?.state === 'succeeded' ? 'new' : 'old';
      await CHECKS[scenario.name]?.({ outcome, old, after, filesBefore, filesNow: await files(), point, far: stage.endpoint });
      // What has conflicts is not started: they are mended first.
      const { status } = await does(...(scenario.name === 'strategies' && outcome === 'old' ? [['storage.apply-strategy', { strategy: 'all' }] as const] : []), ['storage.start', {}]);
      expect(status.mounts.map((one) => `${one.state} ${one.detail}`), point).toEqual(status.mounts.map(() => 'healthy Mounted and answering.'));
      expect(status.jobs.filter((one) => one.state === 'stopped'), point).toEqual([]);
      await nothingLeftOver(point);
      return outcome;
    },
    async close() {
      await wipe();
      await rm(home, { recursive: true, force: true });
      await engineRequest('DELETE', `/volumes/${project.name}_efs`);
      await project.close();
      await stage.close();
    },
  };
}

interface Killed {
  readonly outcome: 'old' | 'new';
  readonly old: Seen;
  readonly after: Seen;
  readonly filesBefore: string;
  readonly filesNow: string;
  readonly point: string;
  readonly far: string;
}

const runs = (status: Status): readonly string[] => [...status.mounts.map((one) => one.state), ...status.jobs.map((one) => one.state)].filter((state) => state !== 'stopped' && state !== 'absent');

async function opens({ endpoint, accessKey, secretKey }: Credentials): Promise<boolean> {
  const door = openS3({ endpoint, region: 'us-east-1', accessKey, secretKey, deadlineMs: 10_000 });
  try {
    await door.bucketNames();
    return true;
  } catch {
    return false;
  } finally {
    door.close();
  }
}

/** What old and new mean for each of them. */
const CHECKS: { readonly [scenario: string]: (seen: Killed) => Promise<void> } = {
  async start({ outcome, after, point }) {
    expect(runs(after.status).length > 0, point).toBe(outcome === 'new');
    expect(after.status.s3.health === 'healthy', point).toBe(outcome === 'new');
  },
  async server({ outcome, after, point }) {
    expect([after.status.s3.health, after.status.s3.consoleUrl === null], point).toEqual(['healthy', outcome === 'new']);
  },
  async rotate({ outcome, old, after, point }) {
    if (old.credentials === null || after.credentials === null) throw new Error(`${point}: there are no keys.`);
    expect(after.credentials.accessKey === old.credentials.accessKey, point).toBe(outcome === 'old');
    expect([await opens(after.credentials), await opens(old.credentials)], point).toEqual([true, outcome === 'old']);
  },
  async use({ outcome, after, point, far }) {
    expect([after.status.s3.origin, after.status.s3.endpoint === far], point).toEqual(outcome === 'new' ? ['external', true] : ['local', false]);
    expect(after.status.s3.health, point).toBe('healthy');
  },
  async strategies({ outcome, filesBefore, filesNow, point }) {
    expect(filesNow === filesBefore, point).toBe(outcome === 'old');
    if (outcome === 'new') expect(filesNow, point).toMatch(/rclone-mount-config.*S3_ARCHIVE_BUCKET/s);
  },
};
