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
  vi.spyOn(operations, 'enqueue').mockImplementation((kind, input, options) => {
    if (kind === 'compose.relocate') return Promise.reject(new AppError('fix-failed', 'The paths could not be written.'));
    // A bug in one of them ends that point, and no other.
    if (kind === 'checks.fix') return Promise.reject(new TypeError('nothing is no list'));
    if (kind === 'services.rebuild') return Promise.reject(new AppError('internal', 'Something in Berth went wrong: it cannot be built.'));
    return enqueue(kind, input, options);
  });
  const { operation, report } = await bench.run(['delete', 'restructure', 'relocate', 'dependencies', 'issues']);
  expect(operation.state).toBe('succeeded');
  expect(report.points.map((point) => [point.id, point.ok])).toEqual([
    ['delete', true],
    ['restructure', false],
    ['relocate', false],
    ['dependencies', false],
    ['issues', true],
  ]);
  expect(report.points.slice(1, 4).map((point) => point.detail)).toEqual(['Something in Berth went wrong: nothing is no list', 'The paths could not be written.', 'Something in Berth went wrong: it cannot be built.']);
  expect({ score: report.score, of: report.of }).toEqual({ score: 2, of: 5 });
}, 120_000);

it('is cancelled in the middle of a point and takes the copy away', async () => {
  const id = await bench.begin(['five']);
  await untilPoint(bench, id, 'modes.switch');
  await bench.services.operations.cancel(id);
  expect((await bench.services.operations.wait(id, 120_000)).state).toBe('cancelled');
  expect(await leftOf(project.name)).toEqual([]);
  expect(await readdir(`${bench.home}/twins`)).toEqual([]);
}, 120_000);

it('says of the project, not of the copy, what keeps it from running; wrong case stays wrong case', async () => {
  const before = await project.read('compose.yaml');
  await project.write('settings/app.conf', 'on\n');
  await project.write('compose.yaml', before.replace('    build: ./web\n', '    build: ./web\n    volumes: ["./Settings/app.conf:/etc/app.conf"]\n'));
  const { operation } = await bench.run(['delete']);
  await project.write('compose.yaml', before);
  expect(operation.error).toMatchObject({ code: 'blocked', message: 'web mounts ./Settings/app.conf, but on disk it is spelled ./settings/app.conf.', where: { file: expect.stringMatching(/compose\.yaml$/) as string } });
  const findings = operation.error?.details?.['findings'] as readonly { readonly code: string; readonly fixes: readonly unknown[] }[];
  expect(findings.filter((one) => one.code.startsWith('BIND_')).map((one) => [one.code, one.fixes])).toEqual([['BIND_SOURCE_CASE', []]]);
  expect(JSON.stringify(operation.error)).not.toContain('twins');
  expect(await leftOf(project.name)).toEqual([]);
}, 120_000);

it('says which points there are when asked for another', async () => {
  await expect(bench.run(['fly'])).rejects.toThrow('There is no robustness point "fly".');
});
