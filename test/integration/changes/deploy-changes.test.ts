import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { useCleanups } from '../../support/cleanups';
import { ensureBusybox } from '../../support/images';
import { builtApi, changedShop, HEALTHY, leftOf, openBench, runningOf, staying, type ChangedShop, type ChangesBench, type ServiceText } from './kit';

type Deployed = OutputOf<'changes.deploy'>;
type Report = OutputOf<'changes.test'>;

const cleanup = useCleanups();
beforeAll(async () => {
  await Promise.all([ensureBusybox(), ensureHelperImage()]);
});

async function shop(): Promise<{ readonly project: ChangedShop; readonly bench: ChangesBench }> {
  const project = await changedShop('dep');
  cleanup(() => project.close());
  const bench = await openBench(project.dir);
  cleanup(() => bench.close());
  return { project, bench };
}

async function passTest(bench: ChangesBench): Promise<void> {
  const ended = await bench.run('changes.test');
  expect(ended.error).toBeNull();
  expect((ended.result as unknown as Report).summary).toMatch(/every connection answers/);
}

/** A folder outside the project that says whether services are to be healthy: it is no part of what a test is bound to. */
async function outsideFlag(): Promise<{ readonly fields: ServiceText; sicken(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'bt-flag-'));
  cleanup(() => rm(dir, { recursive: true, force: true }));
  return {
    fields: { volumes: [`${dir}:/flag:ro`], healthcheck: { ...HEALTHY, test: ['CMD-SHELL', 'test ! -e /flag/sick'] } },
    sicken: () => writeFile(join(dir, 'sick'), ''),
  };
}

describe('deploy of what was tested (S3.33)', () => {
  it('refuses what was not tested, deploys what was, and refuses again after an edit', async () => {
    const { project, bench } = await shop();
    await project.write('api/main.txt', 'two\n');
    await expect(bench.begin('changes.deploy')).rejects.toMatchObject({ code: 'consent-required', message: 'These changes were not tested yet.' });
    await passTest(bench);
    const before = await runningOf(project.name);
    const ended = await bench.run('changes.deploy');
    expect(ended.error).toBeNull();
    const deployed = ended.result as unknown as Deployed;
    expect(deployed.services.map((one) => [one.service, one.state])).toContainEqual(['api', 'running']);
    expect(deployed.outageMs).toBeGreaterThan(0);
    const after = await runningOf(project.name);
    expect(after.find((one) => one.service === 'db')).toEqual(before.find((one) => one.service === 'db'));
    expect(after.find((one) => one.service === 'api')?.imageId).not.toBe(before.find((one) => one.service === 'api')?.imageId);
    expect(await bench.call('changes.show', { project: bench.projectId })).toMatchObject({ pending: false, deployable: false });
    await project.write('api/main.txt', 'three\n');
    await expect(bench.begin('changes.deploy')).rejects.toMatchObject({ code: 'consent-required' });
    expect(await leftOf(project.name)).toEqual([]);
  });
});

describe('new services one by one (S3.24)', () => {
  it('keeps the first that got healthy, stops at the second, starts no third, and leaves what runs alone', async () => {
    const { project, bench } = await shop();
    const flag = await outsideFlag();
    const before = await runningOf(project.name);
    await project.compose({ cache: staying(), search: staying({ ...flag.fields, depends_on: ['cache'] }), worker: staying({ depends_on: ['search'] }) });
    await bench.call('projects.trust', { id: bench.projectId });
    await passTest(bench);
    await flag.sicken();
    const ended = await bench.run('changes.deploy');
    expect(ended.state).toBe('failed');
    expect(ended.error?.message).toMatch(/^search .*cache stays up\. worker was not started\.$/);
    const report = ended.error?.details?.['report'] as unknown as Deployed;
    expect(report.services.map((one) => [one.service, one.state])).toEqual([['cache', 'running'], ['search', 'failed'], ['worker', 'not-started']]);
    const after = await runningOf(project.name);
    expect(after.filter((one) => one.service !== 'cache')).toEqual(before);
    expect(after.find((one) => one.service === 'cache')?.state).toBe('running');
    expect(await project.read('compose.yaml')).toContain('worker');
  });
});

describe('back to the last good state (S3.25)', () => {
  it('brings files and the old image back by itself when a change of running services fails, and says how long services were away', async () => {
    const { project, bench } = await shop();
    const flag = await outsideFlag();
    const good = { compose: await project.read('compose.yaml'), running: await runningOf(project.name) };
    await project.compose({ api: builtApi(project.ports['api'] ?? 0, flag.fields) });
    await project.write('api/main.txt', 'broken\n');
    await bench.call('projects.trust', { id: bench.projectId });
    await passTest(bench);
    await flag.sicken();
    const ended = await bench.run('changes.deploy');
    expect(ended.state).toBe('failed');
    expect(ended.error?.message).toMatch(/^api .*The last good files and services are back\. Services were away for \d+\.\d s\.$/);
    expect(await project.read('compose.yaml')).toBe(good.compose);
    const after = await runningOf(project.name);
    expect(after.map((one) => [one.service, one.imageId, one.state])).toEqual(good.running.map((one) => [one.service, one.imageId, one.state]));
    const backups = (await readdir(join(project.dir, '.berth'))).filter((one) => one.startsWith('backup_before_rollback_'));
    expect(backups).toHaveLength(1);
    expect(await project.read(`.berth/${String(backups[0])}/files/compose.yaml`)).toContain('/flag');
  });

  it('goes back by request after a deploy that succeeded: files, image and containers of the state before', async () => {
    const { project, bench } = await shop();
    const good = { compose: await project.read('compose.yaml'), running: await runningOf(project.name) };
    await project.compose({ api: builtApi(project.ports['api'] ?? 0, { environment: { CHANGED: 'yes' } }) });
    await project.write('api/main.txt', 'two\n');
    await passTest(bench);
    expect((await bench.run('changes.deploy')).error).toBeNull();
    const ended = await bench.run('changes.rollback');
    expect(ended.error).toBeNull();
    expect(await project.read('compose.yaml')).toBe(good.compose);
    const after = await runningOf(project.name);
    expect(after.map((one) => [one.service, one.imageId])).toEqual(good.running.map((one) => [one.service, one.imageId]));
    expect((ended.result as unknown as Deployed).outageMs).toBeGreaterThan(0);
    // Asked for once more, what was gone back from is no place to go to.
    await expect(bench.run('changes.rollback')).rejects.toMatchObject({ code: 'not-found' });
    expect(await project.read('compose.yaml')).toBe(good.compose);
  });
});
