import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sample } from '../support/random';
import { restoreBench, type RestoreBench } from './restore-crash';
import { folderBench, type FolderBench } from './restore-folder-crash';

const SEED = Number(process.env['BERTH_SEED'] ?? 20260101);
const POINTS = 4;

/** kill -9 in the middle of a restore, at a seeded sample of the places it passes; all of them: `npm run test:deep -- snapshot-restore-kills`. */
describe(`a restore that is killed (seed ${String(SEED)})`, () => {
  let bench: RestoreBench;
  beforeAll(async () => {
    bench = await restoreBench();
  });
  afterAll(async () => {
    await bench.close();
  });

  it('passes every kind of effect, so that the list of kills has them', () => {
    const names = new Set(bench.points.map((one) => one.split(':')[0]));
    for (const name of ['backup.write', 'volume.stage', 'file.put', 'image.keep', 'volume.create', 'restore.stopping', 'restart-policy.set', 'container.stop', 'volume.exchange', 'container.create', 'container.start', 'container.remove', 'commit', 'volume.remove']) {
      expect([...names]).toContain(name);
    }
  });

  it('is decided by its commit', async () => {
    expect(await bench.killAt('commit:before:1')).toBe('old');
    expect(await bench.killAt('commit:after-result:1')).toBe('new');
  });

  it('leaves all as it was when the volume program was at work for it', async () => {
    for (const command of ['write', 'exchange'] as const) expect(await bench.killDuring(command, 150)).toBe('old');
  });

  it('leaves all as it was or all as in the snapshot, whichever place it is killed at', async () => {
    expect(await bench.killAt('volume.exchange:after:1')).toBe('old');
    for (const point of sample(bench.points.filter((one) => !one.startsWith('operation.')), POINTS, SEED)) await bench.killAt(point);
  });
});

describe(`a restore of a folder outside of the project that is killed (seed ${String(SEED)})`, () => {
  let bench: FolderBench;
  beforeAll(async () => {
    bench = await folderBench();
  });
  afterAll(async () => {
    await bench.close();
  });

  it('leaves it as it was or as in the snapshot, also in the middle of the merge and of taking it back', async () => {
    expect(new Set(bench.points.map((one) => one.split(':')[0]))).toContain('folder.merge');
    expect(await bench.killAt('folder.merge:after:1')).toBe('old');
    for (const afterMs of [0, 350]) await bench.killDuring(afterMs);
    await bench.killDuring(500, 350);
  });
});
