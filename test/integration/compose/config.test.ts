import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeHandlers, ComposeService } from '@main/compose';

const compose = new ComposeService({ environment: {} });
const call = { door: 'internal', signal: new AbortController().signal } as const;
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-config-'));
  await mkdir(join(dir, 'shop/deep'), { recursive: true });
  await writeFile(join(dir, 'shop/docker-compose.yml'), 'services:\n  web: {image: base, environment: {PRICE: "$$5"}}\nx-note: {a: 1}\n');
  await writeFile(join(dir, 'shop/docker-compose.override.yml'), 'services: {web: {ports: ["1:1"]}}\n');
  await writeFile(join(dir, 'shop/other.yml'), 'services: {web: {image: other, provider: {type: x}}}\n');
  await writeFile(join(dir, 'shop/broken.yml'), 'services:\n  web:\n    image: x\n    volumes:\n      - data:/data\n');
});
afterAll(async () => {
  compose.close();
  await rm(dir, { recursive: true });
});

const config = (input: { readonly dir?: string; readonly file?: string[] }, environment: { readonly [name: string]: string } = {}, runs: string | null = null) =>
  composeHandlers(compose, environment, () => Promise.resolve(runs))['compose.config']({ file: [], envFile: [], profile: [], ...input }, call);

describe('compose.config', () => {
  it('finds the usual files here or above, with the override file', async () => {
    const answer = await config({ dir: join(dir, 'shop/deep') });
    expect(answer.model).toMatchObject({ name: 'shop', services: { web: { image: 'base', ports: [{ target: 1 }], environment: { PRICE: '$$5' } } }, 'x-note': { a: 1 } });
    expect(answer.hashes['web']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('honours COMPOSE_FILE, and -f before it', async () => {
    expect((await config({ dir: join(dir, 'shop') }, { COMPOSE_FILE: 'docker-compose.yml:other.yml' })).model).toMatchObject({ services: { web: { image: 'other' } } });
    expect((await config({ dir: join(dir, 'shop'), file: ['docker-compose.yml'] }, { COMPOSE_FILE: 'other.yml' })).model).toMatchObject({ services: { web: { image: 'base' } } });
  });

  it('prints what only Berth cannot honour, and refuses what docker compose refuses', async () => {
    expect((await config({ dir: join(dir, 'shop'), file: ['other.yml'] })).model).toMatchObject({ services: { web: { provider: { type: 'x' } } } });
    await expect(config({ dir: join(dir, 'shop'), file: ['broken.yml'] })).rejects.toMatchObject({ code: 'compose-invalid', exitCode: 2, where: { file: join(dir, 'shop/broken.yml'), line: 5 } });
  });

  it('takes the files of a mode where docker compose would find none: of the one that runs, else of the first', async () => {
    const modes = join(dir, 'modes');
    await mkdir(modes);
    for (const name of ['dev', 'prod']) await writeFile(join(modes, `docker-compose.${name}.yml`), `services: {web: {image: ${name}}}\n`);
    const first = await config({ dir: modes });
    expect(first).toMatchObject({ model: { services: { web: { image: 'dev' } } }, warnings: ['This is mode dev (docker-compose.dev.yml); docker compose finds no file here by itself. Name others with --file.'] });
    expect((await config({ dir: modes }, {}, 'prod')).model).toMatchObject({ services: { web: { image: 'prod' } } });
    expect((await config({ dir: modes, file: ['docker-compose.prod.yml'] })).warnings).toEqual([]);
  });

  it('says that there is no file', async () => {
    await expect(config({ dir })).rejects.toMatchObject({ code: 'compose-not-found' });
  });
});
