import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { bundleForNode } from '../integration/modes/bundle';
import { BUSYBOX_IMAGE } from '../support/images';
import { emptyProject } from '../support/projects';
import { folderRepository, verifyAll } from '../support/snapshot-repository';
import { makeVolume } from '../support/volumes';

const run = promisify(execFile);

/** What is done to a repository by an operation of its own. */
export const KEEPING = ['prune', 'export', 'import'] as const;
type Verb = (typeof KEEPING)[number];

/** A state folder with three snapshots, of which the retention keeps one, and a process that can be killed while it prunes, exports or imports. */
export interface KeepingBench {
  /** Every place the operation passes, in order, as `name:moment:count`. */
  points(verb: Verb): Promise<readonly string[]>;
  /** Kills it there, starts again, and checks that everything that is listed is whole, no file is half, and the same goes through when it is asked for once more. Resolves with how the killed one ended. */
  killAt(verb: Verb, point: string): Promise<string>;
  close(): Promise<void>;
}

export async function createKeepingBench(): Promise<KeepingBench> {
  const program = await bundleForNode('test/faults/snapshot-keeping-process.ts');
  const project = await emptyProject('keep', { files: { 'docker-compose.dev.yml': `services:\n  app:\n    image: ${BUSYBOX_IMAGE}\n` } });
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'bt-keep-')));
  const [base, home, files] = [join(scratch, 'base'), join(scratch, 'home'), join(scratch, 'files')];
  const aside = `${project.name}_aside`;
  const exported = join(base, 'exported.tar');
  const berth = async (verb: string, at: string, what: string, env: { readonly [name: string]: string } = {}): Promise<unknown> => {
    try {
      const { stdout } = await run(process.execPath, [program, verb, at, project.dir, what], { env: { PATH: process.env['PATH'] ?? '', ...env } });
      return JSON.parse(stdout);
    } catch (error) {
      if ((error as { readonly signal?: string }).signal === 'SIGKILL') return undefined;
      throw error;
    }
  };
  const volumes = async (): Promise<readonly string[]> => (await run('docker', ['volume', 'ls', '-q', '--filter', `name=${project.name}`])).stdout.split('\n').filter((one) => one !== '');
  const fresh = async (): Promise<void> => {
    for (const folder of [home, files]) await rm(folder, { recursive: true, force: true });
    await cp(base, home, { recursive: true, preserveTimestamps: true });
    await cp(join(base, 'empty'), files, { recursive: true });
    if (!(await volumes()).includes(aside)) await makeVolume(aside, project.name);
  };
  const whatOf = (verb: Verb): string => (verb === 'prune' ? '' : verb === 'export' ? join(files, 'out.tar') : join(home, 'exported.tar'));
  /** Tags by id: everything that is listed is whole, byte for byte. */
  const listed = async (): Promise<ReadonlySet<string>> => {
    const repository = await folderRepository(join(home, 'snapshots'));
    const { manifests, damaged } = await repository.list();
    expect(damaged).toEqual([]);
    expect((await verifyAll(repository)).damaged).toEqual([]);
    await repository.close();
    return new Set(manifests.map(({ manifest }) => manifest.id));
  };

  await run('mkdir', ['-p', join(base, 'empty')]);
  const { ids } = (await berth('begin', base, aside)) as { readonly ids: readonly string[] };
  const newest = ids[2] ?? '';
  expect(await berth('export', base, exported)).toMatchObject({ state: 'succeeded' });

  async function isWhole(file: string): Promise<boolean> {
    // By a Berth of its own, so that what is listed here stays as it is.
    const judge = join(scratch, 'judge');
    await rm(judge, { recursive: true, force: true });
    await cp(base, judge, { recursive: true });
    return berth('import', judge, file).then((ended) => (ended as { readonly state: string }).state === 'succeeded');
  }

  async function expectSound(verb: Verb, point: string): Promise<void> {
    const now = await listed();
    expect(now, point).toContain(newest);
    if (verb !== 'prune') expect([...now], point).toEqual(expect.arrayContaining([...ids]));
    if (verb !== 'import') expect(now.size, point).toBeLessThanOrEqual(3);
    const left = await readdir(files);
    expect(left.filter((name) => name !== 'out.tar'), point).toEqual([]);
    if (left.length > 0) expect(await isWhole(join(files, 'out.tar')), point).toBe(true);
  }

  return {
    async points(verb) {
      await fresh();
      const record = join(scratch, 'points');
      await rm(record, { force: true });
      expect(await berth(verb, home, whatOf(verb), { BERTH_RECORD: record })).toMatchObject({ state: 'succeeded' });
      return (await readFile(record, 'utf8')).split('\n').filter((one) => one !== '');
    },
    async killAt(verb, point) {
      await fresh();
      expect(await berth(verb, home, whatOf(verb), { BERTH_FAIL: `${point}:kill` }), point).toBeUndefined();
      // Also before anything is put right: what is listed is whole.
      expect(await listed(), point).toContain(newest);
      const ended = (await berth('recover', home, '')) as readonly { readonly kind: string; readonly state: string }[];
      const state = ended.find((one) => one.kind === `snapshots.${verb}`)?.state ?? 'never begun';
      await expectSound(verb, point);
      await rm(join(files, 'out.tar'), { force: true });
      expect(await berth(verb, home, whatOf(verb)), point).toMatchObject({ state: 'succeeded' });
      await expectSound(verb, point);
      if (verb === 'prune') expect({ snapshots: [...(await listed())], volumes: await volumes() }, point).toEqual({ snapshots: [newest], volumes: [] });
      return state;
    },
    async close() {
      await project.close();
      for (const name of await volumes()) await run('docker', ['volume', 'rm', '-f', name]);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
