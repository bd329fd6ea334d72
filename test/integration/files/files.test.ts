import { chmod, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import type { Operation } from '@shared/domain/operations/operation';
import { ComposeService } from '@main/compose';
import { createFolderTurns } from '@main/operations/folder-turns';
import { hostSources } from '@main/platform/mount-source';
import { hostPorts } from '@main/platform/ports';
import { wireFiles } from '@main/wiring/files';
import { BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';

const CALL = { door: 'internal', signal: new AbortController().signal } as const;
const isRoot = process.getuid?.() === 0;
const COMPOSE = `# the shop\nservices:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    env_file: [api.env]\n    ports: ["127.0.0.1:18999:80"] # the page\n`;
const SECRET = 'hunter2-hunter2';

let world: World;
let files: ReturnType<typeof wireFiles>;
const made: TestProject[] = [];

beforeAll(async () => {
  const compose = new ComposeService({ spawn: parseHere, environment: {} });
  world = await openWorld({ compose });
  const checkDoors = { ports: hostPorts(), sources: hostSources({ timeoutMs: 2_000 }), engineIsLocal: () => true, engineApiVersion: () => null, loadModes: (id: string) => world.projects.loadModes(id) };
  files = wireFiles({ foundation: { store: world.store, operations: world.operations, turns: createFolderTurns() }, projects: world.projects, compose, checkDoors, observe: () => Promise.resolve(null), commits: (_dir, file) => Promise.resolve(file === 'k8s/none.yaml' ? [] : [{ id: 'abc', author: 'Ada', at: '2026-01-01T00:00:00+01:00', subject: 'first' }]) });
});
afterAll(() => world.close());
afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});

async function project(more: { readonly [path: string]: string } = {}): Promise<TestProject> {
  const one = await emptyProject('fil', { files: { 'docker-compose.dev.yml': COMPOSE, 'docker-compose.clean.yml': `services:\n  api: { build: ./api, env_file: [api.env] }\n`, 'api/Dockerfile': `FROM ${BUSYBOX_IMAGE}\n`, '.env': 'STAGE=dev\n', 'api.env': `# keys\nAPI_TOKEN=${SECRET} # the key\nMODE=dev\n`, 'other.txt': 'x\n', ...more } });
  made.push(one);
  return one;
}

const list = (dir: string): Promise<OutputOf<'files.list'>> => files['files.list']({ project: dir }, CALL);
const read = (dir: string, file: string): Promise<OutputOf<'files.read'>> => files['files.read']({ project: dir, file }, CALL);
const check = (dir: string, file: string, text: string): Promise<OutputOf<'files.check'>> => files['files.check']({ project: dir, file, text }, CALL);
async function save(dir: string, file: string, text: string, base?: string): Promise<Operation> {
  return world.operations.wait((await world.operations.enqueue('files.save', { project: dir, file, text, ...(base === undefined ? {} : { base }) })).id, 30_000);
}
async function undo(id: string): Promise<Operation> {
  return world.operations.wait((await world.operations.enqueue('operations.undo', { id })).id, 30_000);
}

describe('the files of a project', () => {
  it('are listed with who uses them, and no other is read', async () => {
    const one = await project({ 'docker-compose.storage.yml': 'services: {}\n', 'api/.dockerignore': 'x\n' });
    const listed = await list(one.dir);
    expect(listed.map(({ path, kind, usedBy, exists }) => [path, kind, usedBy.map(({ mode, services }) => [mode, ...services].join(' ')).join(', '), exists])).toEqual([
      ['docker-compose.dev.yml', 'compose', 'dev', true],
      ['.env', 'env', 'dev, prod', true],
      ['api.env', 'env', 'dev api, prod api', true],
      ['docker-compose.clean.yml', 'compose', 'prod', true],
      ['api/Dockerfile', 'dockerfile', 'prod api', true],
      ['api/.dockerignore', 'ignore', 'prod api', true],
      ['docker-compose.storage.yml', 'storage', '', true],
    ]);
    const text = await read(one.dir, 'docker-compose.dev.yml');
    expect(text).toMatchObject({ text: COMPOSE, lineEnds: 'lf', hasBom: false, readOnly: null, sha256: listed[0]?.sha256 });
    for (const file of ['other.txt', '../x', '/etc/passwd', 'api.env/../other.txt']) await expect(read(one.dir, file)).rejects.toMatchObject({ code: 'not-found' });
    await expect(save(one.dir, 'other.txt', 'y')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are read where they lie elsewhere or behind a link only once the project is trusted, and never changed there', async () => {
    const outside = await project({ 'far.env': 'A=1\n' });
    const one = await project({ 'docker-compose.dev.yml': `services:\n  api: { image: ${BUSYBOX_IMAGE}, env_file: [${join(outside.dir, 'far.env')}, link.env] }\n` });
    await symlink(join(outside.dir, 'far.env'), join(one.dir, 'link.env'));
    await expect(read(one.dir, join(outside.dir, 'far.env'))).rejects.toMatchObject({ code: 'trust-required' });
    await expect(read(one.dir, 'link.env')).rejects.toMatchObject({ code: 'file-unreadable' });
    await world.projects.trust(one.dir);
    for (const file of [join(outside.dir, 'far.env'), 'link.env']) {
      const shown = await read(one.dir, file);
      expect([shown.text, shown.readOnly !== null]).toEqual(['A=1\n', true]);
      await expect(save(one.dir, file, 'A=2\n')).rejects.toMatchObject({ code: 'policy-refused' });
    }
    expect(await outside.read('far.env')).toBe('A=1\n');
  });

  it('say in plain words why they are not shown', async () => {
    const one = await project();
    await writeFile(join(one.dir, 'api.env'), Buffer.from([0x41, 0x3d, 0xff, 0xfe, 0x0a]));
    await expect(read(one.dir, 'api.env')).rejects.toMatchObject({ code: 'file-unreadable', message: 'api.env is not UTF-8 text: saving it here would change its bytes.' });
    await writeFile(join(one.dir, 'api.env'), 'A=\0\n');
    await expect(read(one.dir, 'api.env')).rejects.toMatchObject({ message: 'api.env has a NUL byte: it is not a text file.' });
    await writeFile(join(one.dir, 'api.env'), 'A=1\n'.repeat(1_310_720));
    await expect(read(one.dir, 'api.env')).rejects.toMatchObject({ message: expect.stringContaining('is larger than 1024 KiB') as string });
    expect((await list(one.dir)).find((file) => file.path === 'api.env')).toMatchObject({ exists: true, sha256: null, readOnly: expect.stringContaining('larger') as string });
    await rm(join(one.dir, 'api.env'));
    expect(await read(one.dir, 'api.env')).toMatchObject({ text: '', sha256: 'none', sizeBytes: 0 });
    await writeFile(join(one.dir, '.env'), 'A=1\n');
    await chmod(join(one.dir, '.env'), 0o000);
    if (!isRoot) await expect(read(one.dir, '.env')).rejects.toMatchObject({ message: expect.stringContaining('cannot be read') as string });
  });
});

describe('a text that is not saved yet', () => {
  it('is checked as if it were: problems, findings and what containers would be made of', async () => {
    const one = await project();
    const same = await check(one.dir, 'docker-compose.dev.yml', COMPOSE);
    expect(same).toMatchObject({ problems: [], effects: [] });
    const broken = await check(one.dir, 'docker-compose.dev.yml', 'services:\n  api: [\n');
    expect(broken.problems).toMatchObject([{ modes: ['dev'], where: { file: join(one.dir, 'docker-compose.dev.yml') } }]);
    const wrong = await check(one.dir, 'docker-compose.dev.yml', COMPOSE.replace('image:', 'imagee: x\n    image:'));
    expect(wrong.findings).toMatchObject([{ code: 'UNKNOWN_KEY', modes: ['dev'], where: { line: 4 } }]);
    const open = await check(one.dir, 'docker-compose.dev.yml', COMPOSE.replace('127.0.0.1:', ''));
    expect(open.findings.map((finding) => [finding.code, finding.where?.line])).toContainEqual(['PORT_NOT_LOOPBACK', 6]);
    expect(open.effects).toEqual([{ mode: 'dev', services: [{ service: 'api', change: 'changed', keys: ['ports'] }] }]);
    const env = await check(one.dir, 'api.env', `API_TOKEN=other\nMODE=dev\n`);
    expect(env.effects).toEqual(['dev', 'prod'].map((mode) => ({ mode, services: [{ service: 'api', change: 'changed', keys: ['environment'] }] })));
    expect(JSON.stringify(env)).not.toContain('other');
    expect((await check(one.dir, 'api.env', 'A="open\n')).problems).toMatchObject([{ where: { file: join(one.dir, 'api.env'), line: 1 }, modes: ['dev', 'prod'] }]);
    const build = await check(one.dir, 'api/Dockerfile', `FROM ${BUSYBOX_IMAGE}\nCOPY nowhere /x\n`);
    expect(build.effects).toEqual([{ mode: 'prod', services: [{ service: 'api', change: 'changed', keys: ['build'] }] }]);
    expect(build.findings).toMatchObject([{ code: 'BUILD_COPY_MISSING', where: { line: 2 } }]);
    expect(await one.read('docker-compose.dev.yml')).toBe(COMPOSE);
  });
});

describe('saving', () => {
  it('writes the text, keeps mode, line ends and mark, and is taken back', async () => {
    const one = await project({ 'docker-compose.dev.yml': `\uFEFF${COMPOSE.replaceAll('\n', '\r\n')}` });
    const path = join(one.dir, 'docker-compose.dev.yml');
    await chmod(path, 0o640);
    const before = await readFile(path);
    const shown = await read(one.dir, 'docker-compose.dev.yml');
    expect(shown).toMatchObject({ lineEnds: 'crlf', hasBom: true });
    const saved = await save(one.dir, 'docker-compose.dev.yml', COMPOSE.replace('18999', '18998'), shown.sha256);
    expect(saved).toMatchObject({ state: 'succeeded', undoable: true, title: 'Save docker-compose.dev.yml', result: { file: 'docker-compose.dev.yml', changed: true } });
    expect(await readFile(path, 'utf8')).toBe(before.toString('utf8').replace('18999', '18998'));
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect((saved.result as { readonly sha256: string }).sha256).toBe((await read(one.dir, 'docker-compose.dev.yml')).sha256);
    expect(await undo(saved.id)).toMatchObject({ state: 'succeeded' });
    expect(Buffer.compare(await readFile(path), before)).toBe(0);
    expect(await save(one.dir, 'docker-compose.dev.yml', COMPOSE)).toMatchObject({ state: 'succeeded', undoable: false, result: { changed: false } });
  });

  it('makes a file that is named and not there, and undo removes it', async () => {
    const one = await project();
    await rm(join(one.dir, '.env'));
    const saved = await save(one.dir, '.env', 'STAGE=dev\n', 'none');
    expect([saved.state, await one.read('.env')]).toEqual(['succeeded', 'STAGE=dev\n']);
    await undo(saved.id);
    await expect(readFile(join(one.dir, '.env'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses where the file was changed since it was read, before and while it waits', async () => {
    const one = await project();
    const { sha256 } = await read(one.dir, 'docker-compose.dev.yml');
    await one.write('docker-compose.dev.yml', `${COMPOSE}# mine\n`);
    await expect(save(one.dir, 'docker-compose.dev.yml', 'services: {}\n', sha256)).rejects.toMatchObject({ code: 'plan-stale', message: 'docker-compose.dev.yml was changed on the disk since it was read.' });
    world.operations.pause();
    const { id } = await world.operations.enqueue('files.save', { project: one.dir, file: 'docker-compose.dev.yml', text: 'services: {}\n' });
    await one.write('docker-compose.dev.yml', `${COMPOSE}# theirs\n`);
    world.operations.resume();
    expect(await world.operations.wait(id, 30_000)).toMatchObject({ error: { code: 'plan-stale' } });
    expect(await one.read('docker-compose.dev.yml')).toBe(`${COMPOSE}# theirs\n`);
  });

  it('keeps what an env file says out of inputs, plans and steps', async () => {
    const one = await project();
    const secret = 'a-brand-new-secret-value';
    const preview = await world.operations.preview('files.save', { project: one.dir, file: 'api.env', text: `# keys\nAPI_TOKEN=${secret}\nNEW=${secret}\n` });
    expect(preview.document).toContain('Give another value to API_TOKEN');
    expect(preview.document).toContain('Add NEW');
    expect(preview.document).toContain('Remove MODE');
    const saved = await save(one.dir, 'api.env', `# keys\nAPI_TOKEN=${secret}\nNEW=${secret}\n`);
    expect([saved.state, await one.read('api.env')]).toEqual(['succeeded', `# keys\nAPI_TOKEN=${secret}\nNEW=${secret}\n`]);
    const kept = JSON.stringify([preview, saved, await world.operations.steps(saved.id), await world.operations.logOf(saved.id), await world.store.journal(saved.id), await world.store.listRecords('plan'), await world.store.listRecords('backup')]);
    for (const words of [secret, SECRET]) expect(kept).not.toContain(words);
    const copy = await readFile(join(one.dir, '.berth', `backup_before_edit_${saved.id}`, 'files', 'api.env'), 'utf8');
    expect(copy).toContain(SECRET);
    expect((await stat(join(one.dir, '.berth', `backup_before_edit_${saved.id}`, 'files', 'api.env'))).mode & 0o777).toBe(0o600);
    await expect(world.operations.retry(saved.id)).rejects.toMatchObject({ code: 'input-invalid' });
    await undo(saved.id);
    expect(await one.read('api.env')).toContain(SECRET);
  });

  it('puts the old bytes back when it fails after it has written', async () => {
    const compose = new ComposeService({ spawn: parseHere, environment: {} });
    const failing = await openWorld({ compose, env: { BERTH_FAIL: 'file.save:after:1:throw' } });
    try {
      const one = await project();
      const before = await one.read('api.env');
      wireFiles({ foundation: { store: failing.store, operations: failing.operations, turns: createFolderTurns() }, projects: failing.projects, compose, checkDoors: { ports: hostPorts(), sources: hostSources({ timeoutMs: 2_000 }), engineIsLocal: () => true, engineApiVersion: () => null }, observe: () => Promise.resolve(null), commits: () => Promise.resolve([]) });
      const { id } = await failing.operations.enqueue('files.save', { project: one.dir, file: 'api.env', text: 'GONE=1\n' });
      expect((await failing.operations.wait(id, 30_000)).state).toBe('rolled-back');
      expect(await one.read('api.env')).toBe(before);
    } finally {
      await failing.close();
    }
  });

  it('keeps every file in sight while one of them is broken or missing', async () => {
    const one = await project();
    const all = (await list(one.dir)).map((file) => file.path);
    await one.write('docker-compose.dev.yml', 'services: [\n');
    await one.write('docker-compose.clean.yml', 'services: [\n');
    expect((await list(one.dir)).map((file) => file.path).sort()).toEqual([...all].sort());
    const fresh = await project();
    await rm(join(fresh.dir, 'api.env'));
    expect((await list(fresh.dir)).find((file) => file.path === 'api.env')).toMatchObject({ exists: false, kind: 'env' });
    expect((await save(fresh.dir, 'api.env', 'A=1\n', 'none')).state).toBe('succeeded');
  });

  it('may leave a file that compose cannot read: it is the user’s own', async () => {
    const one = await project();
    const saved = await save(one.dir, 'docker-compose.dev.yml', 'services: [\n');
    expect(saved.state).toBe('succeeded');
    expect((await read(one.dir, 'docker-compose.dev.yml')).text).toBe('services: [\n');
    expect((await check(one.dir, 'docker-compose.dev.yml', COMPOSE)).problems).toEqual([]);
    expect((await save(one.dir, 'docker-compose.dev.yml', COMPOSE)).state).toBe('succeeded');
  });
});

describe('the life of one file', () => {
  it('takes the kustomizations along that take it in, names what cannot follow, and all of it can be undone', async () => {
    const head = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n';
    const mine = `${head}resources:\n  - a.yaml # ours\n  - b.yaml\npatches:\n  - path: p.yaml\n`;
    const above = `${head}resources: [k8s/a.yaml]\n`;
    const one = await project({ 'k8s/kustomization.yaml': mine, 'kustomization.yml': above, 'k8s/a.yaml': 'a: 1\n', 'k8s/b.yaml': 'b: 1\n', 'k8s/p.yaml': 'p: 1\n' });
    const planOf = async (verb: string, input: { readonly [name: string]: string }): Promise<string> => (await world.operations.preview(`files.${verb}`, { project: one.dir, ...input })).document;
    const step = async (verb: string, input: { readonly [name: string]: string }): Promise<Operation> => world.operations.wait((await world.operations.enqueue(`files.${verb}`, { project: one.dir, ...input })).id, 30_000);
    const both = async (): Promise<readonly string[]> => [await readFile(join(one.dir, 'k8s/kustomization.yaml'), 'utf8'), await readFile(join(one.dir, 'kustomization.yml'), 'utf8')];

    const plan = await planOf('rename', { file: 'k8s/a.yaml', to: 'k8s/c.yaml' });
    expect(plan).toContain('Have k8s/kustomization.yaml refer to k8s/c.yaml instead of k8s/a.yaml');
    expect(plan).toContain('Have kustomization.yml refer to k8s/c.yaml instead of k8s/a.yaml');
    const renamed = await step('rename', { file: 'k8s/a.yaml', to: 'k8s/c.yaml' });
    expect(renamed.error).toBeNull();
    expect(await both()).toEqual([mine.replace('a.yaml', 'c.yaml'), above.replace('a.yaml', 'c.yaml')]);
    expect((await undo(renamed.id)).state).toBe('succeeded');
    expect(await both()).toEqual([mine, above]);

    // The one above can follow, the one beside it reads nothing from elsewhere.
    expect(await planOf('rename', { file: 'k8s/a.yaml', to: 'other/a.yaml' })).toContain('k8s/kustomization.yaml still refers to k8s/a.yaml under resources');
    const archived = await step('archive', { file: 'k8s/a.yaml' });
    expect(await both()).toEqual([mine.replace('  - a.yaml # ours\n', ''), head]);
    expect((await undo(archived.id)).state).toBe('succeeded');
    expect(await both()).toEqual([mine, above]);

    expect(await planOf('delete', { file: 'k8s/p.yaml' })).toContain('k8s/kustomization.yaml still refers to k8s/p.yaml under patches, and kustomize builds nothing there without it');
    expect((await step('delete', { file: 'k8s/p.yaml' })).state).toBe('succeeded');
    expect(await both()).toEqual([mine, above]);
    expect(await planOf('delete', { file: 'k8s/kustomization.yaml' })).toContain('whatever takes that folder in finds nothing there');
  });

  it('is made, edited, checked, renamed, copied, archived, brought back, deleted and told, and each step can be undone', async () => {
    const one = await project();
    const step = async (verb: string, input: { readonly [name: string]: string }): Promise<Operation> => {
      const ended = await world.operations.wait((await world.operations.enqueue(`files.${verb}`, { project: one.dir, ...input })).id, 30_000);
      expect(ended.error?.message ?? '', verb).toBe('');
      return ended;
    };
    const text = (path: string): Promise<string | null> => readFile(join(one.dir, path), 'utf8').catch(() => null);
    await step('create', { file: 'k8s/web.yaml', template: 'service' });
    expect(await text('k8s/web.yaml')).toMatch(/^apiVersion: v1\nkind: Service\nmetadata:\n {2}name: web\n/);
    const { sha256, kind } = await read(one.dir, 'k8s/web.yaml');
    expect(kind).toBe('manifest');
    await save(one.dir, 'k8s/web.yaml', 'apiVersion: v1\nkind: Service\nmetadata: { name: shop }\n', sha256);
    expect((await check(one.dir, 'k8s/web.yaml', 'a: [1\n')).problems).toHaveLength(1);
    expect((await check(one.dir, 'k8s/web.yaml', 'a: [1]\n')).problems).toEqual([]);
    await chmod(join(one.dir, 'k8s/web.yaml'), 0o600);
    const { mtimeMs } = await stat(join(one.dir, 'k8s/web.yaml'));
    await step('rename', { file: 'k8s/web.yaml', to: 'k8s/shop.yaml' });
    await step('duplicate', { file: 'k8s/shop.yaml', to: 'k8s/copy.yaml' });
    expect([await text('k8s/web.yaml'), await text('k8s/copy.yaml')]).toEqual([null, await text('k8s/shop.yaml')]);
    await step('archive', { file: 'k8s/shop.yaml', reason: 'out of use' });
    expect(JSON.parse((await text('.archive/k8s/shop.yaml.berth.json')) ?? '')).toMatchObject({ origin: 'k8s/shop.yaml', mode: '600', reason: 'out of use' });
    await step('restore', { file: '.archive/k8s/shop.yaml' });
    await step('archive', { file: 'k8s/shop.yaml' });
    await step('restore', { file: 'k8s/shop.yaml' });
    const back = await stat(join(one.dir, 'k8s/shop.yaml'));
    expect([back.mode & 0o777, Math.floor(back.mtimeMs)]).toEqual([0o600, Math.floor(mtimeMs)]);
    expect(await text('.archive/k8s/shop.yaml.berth.json')).toBeNull();
    const deleted = await step('delete', { file: 'k8s/shop.yaml' });
    expect(await text('k8s/shop.yaml')).toBeNull();
    expect((await undo(deleted.id)).state).toBe('succeeded');
    expect(await text('k8s/shop.yaml')).toContain('name: shop');
    expect(Math.floor((await stat(join(one.dir, 'k8s/shop.yaml'))).mtimeMs)).toBe(Math.floor(mtimeMs));
    const { entries } = await files['files.history']({ project: one.dir, file: 'k8s/shop.yaml', limit: 50 }, CALL);
    expect(entries.map(({ by, what }) => [by, what])).toEqual([
      ['berth', 'Undo "Delete k8s/shop.yaml"'],
      ['berth', 'Delete k8s/shop.yaml'],
      ['berth', 'Bring back k8s/shop.yaml'],
      ['berth', 'Archive k8s/shop.yaml'],
      ['berth', 'Bring back .archive/k8s/shop.yaml'],
      ['berth', 'Archive k8s/shop.yaml'],
      ['berth', 'Copy k8s/shop.yaml'],
      ['berth', 'Rename k8s/web.yaml'],
      ['git', 'first'],
    ].filter(([, what]) => what !== 'Copy k8s/shop.yaml'));
    await expect(files['files.history']({ project: one.dir, file: 'k8s/none.yaml', limit: 50 }, CALL)).rejects.toMatchObject({ code: 'not-found' });
    for (const [verb, input, problem] of [
      ['create', { file: 'k8s/copy.yaml' }, /is there already/],
      ['rename', { file: 'k8s/none.yaml', to: 'x.yaml' }, /There is no file/],
      ['delete', { file: '../other.yaml' }, /does not lie beneath/],
      ['delete', { file: '.git/x.yaml' }, /belongs to git/],
      ['create', { file: 'x.sh' }, /is no YAML or JSON file/],
    ] as const) await expect(world.operations.enqueue(`files.${verb}`, { project: one.dir, ...input })).rejects.toThrow(problem);
  });
});
