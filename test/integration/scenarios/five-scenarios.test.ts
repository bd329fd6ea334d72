import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { OutputOf } from '@shared/contract/contract';
import { pendingServices } from '@shared/domain/changes/pending-services';
import { openBench, type ChangesBench } from '../changes/kit';
import { execIn, idsOf } from '../modes/small-shop';
import { BUSYBOX_IMAGE, engineJson, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const STAYS = `    command: ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n    stop_grace_period: 2s\n    healthcheck: { test: ["CMD", "true"], interval: 1s }\n`;
const DOCKERFILE = `FROM ${BUSYBOX_IMAGE}\nCOPY . /app/\n`;

/** The five scenarios of change in one project that runs: what each one does not touch keeps its containers and its data. */
describe('the five scenarios', () => {
  let project: TestProject;
  let bench: ChangesBench;
  let before: { readonly [service: string]: string };
  let volume: unknown;

  const file = (mode: 'dev' | 'clean'): string => {
    const mounts = (lines: readonly string[]): string => (mode === 'clean' || lines.length === 0 ? '' : `    volumes:\n${lines.map((line) => `      - ${line}\n`).join('')}`);
    const net = '    networks: [ops]\n';
    return `# ${mode}
services:
  database:
    image: ${BUSYBOX_IMAGE}
${STAYS}    volumes: ["postgres_data:/var/lib/data"]
${net}  automation-service:
    build: ./automation-service   # ours
${STAYS}${mounts(['./automation-service/main.py:/srv/main.py'])}${net}  api:
    build: ./api
${STAYS}${net}  ai-brain:
    image: ${BUSYBOX_IMAGE}
${STAYS}${mounts(['./ai-brain/orchestration:/app/orchestration'])}${net}  old-service:
    image: ${BUSYBOX_IMAGE}
${STAYS}    volumes: [/cache]
${net}networks:
  ops:
    name: ${project.name}-dev
volumes:
  postgres_data: {}
`;
  };
  const FILES = ['docker-compose.dev.yml', 'docker-compose.clean.yml'] as const;

  beforeAll(async () => {
    await ensureBusybox();
    project = await emptyProject('five');
    await project.write(FILES[0], file('dev'));
    await project.write(FILES[1], file('clean'));
    for (const name of ['automation-service', 'api']) {
      await project.write(`${name}/Dockerfile`, DOCKERFILE);
      await project.write(`${name}/main.py`, `${name}\n`);
      await project.write(`${name}/requirements.txt`, 'fastapi==0.110\n');
    }
    await project.write('ai-brain/orchestration/plan.txt', 'the plan\n');
    await project.write('shared/lib.txt', 'shared\n');
    bench = await openBench(project.dir, 'dev');
    await execIn(project, 'database', 'echo rows > /var/lib/data/rows; head -c 100000 /dev/urandom > /var/lib/data/blob');
    volume = await seenVolume();
  });
  afterAll(async () => {
    await bench.close();
    await project.close();
  });
  beforeEach(async () => {
    before = await idsOf(project);
  });

  const texts = (): Promise<readonly string[]> => Promise.all(FILES.map((name) => project.read(name)));
  async function edit(change: (text: string) => string): Promise<void> {
    for (const name of FILES) await project.write(name, change(await project.read(name)));
  }
  async function seenVolume(): Promise<unknown> {
    const { CreatedAt } = await engineJson<{ readonly CreatedAt: string }>('GET', `/volumes/${project.name}_postgres_data`);
    return { CreatedAt, sum: await execIn(project, 'database', 'cat /var/lib/data/* | sha256sum') };
  }
  /** What is pending, by service. */
  async function pending(): Promise<{ readonly [service: string]: string }> {
    const { changes } = await bench.call<OutputOf<'changes.show'>>('changes.show', { project: bench.projectId });
    return Object.fromEntries(pendingServices(changes).map(({ service, kind }) => [service, kind]));
  }
  async function run(name: string, input: Record<string, unknown> = {}): Promise<void> {
    const ended = await bench.run(name, input);
    expect(ended.error).toBeNull();
  }
  /** Applies what is pending; exactly these containers are other ones afterwards, and the data is the same. */
  async function applied(touched: readonly string[], act = (): Promise<void> => run('modes.switch', { mode: 'dev' })): Promise<void> {
    await act();
    const after = await idsOf(project);
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    expect([...names].filter((name) => before[name] !== after[name]).sort()).toEqual([...touched].sort());
    expect(await seenVolume()).toEqual(volume);
    expect(await pending()).toEqual({});
  }

  it('1: a service that is deleted goes, with its volume without a name', async () => {
    const { Mounts } = await engineJson<{ readonly Mounts: readonly { readonly Name: string }[] }>('GET', `/containers/${before['old-service'] ?? ''}/json`);
    await edit((text) => text.replace(/ {2}old-service:[^]*?(?=^networks:)/m, ''));
    expect(await pending()).toEqual({ 'old-service': 'removed' });
    await applied(['old-service']);
    await expect(engineJson('GET', `/volumes/${Mounts[0]?.Name ?? ''}`)).rejects.toThrow('404');
  });

  it('2: a service that is added comes up beside the others: in dev with its mounts, in clean without', async () => {
    for (const path of ['main.py', 'config/app.conf']) await project.write(`monitoring-service/${path}`, `${path}\n`);
    await project.write('monitoring-service/Dockerfile', `${DOCKERFILE}CMD ["sh", "-c", "trap 'exit 0' TERM; sleep 100000 & wait"]\n`);
    const mount = ['./monitoring-service/main.py:/app/main.py', './monitoring-service/config:/app/config', './shared:/app/shared'];
    const containerName = `${project.name}-monitoring-dev`;
    const wanted = { service: 'monitoring-service', context: './monitoring-service', dockerfile: 'Dockerfile', containerName, mount, network: [`${project.name}-dev`] };
    const original = await texts();
    await run('compose.add-service', wanted);
    const block = { build: { context: './monitoring-service', dockerfile: 'Dockerfile' }, container_name: containerName, networks: ['ops'] };
    const [dev, clean] = (await texts()).map((text) => (parse(text) as { readonly services: { readonly [name: string]: unknown } }).services['monitoring-service']);
    expect([dev, clean]).toEqual([{ ...block, volumes: mount }, block]);
    const [{ id = '' } = {}] = await bench.call<OutputOf<'operations.list'>>('operations.list', { limit: 1 });
    const { operationId } = await bench.call<{ readonly operationId: string }>('operations.undo', { id });
    expect((await bench.services.operations.wait(operationId, 60_000)).error).toBeNull();
    expect(await texts()).toEqual(original);

    await run('compose.add-service', wanted);
    expect((await texts()).map((text) => text.includes('# ours'))).toEqual([true, true]);
    await expect(bench.begin('compose.add-service', wanted)).rejects.toMatchObject({ code: 'input-invalid', message: 'dev already has a service called monitoring-service.' });
    expect(await pending()).toEqual({ 'monitoring-service': 'added' });
    await applied(['monitoring-service']);
    const seen = await engineJson<{ readonly Mounts: readonly { readonly Source: string; readonly Destination: string }[]; readonly State: { readonly Running: boolean }; readonly NetworkSettings: { readonly Networks: object } }>('GET', `/containers/${containerName}/json`);
    expect(seen.State.Running).toBe(true);
    expect(Object.keys(seen.NetworkSettings.Networks)).toEqual([`${project.name}-dev`]);
    expect(seen.Mounts.map((one) => `.${one.Source.slice(project.dir.length)}:${one.Destination}`).sort()).toEqual([...mount].sort());
  });

  it('3: a folder that is moved is found, its mount is written anew, and only that service is made anew', async () => {
    await mkdir(join(project.dir, 'ai-brain/core'));
    await rename(join(project.dir, 'ai-brain/orchestration'), join(project.dir, 'ai-brain/core/orchestration'));
    const missing = (await bench.call<OutputOf<'checks.run'>>('checks.run', { project: bench.projectId, mode: 'dev' })).findings.filter((one) => one.code === 'BIND_SOURCE_MISSING');
    expect(missing.map((one) => one.service)).toEqual(['ai-brain']);
    const fix = missing[0]?.fixes.find((one) => one.title.includes('./ai-brain/core/orchestration'));
    await run('checks.fix', { mode: 'dev', fixes: [fix?.id ?? ''], dryRun: false });
    // The path inside follows only when somebody says so.
    expect(await project.read(FILES[0])).toContain('- ./ai-brain/core/orchestration:/app/orchestration\n');
    await edit((text) => text.replace('orchestration:/app/orchestration', 'orchestration:/app/core/orchestration'));
    expect(await pending()).toEqual({ 'ai-brain': 'restructured' });
    await applied(['ai-brain']);
    expect(await execIn(project, 'ai-brain', 'cat /app/core/orchestration/plan.txt')).toBe('the plan\n');
  });

  it('4: folders that are moved are followed in both files at once, whether by hand or by Berth', async () => {
    await mkdir(join(project.dir, 'microservices'));
    for (const name of ['automation-service', 'api']) await rename(join(project.dir, name), join(project.dir, 'microservices', name));
    await edit((text) => text.replaceAll(/\.\/(?=automation-service|api)/g, './microservices/'));
    expect(await pending()).toEqual({ 'automation-service': 'directories', api: 'directories' });
    await applied(['automation-service', 'api']);

    before = await idsOf(project);
    await rename(join(project.dir, 'microservices'), join(project.dir, 'parts'));
    await applied(['automation-service', 'api'], () => run('compose.relocate', { from: 'microservices', to: 'parts' }));
    for (const text of await texts()) expect(text.match(/\.\/parts\//g)?.length).toBe(text.startsWith('# dev') ? 3 : 2);
  });

  it('5: what a service has installed is built anew for that service alone', async () => {
    const images = async (): Promise<readonly string[]> => Promise.all(['automation-service', 'api'].map(async (name) => (await engineJson<{ readonly Image: string }>('GET', `/containers/${(await idsOf(project))[name] ?? ''}/json`)).Image));
    const [, otherImage] = await images();
    await project.write('parts/automation-service/requirements.txt', 'flask==3.0\n');
    expect(await pending()).toEqual({ 'automation-service': 'dependencies' });
    await applied(['automation-service']);
    expect(await execIn(project, 'automation-service', 'cat /app/requirements.txt')).toBe('flask==3.0\n');
    expect((await images())[1]).toBe(otherImage);
  });

  it('and smaller edits are told apart: code of an image, its order, a setting', async () => {
    await project.write('parts/api/main.py', 'another line\n');
    expect(await pending()).toEqual({ api: 'rebuilt' });
    await mkdir(join(project.dir, 'parts/api/routes'));
    await rename(join(project.dir, 'parts/api/main.py'), join(project.dir, 'parts/api/routes/main.py'));
    await edit((text) => text.replace(`  ai-brain:\n    image: ${BUSYBOX_IMAGE}\n`, `  ai-brain:\n    image: ${BUSYBOX_IMAGE}\n    environment: { LEVEL: debug }\n`));
    expect(await pending()).toEqual({ api: 'restructured', 'ai-brain': 'settings' });
    await applied(['api', 'ai-brain']);
  });
});
