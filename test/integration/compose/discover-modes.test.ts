import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ComposeService } from '@main/compose/service';

const compose = new ComposeService({ environment: {} });
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-modes-'));
});
afterEach(() => rm(dir, { recursive: true }));
afterAll(() => {
  compose.close();
});

async function project(files: { readonly [name: string]: string }): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return (await compose.discoverModes(dir)).map((mode) => `${mode.name}: ${mode.files.join(' + ')}`);
}

describe('discoverModes', () => {
  it('finds dev and clean', async () => {
    expect(await project({ 'docker-compose.dev.yml': 'services: {a: {image: x}}', 'docker-compose.clean.yml': 'services: {a: {image: x}}' })).toEqual(['dev: docker-compose.dev.yml', 'prod: docker-compose.clean.yml']);
  });

  it('lays fragments over the base file, and loads them', async () => {
    expect(await project({ 'compose.yaml': 'services: {a: {image: x}}', 'compose.dev.yaml': 'services: {a: {volumes: ["./s:/s"]}}', 'compose.prod.yaml': 'services: {a: {restart: always}}' })).toEqual([
      'dev: compose.yaml + compose.dev.yaml',
      'prod: compose.yaml + compose.prod.yaml',
    ]);
    const loaded = await compose.load({ dir, files: ['compose.yaml', 'compose.dev.yaml'], envFiles: [], profiles: [] });
    expect(loaded.model.services['a']).toMatchObject({ image: 'x', volumes: [{ source: join(dir, 's'), target: '/s' }] });
  });

  it('takes a broken file as it is: loading it says what is wrong', async () => {
    expect(await project({ 'docker-compose.dev.yml': 'a: [', 'docker-compose.clean.yml': 'services: {a: {image: x}}' })).toHaveLength(2);
  });

  it('lets berth.yaml name the modes', async () => {
    expect(await project({ 'berth.yaml': 'modes:\n  quick: {files: [compose.yaml], profiles: [fast]}\n', 'compose.yaml': 'services: {a: {image: x}}' })).toEqual(['quick: compose.yaml']);
  });

  it('refuses a broken berth.yaml with its line, and a folder without compose files', async () => {
    await expect(project({ 'berth.yaml': 'modes: {}\ntrust: all\n' })).rejects.toMatchObject({ code: 'compose-invalid', where: { file: join(dir, 'berth.yaml'), line: 2 } });
    await rm(join(dir, 'berth.yaml'));
    await expect(compose.discoverModes(dir)).rejects.toMatchObject({ code: 'compose-not-found' });
  });
});
