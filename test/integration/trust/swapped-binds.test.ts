import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import type { BindAlarm } from '@main/docker/types';
import { ensureHelperImage } from '../../../scripts/lib/helper-image.mjs';
import { startDockerProxy, type DockerProxy } from '../../support/docker-proxy';
import { startWhileSwapped } from '../../support/swapped-starts';
import { testProject, type TestProject } from '../docker/harness';

const isRoot = process.getuid?.() === 0;

/** Makes the source another folder just as the start reaches the engine, and gives it back afterwards: what stays visible is harmless. */
async function startWithSwap(project: TestProject, proxy: DockerProxy, id: string): Promise<unknown> {
  const [data, aside] = [join(project.dir, 'data'), join(project.dir, 'aside')];
  const rule = proxy.addRule({ method: 'POST', path: `/containers/${id}/start`, action: { kind: 'delay', ms: 300 } });
  const starting = project.engine.startContainer(id).then((check) => check, (error: unknown) => error);
  await proxy.waitFor('POST', `/containers/${id}/start`);
  await rename(data, aside);
  await symlink('/etc', data);
  const outcome = await starting;
  rule.dispose();
  await rm(data);
  await rename(aside, data);
  return outcome;
}

const bound = (project: TestProject) => ({ HostConfig: { RestartPolicy: { Name: 'always' }, Mounts: [{ Type: 'bind', Source: join(project.dir, 'data'), Target: '/data' }] } });

describe('a bind source that is swapped after it was judged', () => {
  let proxy: DockerProxy;
  const projects: TestProject[] = [];
  const open = async (options: Parameters<typeof testProject>[0] = {}) => {
    const project = await testProject({ env: { DOCKER_HOST: proxy.uri }, ...options });
    projects.push(project);
    await mkdir(join(project.dir, 'data'));
    const alarms: BindAlarm[] = [];
    project.root.onBindAlarm((alarm) => alarms.push(alarm));
    const { id } = await project.engine.createContainer(`${project.name}-web`, project.payload('web', ['sleep', '1000'], bound(project)));
    return { project, alarms, id };
  };
  beforeAll(async () => {
    proxy = await startDockerProxy();
  });
  afterAll(async () => {
    for (const project of projects) await project.close();
    await proxy.close();
  });

  it.runIf(isRoot)('stops the container, says why, and starts well once the folder stands still', async () => {
    const { project, alarms, id } = await open();
    const error = await startWithSwap(project, proxy, id);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'policy-refused', message: `web was stopped: ${project.dir}/data was swapped while it started, so /data was something else than allowed.` });
    expect(await project.engine.inspectContainer(id)).toMatchObject({ state: 'exited', restartPolicy: { name: 'no' } });
    expect(alarms).toMatchObject([{ kind: 'swapped', service: 'web', projectDir: project.dir, source: join(project.dir, 'data') }]);
    expect(await project.engine.startContainer(id)).toEqual({ state: 'checked', reason: '' });
  });

  it('is not started at all when the swap came before the look', async () => {
    const { project, id } = await open();
    await rename(join(project.dir, 'data'), join(project.dir, 'aside'));
    await symlink('/etc', join(project.dir, 'data'));
    proxy.requests.splice(0);
    await expect(project.engine.startContainer(id)).rejects.toMatchObject({ code: 'trust-required', message: 'This needs your agreement first: web can read and change /etc, outside the project folder.' });
    expect(proxy.changes()).toEqual([]);
  });

  it('is seen through the helper where this process may not look', async () => {
    const reference = await ensureHelperImage();
    let told: (alarm: BindAlarm) => void = () => undefined;
    const alarm = new Promise<BindAlarm>((resolve) => (told = resolve));
    const { project, id } = await open({ held: () => Promise.resolve(new Map()), helperReference: () => Promise.resolve(reference) });
    project.root.onBindAlarm((one) => told(one));
    expect(await startWithSwap(project, proxy, id)).toEqual({ state: 'pending', reason: '' });
    await project.root.settled();
    expect(await alarm).toMatchObject({ kind: 'swapped', service: 'web' });
    expect((await project.engine.inspectContainer(id)).state).toBe('exited');
  });

  it('says that it was not checked where it cannot be', async () => {
    const { project, id } = await open({ held: () => Promise.resolve(new Map()) });
    expect(await project.engine.startContainer(id)).toEqual({ state: 'not-checked', reason: 'What the container really mounted was not checked: Berth may not look into it, and the helper image is not there.' });
  });

  it.runIf(isRoot)('never stays in a container, however fast somebody swaps', async () => {
    const result = await startWhileSwapped(6);
    expect(result.foreign).toBe(0);
    expect(result.right + result.caught + result.failed).toBe(6);
  });
});
