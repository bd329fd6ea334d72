import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createServices, type Services } from '@main/services';
import { callsOf } from '../../support/service-calls';

const map = (name: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n${more}`;

let base: string;
let dir: string;
let project: string;
let services: Services;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-root-')));
  dir = join(base, 'tree');
  await mkdir(join(base, 'home'));
  services = await createServices({ home: join(base, 'home'), version: '0.0.0-test' });
  await services.start();
  await put({
    'compose.yaml': 'services: {}\n',
    'deploy/production/one.yaml': map('one'),
    'deploy/examples/one.yaml': map('one', '# an example\n'),
    'deploy/production/far.yaml': map('far'),
    'app/far.yaml': map('far', '# far\n'),
    'other/examples/two.yaml': map('two'),
    'other/production/two.yaml': map('two'),
  });
  project = (await call<{ readonly id: string }>('projects.open', { dir, trust: true })).id;
});
afterEach(async () => {
  await services.close();
  await rm(base, { recursive: true, force: true });
});

const { call, ended } = callsOf(() => services);

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(dir, dirname(path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
}

const scan = async (of: string): Promise<OutputOf<'gitops.scan'>> => (await ended('gitops.scan', { dir: of })).result as unknown as OutputOf<'gitops.scan'>;
const kept = async (): Promise<readonly string[]> => (await call<OutputOf<'gitops.groups'>>('gitops.groups', { project })).map((one) => `${one.resolution_status} ${one.files.map((file) => file.file_path).join(' ')}`).sort();
const filesOf = (groups: OutputOf<'gitops.scan'>['groups']): readonly string[] => groups.map((one) => one.members.map((member) => member.file).join(' ')).sort();

const ONE = 'deploy/examples/one.yaml deploy/production/one.yaml';
const FAR = 'app/far.yaml deploy/production/far.yaml';
const TWO = 'other/examples/two.yaml other/production/two.yaml';

describe('a folder of a project', () => {
  it('shows its part of the one set of groups the project has, under the same names and paths, whichever is scanned first', async () => {
    const part = await scan(join(dir, 'deploy'));
    expect(part).toMatchObject({ dir, within: 'deploy', files: 3 });
    expect(filesOf(part.groups)).toEqual([ONE]);
    expect(await kept()).toEqual([`pending ${FAR}`, `pending ${ONE}`, `pending ${TWO}`]);
    const whole = await scan(dir);
    expect(whole).toMatchObject({ dir, within: '', files: 7 });
    expect(filesOf(whole.groups)).toEqual([FAR, ONE, TWO]);
    expect(whole.groups.map((one) => one.id)).toContain(part.groups[0]?.id);
    expect(await kept()).toHaveLength(3);
    expect(await call<OutputOf<'gitops.status'>>('gitops.status', { project })).toMatchObject({ groups: 3, counts: { pending: 3 }, dirs: [dir] });
  });

  it('is planned and resolved by itself: copies elsewhere stay as they are, and the state is that of the project', async () => {
    await scan(dir);
    const plan = await call<OutputOf<'gitops.plan'>>('gitops.plan', { dir: join(dir, 'deploy') });
    expect(plan).toMatchObject({ dir, within: 'deploy', files: [{ file: 'deploy/examples/one.yaml', action: 'comment' }], counts: { groups: 1, planned: 1 } });
    const done = await ended('gitops.resolve', { dir: join(dir, 'deploy') });
    expect(done).toMatchObject({ state: 'succeeded', result: { dir, changed: 1, resolved: 1 } });
    expect(await readFile(join(dir, 'app/far.yaml'), 'utf8')).toBe(map('far', '# far\n'));
    expect(await kept()).toEqual([`pending ${FAR}`, `pending ${TWO}`, `resolved ${ONE}`]);
    await scan(dir);
    expect(await kept()).toEqual([`pending ${FAR}`, `pending ${TWO}`, `resolved ${ONE}`]);
  });

  it('that is a project of its own has its own set', async () => {
    await put({ 'deploy/compose.yaml': 'services: {}\n' });
    const inner = await call<{ readonly id: string }>('projects.open', { dir: join(dir, 'deploy'), trust: true });
    expect(await scan(join(dir, 'deploy'))).toMatchObject({ dir: join(dir, 'deploy'), within: '' });
    expect((await call<OutputOf<'gitops.groups'>>('gitops.groups', { project: inner.id })).map((one) => one.files.map((file) => file.file_path))).toEqual([['examples/one.yaml', 'production/one.yaml']]);
    expect(await kept()).toEqual([]);
  });
});

describe('a scan', () => {
  it('says what the plan says: of JSON, of what was moved aside, of a file in a group and of a file with the object twice', async () => {
    await put({
      'deploy/production/json.yaml': map('json'),
      'deploy/examples/json.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'json' }, data: { a: '1' } }),
      'deploy/multi.yaml': `${map('m')}---\n${map('m')}`,
      'base/kustomization.yaml': 'resources: [d.yaml]\n',
      'base/d.yaml': map('patched'),
      'overlay/kustomization.yaml': 'resources: [../base]\npatches: [{path: p.yaml}]\n',
      'overlay/p.yaml': map('patched', '  b: "2"\n'),
    });
    const verdicts = (groups: readonly { readonly id: string; readonly keep: string | null; readonly isPlanned: boolean }[]): readonly string[] => groups.map((one) => `${one.id} ${String(one.isPlanned)} ${one.keep ?? '-'}`).sort();
    const both = async (): Promise<OutputOf<'gitops.scan'>> => {
      const [found, plan] = [await scan(dir), await call<OutputOf<'gitops.plan'>>('gitops.plan', { dir })];
      expect(verdicts(found.groups.map((one) => ({ ...one, isPlanned: one.resolution === 'auto' })))).toEqual(verdicts(plan.groups.map((one) => ({ ...one, isPlanned: one.status === 'planned' }))));
      return found;
    };
    const found = await both();
    expect(found.groups.find((one) => one.members.some((member) => member.file.endsWith('.json')))).toMatchObject({ resolution: 'manual', keep: null });
    expect(found.groups.find((one) => one.class === 'intra-file-dup')).toMatchObject({ keep: 'deploy/multi.yaml', keepDocument: 0 });
    expect(found.related.flatMap((one) => one.members.map((member) => member.file))).toContain('overlay/p.yaml');
    expect(found.notCompared.map((one) => one.file)).not.toContain('overlay/p.yaml');
    expect((await call<OutputOf<'gitops.groups'>>('gitops.groups', { project })).find((one) => one.details['class'] === 'intra-file-dup')?.files.map((file) => file.resolution_action)).toEqual(['keep', 'none']);

    const preview = await call<OutputOf<'operations.preview'>>('operations.preview', { name: 'gitops.resolve', input: { dir } });
    expect(preview.files.map((one) => one.path)).toContain('deploy/multi.yaml');
    expect(preview.document.split('deploy/multi.yaml')).toHaveLength(3);

    await call('gitops.set-policies', { project, policies: [{ directory: '/examples/', action: 'move', target: 'retired' }] });
    await both();
    expect(await ended('gitops.resolve', { dir })).toMatchObject({ state: 'succeeded' });
    const after = await both();
    expect(after.groups.filter((one) => one.members.some((member) => member.file.startsWith('retired/')))).toEqual([]);
    expect((await kept()).filter((one) => one.startsWith('pending'))).toEqual([]);
  });
});

describe('a group', () => {
  it('that cannot be one is not found, by whatever asks for it; one that is gone is stale', async () => {
    const [one] = (await scan(dir)).groups;
    for (const [name, input] of [['gitops.plan', { dir, group: ['nope'] }], ['gitops.group', { id: 'nope', project }]] as const) await expect(call(name, input), name).rejects.toMatchObject({ code: 'not-found', message: 'There is no group "nope" of duplicates.' });
    for (const [name, more] of [['gitops.resolve', { group: ['nope'] }], ['gitops.resolve-group', { group: 'nope', keep: 'a.yaml' }]] as const) expect((await ended(name, { dir, ...more })).error, name).toMatchObject({ code: 'not-found' });
    expect(one?.id).toMatch(/^g_/);
    for (const member of one?.members ?? []) await rm(join(dir, member.file));
    await expect(call('gitops.plan', { dir, group: [one?.id ?? ''] })).rejects.toMatchObject({ code: 'plan-stale' });
  });

  it('has rules and policies that begin with those Berth brings, and policies that can be taken away again', async () => {
    expect(await call('gitops.hierarchy-versions', { project })).toMatchObject([{ version: 1, at: null }]);
    await call('gitops.set-policies', { project, policies: [{ directory: '/examples/', action: 'move', target: 'retired' }] });
    expect(await call('gitops.set-policies', { project, policies: [] })).toEqual([]);
    await call('gitops.set-hierarchy', { project, config: { directory_priority: ['/examples/'] }, note: 'mine' });
    expect(await call('gitops.hierarchy-versions', { project })).toMatchObject([{ version: 1, at: null }, { version: 2, note: 'mine' }]);
  });
});
