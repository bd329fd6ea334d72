import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { ensureBusybox } from '../../support/images';
import type { TestProject } from '../../support/projects';
import { leftOf, openBench, ownContainers, tinyProject, untilPoint, type RobustnessBench } from './kit';

let project: TestProject;
let bench: RobustnessBench;

beforeAll(async () => {
  await Promise.all([ensureBusybox(), ensureHelperImage()]);
  project = await tinyProject();
  bench = await openBench(project.dir);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await bench.close();
  await project.close();
});

it('scores ten of ten on a tiny project, touches nothing of it, and leaves nothing behind', async () => {
  const before = await project.read('compose.yaml');
  const { operation, report } = await bench.run();
  expect(operation.error).toBeNull();
  expect(report.points.filter((point) => !point.ok)).toEqual([]);
  expect({ score: report.score, of: report.of }).toEqual({ score: 10, of: 10 });
  expect(report.markdown).toContain(`# Robustness of ${project.name}: 10/10`);
  expect(await leftOf(project.name)).toEqual([]);
  expect(await ownContainers(project.name)).toEqual([]);
  expect(await project.read('compose.yaml')).toBe(before);
  expect((await readdir(project.dir)).sort()).toEqual(['compose.yaml', 'web']);
}, 300_000);

it('loses exactly the point whose operation is broken', async () => {
  const { operations } = bench.services;
  const enqueue = operations.enqueue.bind(operations);
  vi.spyOn(operations, 'enqueue').mockImplementation((kind, input, options) => (kind === 'compose.relocate' ? Promise.reject(new AppError('fix-failed', 'The paths could not be written.')) : enqueue(kind, input, options)));
  const { operation, report } = await bench.run(['delete', 'relocate', 'issues']);
  expect(operation.state).toBe('succeeded');
  expect(report.points.map((point) => [point.id, point.ok])).toEqual([
    ['delete', true],
    ['relocate', false],
    ['issues', true],
  ]);
  expect(report.points[1]?.detail).toBe('The paths could not be written.');
  expect({ score: report.score, of: report.of }).toEqual({ score: 2, of: 3 });
}, 120_000);

it('is cancelled in the middle of a point and takes the copy away', async () => {
  const id = await bench.begin(['five']);
  await untilPoint(bench, id, 'modes.switch');
  await bench.services.operations.cancel(id);
  expect((await bench.services.operations.wait(id, 120_000)).state).toBe('cancelled');
  expect(await leftOf(project.name)).toEqual([]);
  expect(await readdir(`${bench.home}/twins`)).toEqual([]);
}, 120_000);

it('says which points there are when asked for another', async () => {
  await expect(bench.run(['fly'])).rejects.toThrow('There is no robustness point "fly".');
});
