import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBusybox, engineRequest } from '../../support/images';
import { startNeighbour, type Neighbour } from '../../support/neighbours';
import { chainChanged, chainProject, emptyProject, opsProject, removeProjectObjects } from '../../support/projects';

/** The other tests trust this: cleaning up one project takes nothing from anybody else. */
describe('clean-up of test projects', () => {
  let neighbour: Neighbour;
  beforeAll(async () => {
    await ensureBusybox();
    neighbour = await startNeighbour();
  });
  afterAll(async () => neighbour.close());

  test('removes what carries the label of its own project and leaves a neighbour as it was', async () => {
    const before = await neighbour.state();
    const project = await emptyProject('mine', { files: { 'compose.yaml': 'services: {}\n' } });
    const own = await startNeighbour({ project: project.name, workingDir: project.dir });
    await project.close();
    expect((await engineRequest('GET', `/containers/${own.container}/json`)).status).toBe(404);
    expect(existsSync(project.dir)).toBe(false);
    expect(await neighbour.state()).toEqual(before);
    await removeProjectObjects(project.name);
  });

  test('the chain differs between its modes in api, worker and web only', async () => {
    const chain = await chainProject({ obeySigterm: false });
    try {
      const [dev, clean] = [await chain.read('docker-compose.dev.yml'), await chain.read('docker-compose.clean.yml')];
      expect(dev.match(/APP_MODE: dev/g)).toHaveLength(3);
      expect(clean.match(/APP_MODE: clean/g)).toHaveLength(3);
      expect(dev.match(/:\/srv:ro/g)).toHaveLength(3);
      expect(clean).not.toContain('./');
    } finally {
      await chain.close();
    }
  });

  test('a longer chain has more of the same, and the same of them change', async () => {
    for (const [count, changed] of [[20, 14], [50, 36]] as const) {
      const chain = await chainProject({ obeySigterm: true, count });
      try {
        const { services } = parse(await chain.read('docker-compose.dev.yml'), { merge: true }) as { services: Record<string, { environment?: object; depends_on?: object }> };
        expect(Object.keys(services)).toHaveLength(count);
        expect(Object.keys(services).filter((name) => services[name]?.environment !== undefined)).toEqual(chainChanged(count));
        expect(chainChanged(count)).toHaveLength(changed);
        expect(Object.keys(services['web-3']?.depends_on ?? {})).toEqual(['api-3']);
        expect(Object.keys(services['api-3']?.depends_on ?? {})).toEqual(['db', 'redis']);
      } finally {
        await chain.close();
      }
    }
  });

  test('the ops project mounts single files and ./shared in dev, and nothing but its volume in clean', async () => {
    const ops = await opsProject();
    try {
      const mounts = async (file: string): Promise<readonly (readonly string[])[]> => {
        const { services } = parse(await ops.read(file), { merge: true }) as { services: Record<string, { volumes?: string[] }> };
        expect(Object.keys(services).sort()).toEqual(['ai-brain', 'api', 'automation-service', 'database']);
        return Object.values(services).map(({ volumes }) => volumes ?? []);
      };
      const dev = await mounts('docker-compose.dev.yml');
      expect(dev.every((volumes) => volumes.includes('./shared:/app/shared'))).toBe(true);
      for (const source of dev.flat().map((volume) => volume.split(':')[0] ?? '').filter((path) => path.startsWith('.'))) expect(existsSync(join(ops.dir, source)), source).toBe(true);
      expect((await mounts('docker-compose.clean.yml')).flat()).toEqual(['postgres_data:/var/lib/postgresql/data']);
    } finally {
      await ops.close();
    }
  });
});
