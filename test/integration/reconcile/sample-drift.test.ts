import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBaseImages } from '../../../scripts/lib/base-images.mjs';
import { testSocketPath } from '../../support/images';
import { sampleProject, type TestProject } from '../../support/projects';
import { openDriftWorld, type DriftWorld } from './kit';

const run = promisify(execFile);

let world: DriftWorld;
let project: TestProject;

beforeAll(async () => {
  const { image } = await ensureBaseImages({ socketPath: testSocketPath() });
  project = await sampleProject(image);
  world = await openDriftWorld();
  await world.engine.connect();
});
afterAll(async () => {
  await world.close();
  await project.close();
});

test('the sample, with its builds, binds, volumes and limits, shows no drift after a switch to either mode', async () => {
  const { id } = await world.projects.resolve(project.dir);
  await world.projects.trust(id);
  for (const mode of ['dev', 'prod', 'dev']) {
    expect((await world.switchTo(project.dir, mode)).error).toBeNull();
    expect(await world.reconciler.pass(id)).toEqual([]);
  }
  // What docker compose makes of the same files is no drift either.
  await run('docker', ['compose', '-f', 'docker-compose.dev.yml', 'up', '-d', '--force-recreate'], { cwd: project.dir });
  expect(await world.reconciler.pass(id)).toEqual([]);
});
