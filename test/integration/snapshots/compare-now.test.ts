import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComposeService } from '@main/compose';
import { compareSnapshots } from '@main/snapshots/compare';
import type { CreateDependencies } from '@main/snapshots/gather-types';
import type { TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';
import { execIn } from '../modes/small-shop';
import { snapshotProject, withCreate, type CreateWorld } from './create-kit';

let project: TestProject;
let world: World;
let snapshots: CreateWorld;
let deps: CreateDependencies;
let settings: { readonly [name: string]: boolean } = { example: true };

beforeAll(async () => {
  project = await snapshotProject();
  world = await openWorld({ tapped: false, compose: new ComposeService({ spawn: parseHere, environment: {} }) });
  snapshots = await withCreate(world, (made) => (deps = { ...made, settingsOf: () => Promise.resolve(settings) }));
  await world.projects.open(project.dir, true);
  expect((await world.switchTo(project.dir, 'dev')).error).toBeNull();
  await execIn(project, 'one', 'mkdir -p /shared/d && for i in 1 2 3; do echo $i > /shared/d/$i; done; ln -s d/1 /shared/k');
});
afterAll(async () => {
  await world.close();
  await project.close();
});

interface Difference {
  readonly part: { readonly name: string };
  readonly change: string;
  readonly path: string;
  readonly what: readonly string[];
  readonly before: string | null;
  readonly after: string | null;
}

async function compare(id: string, limit = 1_000): Promise<{ readonly differences: readonly Difference[]; readonly more: number }> {
  const find = async (): Promise<object> => ({ name: 'local', repository: snapshots.repository, manifest: await snapshots.repository.manifest(id), foreign: false });
  const answer = await compareSnapshots({ ...deps, repositories: { find: find as never } })({ project: project.dir, id, limit }, { door: 'cli', signal: new AbortController().signal });
  // Somebody writes to this one all the time.
  return { ...answer, differences: answer.differences.filter(({ part }) => !part.name.endsWith('_data')) };
}

describe('a snapshot and what is there now', () => {
  it('differ in nothing while nothing was changed', async () => {
    const made = await snapshots.made(project.dir);
    expect((await compare(made.id)).differences).toEqual([]);
  });

  it('differ in files, volumes, settings, variables and containers, and no value is shown', async () => {
    const made = await snapshots.made(project.dir);
    await execIn(project, 'one', 'echo more >> /shared/d/1; chmod 600 /shared/d/2; rm /shared/d/3; touch /shared/new; ln -sf d/2 /shared/k');
    await project.write('.env', 'TOKEN=a-value-nobody-sees\nMORE=1\n');
    await project.write('docker-compose.clean.yml', `${await project.read('docker-compose.clean.yml')}# changed\n`);
    settings = { example: false };
    const { differences } = await compare(made.id);
    const told = differences.filter(({ what }) => what.join() !== 'time').map(({ part, change, path, what }) => [part.name.replace(`${project.name}_`, ''), change, path, what]);
    expect(told).toEqual([
      ['compose', 'changed', 'docker-compose.clean.yml', ['content', 'time']],
      ['env', 'added', '.env', ['MORE']],
      ['env', 'changed', '.env', ['TOKEN']],
      ['project', 'changed', 'settings.json', ['example']],
      ['shared', 'changed', 'd/1', ['content', 'time']],
      ['shared', 'changed', 'd/2', ['mode']],
      ['shared', 'removed', 'd/3', ['file']],
      ['shared', 'changed', 'k', ['target', 'time']],
      ['shared', 'added', 'new', ['file']],
    ]);
    expect(differences.find(({ path }) => path === 'd/2')).toMatchObject({ before: '0644', after: '0600' });
    expect(JSON.stringify(differences)).not.toMatch(/do-not-show-this|a-value-nobody-sees/);
    const few = await compare(made.id, 2);
    expect(few.differences.length + few.more).toBeGreaterThan(8);
    expect(few.differences.length).toBe(2);
  });
});
