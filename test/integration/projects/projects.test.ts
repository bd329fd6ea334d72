import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComposeService } from '@main/compose';
import { silentLogger } from '@main/platform/logger';
import { openStore, type OpenedStore } from '@main/platform/store';
import { ProjectsService } from '@main/projects';
import type { BerthEvent } from '@shared/contract/events';

const SIMPLE = 'services:\n  api:\n    image: example/api:1\n    volumes:\n      - ./src:/app/src\n';

let home: string;
let dir: string;
let store: OpenedStore;
let compose: ComposeService;
let projects: ProjectsService;
let published: BerthEvent[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-projects-home-'));
  dir = await realpath(await mkdtemp(join(tmpdir(), 'berth-projects-')));
  await mkdir(join(dir, 'src'));
  store = await openStore({ home, inProcess: true });
  compose = new ComposeService();
  published = [];
  projects = new ProjectsService({ store, compose, log: silentLogger, publish: (event) => published.push(event), now: () => new Date(0), activeMode: () => Promise.resolve(null) });
});

afterEach(async () => {
  compose.close();
  await store.close();
  await rm(home, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
});

const write = (name: string, text: string): Promise<void> => writeFile(join(dir, name), text);

describe('opening a folder', () => {
  it('finds the modes, names the project and trusts nothing', async () => {
    await write('docker-compose.dev.yml', SIMPLE);
    await write('docker-compose.clean.yml', 'services:\n  api:\n    image: example/api:1\n');
    const project = await projects.open(dir, false);
    expect(project).toMatchObject({ dir, activeMode: null, trusted: false, trustQuestions: [expect.stringContaining('runs 1 service')] });
    expect(project.modes.map((mode) => mode.name)).toEqual(['dev', 'prod']);
    expect(published.at(-1)).toMatchObject({ type: 'projects.changed', projects: [{ id: project.id }] });
  });

  it('says which line of berth.yaml names a file that is not there', async () => {
    await write('compose.yaml', SIMPLE);
    await write('berth.yaml', 'modes:\n  dev:\n    files: [compose.yaml, gone.yaml]\n  prod:\n    files: compose.yaml\n    envFiles:\n      - none.env\n');
    const settings = join(dir, 'berth.yaml');
    await expect(projects.open(dir, false)).rejects.toMatchObject({ code: 'compose-not-found', message: `There is no file ${join(dir, 'gone.yaml')}.`, where: { file: settings, line: 3 }, hint: expect.stringContaining('The mode dev names it') as string });
    await write('gone.yaml', SIMPLE);
    await expect(projects.open(dir, false)).rejects.toMatchObject({ code: 'compose-invalid', where: { file: settings, line: 7 } });
    // What is there and cannot be read is its own fault.
    await mkdir(join(dir, 'none.env'));
    await expect(projects.open(dir, false)).rejects.toMatchObject({ where: { file: join(dir, 'none.env') }, hint: expect.not.stringContaining('names it') as string });
  });

  it('gives the same id for the same real folder, whatever link it was named by', async () => {
    await write('compose.yaml', SIMPLE);
    const link = `${dir}-link`;
    await symlink(dir, link);
    try {
      expect((await projects.open(link, false)).id).toBe((await projects.open(dir, false)).id);
      expect(await projects.list()).toHaveLength(1);
    } finally {
      await rm(link);
    }
  });

  it.each([
    ['a path where nothing is', (): string => join(dir, 'nowhere'), 'project-not-found'],
    ['a file', (): string => join(dir, 'compose.yaml'), 'project-not-found'],
    ['a folder without compose files', (): string => join(dir, 'src'), 'compose-not-found'],
  ])('refuses %s and records nothing', async (_, path, code) => {
    await write('compose.yaml', SIMPLE);
    await expect(projects.open(path(), false)).rejects.toMatchObject({ code });
    expect(await projects.list()).toEqual([]);
  });

  it('refuses broken YAML with the file and the line', async () => {
    await write('compose.yaml', 'services:\n  api:\n   image: a\n  bad: [\n');
    await expect(projects.open(dir, true)).rejects.toMatchObject({ code: 'compose-invalid', where: { file: join(dir, 'compose.yaml') } });
    expect(await projects.list()).toEqual([]);
  });
});

describe('a project by its name', () => {
  it('is found where only one has it, and said to be missing with where to look', async () => {
    await write('compose.yaml', `name: shop\n${SIMPLE}`);
    const { id } = await projects.open(dir, false);
    expect((await projects.resolve('shop')).id).toBe(id);
    for (const reference of ['p_nope', 'try-1']) await expect(projects.resolve(reference)).rejects.toMatchObject({ code: 'project-not-found', hint: expect.stringContaining('berth projects list') as string });
    await expect(projects.forget('p_nope')).rejects.toMatchObject({ code: 'project-not-found' });
    await projects.forget('shop');
    expect(await projects.list()).toEqual([]);
  });
});

describe('closing a project', () => {
  it('takes it out of the list and keeps what is known of it, until it is opened again or forgotten', async () => {
    await write('compose.yaml', `name: shop\n${SIMPLE}`);
    const { id } = await projects.open(dir, true);
    await projects.close('shop');
    expect(await projects.list()).toEqual([]);
    expect(published.at(-1)).toEqual({ type: 'projects.changed', projects: [] });
    expect(await projects.recent()).toEqual([{ id, name: 'shop', dir, closedAt: new Date(0).toISOString(), readable: true }]);
    // What still works on it finds it, without opening it.
    expect((await projects.resolve(id)).id).toBe(id);
    expect(await projects.list()).toEqual([]);

    expect(await projects.reopen('shop')).toMatchObject({ id, trusted: true });
    expect(await projects.recent()).toEqual([]);
    expect(await projects.list()).toHaveLength(1);

    await projects.close(id);
    await projects.forget('shop');
    expect(await projects.recent()).toEqual([]);
    expect(await projects.open(dir, false)).toMatchObject({ id, trusted: false });
  });

  it('ends with the first that works in its folder, and opens nothing that is broken or gone', async () => {
    await write('compose.yaml', SIMPLE);
    const { id } = await projects.open(dir, false);
    await projects.close(id);
    await projects.resolve(dir);
    expect((await projects.list()).map((one) => one.id)).toEqual([id]);

    await projects.close(id);
    await write('compose.yaml', 'services: [');
    await expect(projects.reopen(id)).rejects.toMatchObject({ where: { file: expect.stringContaining('compose.yaml') as string } });
    await rm(dir, { recursive: true });
    expect(await projects.recent()).toMatchObject([{ id, readable: false }]);
    await expect(projects.reopen(id)).rejects.toMatchObject({ code: 'project-not-found' });
    await mkdir(dir);
  });
});

describe('trust', () => {
  it('holds for what the project contains now and is asked again only for a new risky fact', async () => {
    await write('compose.yaml', SIMPLE);
    const opened = await projects.open(dir, true);
    expect(opened).toMatchObject({ trusted: true, trustQuestions: [] });

    await write('compose.yaml', `${SIMPLE}    environment:\n      A: b\n`);
    expect(await projects.view(await projects.resolve(opened.id))).toMatchObject({ trusted: true });

    await write('compose.yaml', `${SIMPLE}      - /var/run/docker.sock:/var/run/docker.sock\n`);
    const changed = await projects.view(await projects.resolve(opened.id));
    expect(changed.trusted).toBe(false);
    expect(changed.trustQuestions.join(' ')).toMatch(/docker/i);
    expect((await projects.loadMode(opened.id, 'default')).untrustedFacts.map((fact) => fact.kind)).toContain('docker-socket');

    expect(await projects.trust(opened.id)).toMatchObject({ trusted: true, trustQuestions: [] });
    expect((await projects.loadMode(opened.id, 'default')).untrustedFacts).toEqual([]);
  });

  it('judges a bind by where it really leads', async () => {
    await rm(join(dir, 'src'), { recursive: true });
    await symlink('/etc', join(dir, 'src'));
    await write('compose.yaml', SIMPLE);
    const project = await projects.open(dir, false);
    expect((await projects.loadMode(project.id, 'default')).untrustedFacts.map((fact) => fact.kind)).toContain('bind-outside');
  });
});

describe('loading a mode', () => {
  it('sees a change of any file it read, and names the modes there are', async () => {
    await write('compose.yaml', SIMPLE.replace('example/api:1', 'example/api:${TAG}'));
    await write('.env', 'TAG=1\n');
    const { id } = await projects.open(dir, false);
    expect((await projects.loadMode(id, 'default')).compose.model.services['api']?.image).toBe('example/api:1');
    await write('.env', 'TAG=22\n');
    expect((await projects.loadMode(id, 'default')).compose.model.services['api']?.image).toBe('example/api:22');
    await expect(projects.loadMode(id, 'prod')).rejects.toMatchObject({ code: 'mode-not-found', hint: expect.stringContaining('default') as string });
  });

  it('keeps a project in the list whose folder went away', async () => {
    await write('compose.yaml', SIMPLE);
    const { id } = await projects.open(dir, false);
    await rm(dir, { recursive: true });
    expect(await projects.list()).toMatchObject([{ id, modes: [] }]);
    await projects.forget(id);
    expect(await projects.list()).toEqual([]);
  });
});
