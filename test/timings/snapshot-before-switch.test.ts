import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CreateDependencies } from '@main/snapshots/gather-types';
import { stateSnapshots, type MakeState } from '@main/snapshots/state-snapshot';
import { ensureBusybox } from '../support/images';
import type { TestProject } from '../support/projects';
import { openWorld, type World } from '../integration/modes/kit';
import { smallShop } from '../integration/modes/small-shop';
import { withCreate } from '../integration/snapshots/create-kit';

let world: World;
let project: TestProject;
let make: MakeState;
let projectId: string;

beforeAll(async () => {
  await ensureBusybox();
  project = await smallShop();
  world = await openWorld();
  projectId = (await world.projects.open(project.dir, true)).id;
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  await withCreate(world, (deps: CreateDependencies) => {
    make = stateSnapshots(deps);
    return deps;
  });
});
afterAll(async () => {
  await world.close();
  await project.close();
});

const never = new AbortController().signal;

const LIMIT_MS = 100;
/** Other computers may share the disk and the cores of this one: what they take is in one turn and not in the next. */
const TURNS = 5;
let made = 0;

async function medianOfEight(): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < 8; time += 1) {
    const began = performance.now();
    await make({ projectId, operationId: `op_${String((made += 1))}`, reason: 'modes.switch' }, never);
    took.push(Math.round(performance.now() - began));
  }
  process.stdout.write(`The state before a change: ${took.join(', ')} ms\n`);
  // The first one makes the repository.
  const sorted = took.slice(1).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

it('files, settings, images and payloads are kept before a change in less than 100 ms', async () => {
  let medianMs = await medianOfEight();
  for (let turn = 1; turn < TURNS && medianMs >= LIMIT_MS; turn += 1) medianMs = await medianOfEight();
  expect(medianMs).toBeLessThan(LIMIT_MS);
});
