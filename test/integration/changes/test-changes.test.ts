import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { useCleanups } from '../../support/cleanups';
import { engineJson, engineRequest, ensureBusybox } from '../../support/images';
import { BUSYBOX_IMAGE, changedShop, leftOf, openBench, runningOf, SICK, staying, STAYS, type ChangedShop, type ChangesBench } from './kit';

type Show = OutputOf<'changes.show'>;
type Report = OutputOf<'changes.test'>;

const cleanup = useCleanups();
beforeAll(async () => {
  await Promise.all([ensureBusybox(), ensureHelperImage()]);
});

async function shop(): Promise<{ readonly project: ChangedShop; readonly bench: ChangesBench }> {
  const project = await changedShop('chg');
  cleanup(() => project.close());
  const bench = await openBench(project.dir);
  cleanup(() => bench.close());
  return { project, bench };
}

/** What must be as before a test, whatever came of it. */
async function expectUntouched(project: ChangedShop, bench: ChangesBench, before: Awaited<ReturnType<typeof runningOf>>): Promise<void> {
  expect(await runningOf(project.name)).toEqual(before);
  expect(await leftOf(project.name)).toEqual([]);
  expect(await readdir(join(bench.home, 'twins')).catch(() => [])).toEqual([]);
  expect((await bench.call<readonly { readonly id: string }[]>('projects.list')).map((one) => one.id)).toEqual([bench.projectId]);
}

describe('changes in isolation (S3.32)', () => {
  it('tests a good change with copies of the data and other ports, and takes everything away again', async () => {
    const { project, bench } = await shop();
    const [db] = (await runningOf(project.name)).filter((one) => one.service === 'db');
    await exec(db?.id ?? '', ['sh', '-c', 'mkdir -p /var/lib/data && echo rows > /var/lib/data/rows && chown 70:70 /var/lib/data/rows && chmod 640 /var/lib/data/rows']);
    const before = await runningOf(project.name);
    // The change reads what the original wrote: it is only healthy with a copy of the data.
    await project.compose({ audit: staying({ volumes: ['data:/data'], healthcheck: { ...SICK, test: ['CMD-SHELL', 'test "$$(stat -c %u:%a /data/rows)" = 70:640 && grep -q rows /data/rows && echo written > /data/by-the-copy'] }, depends_on: ['db'] }) });
    await project.write('api/main.txt', 'two\n');
    const shown = await bench.call<Show>('changes.show', { project: bench.projectId });
    expect(shown).toMatchObject({ mode: 'default', pending: true, tested: null, deployable: false, reason: 'These changes were not tested yet.' });
    expect(shown.changes.map((one) => [one.service, one.action])).toEqual(expect.arrayContaining([['audit', 'create'], ['api', 'recreate']]));

    const ended = await bench.run('changes.test');
    expect(ended.error).toBeNull();
    const report = ended.result as unknown as Report;
    expect(report.summary).toBe('4 services are up, and every connection answers.');
    expect(report).toMatchObject({ ok: true, mode: 'default', hash: shown.hash });
    expect(report.services.map((one) => [one.service, one.state, one.health])).toEqual([['api', 'running', 'healthy'], ['audit', 'running', 'healthy'], ['db', 'running', 'none'], ['web', 'running', 'none']]);
    await expectUntouched(project, bench, before);
    expect(await exec(db?.id ?? '', ['ls', '/var/lib/data'])).toBe('rows\n');
    expect(await bench.call<Show>('changes.show', { project: bench.projectId })).toMatchObject({ hash: shown.hash, deployable: true, tested: { ok: true, operationId: ended.id } });
    // Another byte in what is built is another change.
    await project.write('api/main.txt', 'three\n');
    expect(await bench.call<Show>('changes.show', { project: bench.projectId })).toMatchObject({ deployable: false, tested: null });
    await project.write('api/skipped/large.txt', 'what is not sent does not count\n');
    await project.write('api/main.txt', 'two\n');
    expect(await bench.call<Show>('changes.show', { project: bench.projectId })).toMatchObject({ hash: shown.hash, deployable: true });
  });

  it('reports a change that is never healthy, one that ends after three seconds, and one that cannot be built', async () => {
    const { project, bench } = await shop();
    const before = await runningOf(project.name);
    const test = async (): Promise<Report> => {
      const ended = await bench.run('changes.test');
      expect(ended.error).toBeNull();
      await expectUntouched(project, bench, before);
      return ended.result as unknown as Report;
    };
    await project.compose({ web: staying({ healthcheck: SICK }) });
    const sick = await test();
    expect(sick.ok).toBe(false);
    expect(sick.summary).toMatch(/^web .*health check fails/);
    expect(sick.services.map((one) => [one.service, one.state, one.health])).toEqual([['api', 'running', 'healthy'], ['db', 'running', 'none'], ['web', 'failed', 'none']]);

    await bench.services.settings.set('services.settleSeconds', 4);
    await project.compose({ web: staying({ command: ['sh', '-c', 'sleep 3; exit 1'], restart: 'no' }) });
    expect(await test()).toMatchObject({ ok: false, summary: 'web ended with code 1 soon after its start.' });
    await bench.services.settings.set('services.settleSeconds', 0);

    await project.compose();
    await project.write('api/Dockerfile', 'FROM berth-test/no-such-image:1\n');
    const unbuilt = await test();
    expect(unbuilt.ok).toBe(false);
    expect(unbuilt.summary).toMatch(/^(?:The image of )?api/);
    expect(unbuilt.services.map((one) => [one.service, one.state])).toEqual([['api', 'failed'], ['db', 'not-started'], ['web', 'not-started']]);
    expect(await bench.call<Show>('changes.show', { project: bench.projectId })).toMatchObject({ deployable: false, reason: 'The test of these changes failed.' });
  });

  it('takes along what lies beside the project, without writing to it', async () => {
    const { project, bench } = await shop();
    const beside = join(project.dir, '..');
    await mkdir(join(beside, 'lib'));
    await writeFile(join(beside, 'lib', 'Dockerfile'), `FROM ${BUSYBOX_IMAGE}\nCOPY . /lib-copy/\n`);
    await mkdir(join(beside, 'shared'));
    await writeFile(join(beside, 'common.env'), 'COMMON=yes\n');
    await project.compose({ worker: staying({ image: undefined, build: '../lib', env_file: '../common.env', volumes: ['../shared:/shared'], healthcheck: { ...SICK, test: ['CMD-SHELL', 'test "$$COMMON" = yes && test -f /lib-copy/Dockerfile && ! touch /shared/written'] } }) });
    await expect(bench.begin('changes.test')).rejects.toMatchObject({ code: 'trust-required' });
    await bench.call('projects.trust', { id: bench.projectId });
    const before = await runningOf(project.name);
    const ended = await bench.run('changes.test');
    expect(ended.error).toBeNull();
    expect((ended.result as unknown as Report).summary).toBe('4 services are up, and every connection answers.');
    expect(await readdir(join(beside, 'shared'))).toEqual([]);
    expect((await readdir(beside)).sort()).toEqual(['common.env', 'lib', project.name, 'shared'].sort());
    await expectUntouched(project, bench, before);
  });

  it('leaves nothing behind when it is cancelled while the copy starts', async () => {
    const { project, bench } = await shop();
    const before = await runningOf(project.name);
    await project.compose({ web: staying({ command: STAYS, healthcheck: { ...SICK, retries: 100 } }) });
    const id = await bench.begin('changes.test');
    await new Promise<void>((resolve) => {
      const subscription = bench.services.events.subscribe((batch) => {
        for (const { event } of batch) {
          if (event.type !== 'operation.changed' || event.operation.kind !== 'modes.switch' || event.operation.progress.services?.['web'] !== 'starting') continue;
          subscription.dispose();
          resolve();
        }
      });
    });
    await bench.services.operations.cancel(id);
    expect((await bench.services.operations.wait(id, 120_000)).state).toBe('cancelled');
    await expectUntouched(project, bench, before);
  });
});

async function exec(id: string, command: readonly string[]): Promise<string> {
  const { Id } = await engineJson<{ Id: string }>('POST', `/containers/${id}/exec`, { body: { Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true } });
  return (await engineRequest('POST', `/exec/${Id}/start`, { body: { Detach: false, Tty: true } })).text.replaceAll('\r\n', '\n');
}
