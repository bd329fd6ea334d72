import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { ensureBaseImages } from '../../scripts/lib/base-images.mjs';
import { ensureHelperImage } from '../../scripts/lib/helper-image.mjs';
import { leftOf, openBench, ownContainers, type RobustnessBench } from '../integration/robustness/kit';
import { testSocketPath } from '../support/images';
import { sampleProject, type TestProject } from '../support/projects';

const FIVE_MINUTES_MS = 300_000;

/** The whole run on the bundled sample while it runs itself, and what a capability that is broken on purpose costs. */
describe('the robustness of the sample', () => {
  let project: TestProject;
  let bench: RobustnessBench;

  beforeAll(async () => {
    const { image } = await ensureBaseImages({ socketPath: testSocketPath() });
    await ensureHelperImage();
    project = await sampleProject(image);
    bench = await openBench(project.dir);
    const { operationId } = (await bench.call('modes.switch', { project: bench.projectId, mode: 'dev' })) as { operationId: string };
    expect((await bench.services.operations.wait(operationId, 240_000)).error).toBeNull();
  });
  afterAll(async () => {
    await bench.close();
    await project.close();
  });

  it('is ten of ten in less than five minutes, and the sample goes on as it was', async () => {
    const before = await ownContainers(project.name);
    const { operation, report } = await bench.run();
    expect(operation.error).toBeNull();
    process.stdout.write(report.markdown);
    expect(report.points.filter((point) => !point.ok)).toEqual([]);
    expect({ score: report.score, of: report.of }).toEqual({ score: 10, of: 10 });
    expect(report.tookMs).toBeLessThan(FIVE_MINUTES_MS);
    expect(await ownContainers(project.name)).toEqual(before);
    expect(await leftOf(project.name)).toEqual([]);
  });

  it('is nine of ten when relocating is broken', async () => {
    const { operations } = bench.services;
    const enqueue = operations.enqueue.bind(operations);
    const broken = vi.spyOn(operations, 'enqueue').mockImplementation((kind, input, options) => (kind === 'compose.relocate' ? Promise.reject(new AppError('fix-failed', 'The paths could not be written.')) : enqueue(kind, input, options)));
    const { report } = await bench.run();
    broken.mockRestore();
    expect(report.points.filter((point) => !point.ok).map((point) => point.id)).toEqual(['relocate']);
    expect({ score: report.score, of: report.of }).toEqual({ score: 9, of: 10 });
  });
});
