import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { inspectAll } from '../modes/small-shop';
import { DEEP } from '../../support/random';

type Listed = OutputOf<'operations.list'>[number];

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const SLEEPER = `command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]`;
/** Limits of its own, so that what comes back is more than nothing. */
const FILE = `services:
  api:
    image: ${BUSYBOX_IMAGE}
    ${SLEEPER}
    deploy:
      resources:
        limits: { cpus: "0.25", memory: 64M }
  db:
    image: ${BUSYBOX_IMAGE}
    ${SLEEPER}
`;
/** Each takes some seconds: the long run has them all. */
const deep = (always: readonly string[], more: readonly string[]): readonly string[] => (DEEP ? [...always, ...more] : always);
const OLD = { Memory: 64 * MIB, NanoCpus: 250_000_000 };

describe('undo of a change that made containers anew', () => {
  let berth: BerthCommand;
  let project: TestProject;

  /** Those of the cases before. */
  let earlier: ReadonlySet<string>;

  beforeAll(async () => {
    await ensureBusybox();
    project = await emptyProject('unc', { files: { 'compose.yaml': FILE } });
    berth = await berthCommand();
    expect((await berth.json(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
  });
  beforeEach(async () => {
    await project.write('compose.yaml', FILE);
    expect((await berth.json(['modes', 'switch', 'default', '--yes'], { cwd: project.dir })).code).toBe(0);
    expect(await limits()).toMatchObject(OLD);
    earlier = new Set((await listed()).map((one) => one.id));
    expect((await berth.json(['services', 'resources', 'api', 'combined', '--yes'], { cwd: project.dir })).code).toBe(0);
    expect(await limits()).toMatchObject({ Memory: 2 * GIB });
  });
  afterAll(async () => {
    await berth.close();
    await project.close();
  });

  /** What `docker inspect` says of the one api that runs. */
  async function limits(): Promise<unknown> {
    const running = (await inspectAll(project)).filter((one) => one.Config.Labels['com.docker.compose.service'] === 'api' && one.State.Status === 'running');
    expect(running).toHaveLength(1);
    return running[0]?.HostConfig;
  }
  async function listed(): Promise<readonly Listed[]> {
    return (await berth.json<readonly Listed[]>(['operations', 'list'])).answer.value ?? [];
  }
  async function operations(): Promise<readonly Listed[]> {
    return (await listed()).filter((one) => !earlier.has(one.id));
  }
  async function changeId(): Promise<string> {
    return (await operations()).find((one) => one.kind === 'services.resources')?.id ?? '';
  }
  const stateOf = async (kind: string): Promise<string | undefined> => (await operations()).find((one) => one.kind === kind)?.state;

  it('makes them anew with the old limits, leaves the others, and undone itself goes the other way', async () => {
    const db = (await inspectAll(project)).find((one) => one.Config.Labels['com.docker.compose.service'] === 'db')?.Id;
    const undone = await berth.json<OutputOf<'operations.undo'>>(['operations', 'undo', await changeId(), '--yes']);
    expect(undone).toMatchObject({ code: 0, answer: { value: { restored: ['compose.yaml'], kept: [], follow: expect.stringMatching(/^op_/) as unknown } } });
    expect(await project.read('compose.yaml')).toBe(FILE);
    expect(await limits()).toMatchObject(OLD);
    expect((await inspectAll(project)).map((one) => one.Id)).toContain(db);
    expect(await stateOf('services.remake')).toBe('succeeded');
    // The containers are those of the files: nothing is left to do.
    const plan = await berth.json<OutputOf<'modes.plan'>>(['modes', 'plan', 'default'], { cwd: project.dir });
    expect(plan.answer.value?.changes.map((one) => one.action)).toEqual(['keep', 'keep']);

    expect((await berth.json(['operations', 'undo', undone.answer.value?.operationId ?? '', '--yes'])).code).toBe(0);
    expect(await limits()).toMatchObject({ Memory: 2 * GIB });
  });

  it('puts the files back also when the engine is away, and says so in one sentence', async () => {
    const id = await changeId();
    const away = await berth.run(['operations', 'undo', id, '--yes'], { env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' } });
    expect([away.code, away.stdout]).toEqual([3, 'Put back: compose.yaml\n']);
    expect(away.stderr.split('\n').filter((line) => line.startsWith('The files are put back'))).toHaveLength(1);
    expect(await project.read('compose.yaml')).toBe(FILE);
    expect(await limits()).toMatchObject({ Memory: 2 * GIB });
    const follow = (await operations()).find((one) => one.kind === 'services.remake');
    expect(away.stderr).toContain(`berth operations retry ${follow?.id ?? 'none'}`);
    expect((await berth.json(['operations', 'retry', follow?.id ?? '', '--yes'])).code).toBe(0);
    expect(await limits()).toMatchObject(OLD);
  });

  it('makes nothing anew where nothing runs', async () => {
    expect((await berth.json(['services', 'stop', '--yes'], { cwd: project.dir })).code).toBe(0);
    const before = (await inspectAll(project)).map((one) => one.Id).sort();
    expect((await berth.json(['operations', 'undo', await changeId(), '--yes'])).code).toBe(0);
    expect((await inspectAll(project)).map((one) => one.Id).sort()).toEqual(before);
    expect(await project.read('compose.yaml')).toBe(FILE);
  });

  it.each(deep(['follow.enqueue:after'], ['commit:before', 'backup.restore:after', 'follow.enqueue:after-intent']))('a kill at %s leaves the change as it was, and it can be undone again', async (point) => {
    const id = await changeId();
    const changed = await project.read('compose.yaml');
    expect((await berth.run(['operations', 'undo', id, '--yes'], { env: { BERTH_FAIL: `${point}:1:kill` } })).code).toBeNull();
    expect(await stateOf('operations.undo')).toBe('rolled-back');
    expect(await project.read('compose.yaml')).toBe(changed);
    expect([undefined, 'cancelled']).toContain(await stateOf('services.remake'));
    expect(await limits()).toMatchObject({ Memory: 2 * GIB });
    expect((await berth.json(['operations', 'undo', id, '--yes'])).code).toBe(0);
    expect(await limits()).toMatchObject(OLD);
  });

  // The undo passes these once or twice before what follows it does.
  it.each(deep(['commit:after-result:1', 'container.stop:after:1'], ['operation.start:after-result:2', 'commit:after-result:2', 'operation.end:before:1', 'container.create:after:1', 'container.start:after-intent:1', 'commit:before:2', 'operation.end:before:2']))(
    'a kill at %s behind it ends with the old files and the old limits after the next start',
    async (point) => {
      expect((await berth.run(['operations', 'undo', await changeId(), '--yes'], { env: { BERTH_FAIL: `${point}:kill` } })).code).toBeNull();
      await expect.poll(() => stateOf('services.remake'), { timeout: 60_000, interval: 200 }).toBe('succeeded');
      expect(await stateOf('operations.undo')).toBe('succeeded');
      expect(await project.read('compose.yaml')).toBe(FILE);
      expect(await limits()).toMatchObject(OLD);
      expect(await inspectAll(project)).toHaveLength(2);
    },
  );
});
