import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import { createServices, type Services } from '@main/services';
import { exactState } from '../../support/exact-tree';
import { callsOf } from '../../support/service-calls';

const map = (name: string, more = ''): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n${more}`;

let base: string;
let dir: string;
let services: Services;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-gr-')));
  dir = join(base, 'tree');
  await mkdir(join(base, 'home'));
  await mkdir(dir);
  services = await createServices({ home: join(base, 'home'), version: '0.0.0-test' });
  await services.start();
});
afterEach(async () => {
  await services.close();
  await rm(base, { recursive: true, force: true });
});

const { call, ended } = callsOf(() => services);

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(dir, dirname(path)), { recursive: true });
    await writeFile(join(dir, path), text);
    await utimes(join(dir, path), 1_700_000_000.123456, 1_700_000_000.654321);
  }
}

const text = (path: string): Promise<string> => readFile(join(dir, path), 'utf8');
const pair = (name: string, more = ''): Readonly<Record<string, string>> => ({ [`production/${name}.yaml`]: map(name, more), [`examples/${name}.yaml`]: map(name, more) });

describe('a resolution', () => {
  it('comments out, archives and moves as the policies say, backs up first, and is taken back to the byte, the mode and the nanosecond', async () => {
    await put({ ...pair('commented', '# ü\r\nlast: "no line end"'), ...pair('archived'), ...pair('moved'), 'compose.yaml': 'services: {}\n' });
    await chmod(join(dir, 'examples/archived.yaml'), 0o600);
    const { id: project } = await call<{ readonly id: string }>('projects.open', { dir, trust: true });
    const before = await exactState(dir);
    // By folders: one of each.
    for (const name of ['archived', 'moved']) await put({ [`production/${name}/a.yaml`]: map(name, 'x: 1\n'), [`examples/${name}/a.yaml`]: map(name, 'x: 1\n') });
    const start = await exactState(dir);
    await call('gitops.set-policies', { project, policies: [{ directory: '/archived/', action: 'archive' }, { directory: '/moved/', action: 'move', target: 'retired' }] });
    const plan = await call<OutputOf<'gitops.plan'>>('gitops.plan', { dir });
    expect(plan.files.map((one) => [one.file, one.action])).toEqual([['examples/archived.yaml', 'comment'], ['examples/archived/a.yaml', 'archive'], ['examples/commented.yaml', 'comment'], ['examples/moved.yaml', 'comment'], ['examples/moved/a.yaml', 'move']]);
    expect(await exactState(dir)).toEqual(start);
    const done = await ended('gitops.resolve', { dir });
    expect(done).toMatchObject({ state: 'succeeded', error: null });
    const now = await exactState(dir);
    expect(now.get('.archive/examples/archived/a.yaml')).toEqual(start.get('examples/archived/a.yaml'));
    expect(now.get('retired/examples/moved/a.yaml')).toEqual(start.get('examples/moved/a.yaml'));
    expect([now.has('examples/archived/a.yaml'), now.has('examples/moved/a.yaml')]).toEqual([false, false]);
    expect(JSON.parse(await text('.archive/examples/archived/a.yaml.berth.json'))).toMatchObject({ origin: 'examples/archived/a.yaml', mode: '644', operation: done.id });
    expect(await text('examples/commented.yaml')).toContain('# kept-file: production/commented.yaml');
    for (const path of before.keys()) if (path.startsWith('production/')) expect(now.get(path)).toEqual(start.get(path));
    const backups = await readdir(join(dir, `.berth/backups/${done.id}/examples`));
    expect(backups.filter((name) => /^\w+\.yaml\.\d{8}T\d{6}\.\d{3}Z$/.test(name)).length).toBe(3);
    // What says something else has a new time; what was only put elsewhere keeps its own.
    expect((await stat(join(dir, 'examples/commented.yaml'))).mtimeMs).toBeGreaterThan(Date.parse(done.createdAt) - 1_000);
    // A second one finds nothing left to do.
    expect((await ended('gitops.resolve', { dir })).result).toMatchObject({ resolved: 0, changed: 0 });
    const back = await ended('gitops.rollback', { id: done.id });
    expect(back).toMatchObject({ state: 'succeeded', error: null });
    expect(await exactState(dir)).toEqual(start);
    await expect(call('gitops.rollback', { id: done.id })).rejects.toThrow('It was taken back already.');
  });

  it('is not taken back over an edit, and says where the backup is', async () => {
    await put(pair('a'));
    const done = await ended('gitops.resolve', { dir });
    await writeFile(join(dir, 'examples/a.yaml'), 'mine: true\n');
    const back = await ended('gitops.rollback', { id: done.id });
    expect(back.error?.message).toBe('examples/a.yaml was edited since, so nothing was taken back.');
    expect(await readFile(join(dir, String(/\.berth\S+Z/.exec(back.error?.hint ?? '')?.[0])), 'utf8')).toBe(map('a'));
    expect(await text('examples/a.yaml')).toBe('mine: true\n');
  });

  it('is taken back by the undo of every operation too: shown first, once, and held to the same rules', async () => {
    await put(pair('a'));
    const before = await exactState(dir);
    const done = await ended('gitops.resolve', { dir });
    expect(done).toMatchObject({ state: 'succeeded', undoable: true });
    const resolved = await exactState(dir);
    const preview = await call<OutputOf<'operations.preview'>>('operations.preview', { name: 'operations.undo', input: { id: done.id } });
    expect(preview.files).toEqual([{ path: 'examples/a.yaml', change: 'change' }]);
    expect(preview.document).toContain('.berth/backups/');
    expect(await exactState(dir)).toEqual(resolved);

    await writeFile(join(dir, 'examples/a.yaml'), 'mine: true\n');
    const refused = await ended('operations.undo', { id: done.id });
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'plan-stale', message: 'examples/a.yaml was edited since, so nothing was taken back.' } });
    expect((await services.operations.get(done.id)).undoable).toBe(true);

    await put({ 'examples/a.yaml': map('a') });
    await ended('gitops.rollback', { id: done.id });
    expect(await exactState(dir)).toEqual(before);
    expect((await services.operations.get(done.id)).undoable).toBe(false);
    await expect(call('operations.undo', { id: done.id })).rejects.toMatchObject({ code: 'input-invalid' });

    const again = await ended('gitops.resolve', { dir });
    const back = await ended('operations.undo', { id: again.id });
    expect(back).toMatchObject({ kind: 'operations.undo', state: 'succeeded', undoable: false, result: { undone: again.id, restored: ['examples/a.yaml'], kept: [], follow: null } });
    expect(await exactState(dir)).toEqual(before);
    expect((await services.operations.get(again.id)).undoable).toBe(false);
    // A resolution that changed nothing has nothing to take back.
    await rm(join(dir, 'examples'), { recursive: true });
    expect(await ended('gitops.resolve', { dir })).toMatchObject({ state: 'succeeded', undoable: false });
  });

  it('can be taken back for as many as the setting keeps', async () => {
    await call('settings.set', { key: 'operations.keepResolutions', value: 1 });
    await put(pair('a'));
    const first = await ended('gitops.resolve', { dir });
    await put(pair('b'));
    const second = await ended('gitops.resolve', { dir });
    expect((await services.operations.get(first.id)).undoable).toBe(false);
    expect((await services.operations.get(second.id)).undoable).toBe(true);
    expect(await readdir(join(dir, '.berth/backups'))).toEqual([second.id]);
    await expect(call('gitops.rollback', { id: first.id })).rejects.toMatchObject({ code: 'operation-not-found' });
  });

  it('that is only asked about keeps and tells nothing', async () => {
    await put({ ...pair('a'), 'compose.yaml': 'services: {}\n' });
    const { id: project } = await call<{ readonly id: string }>('projects.open', { dir, trust: true });
    const told: string[] = [];
    const subscription = services.events.on(({ event }) => void (event.type === 'gitops.changed' && told.push(event.reason)));
    expect((await call<OutputOf<'gitops.plan'>>('gitops.plan', { project })).counts.planned).toBe(1);
    expect((await call<OutputOf<'gitops.preview-hierarchy'>>('gitops.preview-hierarchy', { project, config: { directory_priority: ['/examples/'] } })).changed).toBe(1);
    await call('operations.preview', { name: 'gitops.resolve', input: { project } });
    expect(await call('gitops.groups', { project })).toEqual([]);
    expect(await call('gitops.settings', { project })).toMatchObject({ last_duplicate_scan: null });
    expect((await call<OutputOf<'gitops.status'>>('gitops.status', { project })).nextScan).toBeNull();
    expect(told).toEqual([]);
    await ended('gitops.scan', { project });
    expect(await call<readonly unknown[]>('gitops.groups', { project })).toHaveLength(1);
    subscription.dispose();
  });

  it('of one group is done as the user says, also with a merged text; a group that is gone is stale', async () => {
    await put({ 'apps/x/t.yaml': map('t'), 'apps/y/t.yaml': map('t') });
    const plan = await call<OutputOf<'gitops.plan'>>('gitops.plan', { dir });
    expect(plan.groups.map((group) => [group.status, group.review])).toEqual([['manual_review', 'tie']]);
    const group = plan.groups[0]?.id ?? '';
    const before = await exactState(dir);
    await expect(call('gitops.resolve-group', { dir, group, keep: 'apps/y/t.yaml', text: 'a: 1\nb: [1, 2\nc: 3\n' })).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringMatching(/^The merged text for apps\/y\/t\.yaml is no YAML, line [23]: /) as string });
    expect(await exactState(dir)).toEqual(before);
    const done = await ended('gitops.resolve-group', { dir, group, keep: 'apps/y/t.yaml', actions: { 'apps/x/t.yaml': 'archive' }, text: map('t', '# merged\n') });
    expect(done).toMatchObject({ state: 'succeeded', error: null });
    expect(await text('apps/y/t.yaml')).toBe(map('t', '# merged\n'));
    expect((await exactState(dir)).has('.archive/apps/x/t.yaml')).toBe(true);
    expect((await ended('gitops.resolve-group', { dir, group, keep: 'apps/y/t.yaml' })).error).toMatchObject({ code: 'plan-stale' });
    await ended('gitops.rollback', { id: done.id });
    expect(await exactState(dir)).toEqual(before);
  });

  it('renders the templates whose values it changes in the same change, and is refused where one cannot be rendered any more', async () => {
    await put({ 'templates/gitops/map.yaml': map('m'), 'examples/m.yaml': map('m'), 'templates/gitops/values.yaml': 'greeting: hi\n' });
    const scan = (await ended('gitops.scan', { dir })).result as OutputOf<'gitops.scan'>;
    const before = await exactState(dir);
    const choice = { dir, group: scan.groups[0]?.id ?? '', keep: 'templates/gitops/map.yaml', actions: { 'examples/m.yaml': 'archive' } };
    const merged = map('m', '  b: {{ greeting | tojson }}\n');
    const preview = await call<OutputOf<'operations.preview'>>('operations.preview', { name: 'gitops.resolve-group', input: { ...choice, text: merged } });
    expect(preview.files).toEqual(expect.arrayContaining([{ path: 'rendered/map.yaml', change: 'create' }]));
    const broken = await ended('gitops.resolve-group', { ...choice, text: map('m', '  b: {{ nothing }}\n') });
    expect(broken.error).toMatchObject({ code: 'template-invalid', message: expect.stringContaining('map.yaml:7') as string });
    expect(await exactState(dir)).toEqual(before);
    const done = await ended('gitops.resolve-group', { ...choice, text: merged });
    expect(done).toMatchObject({ state: 'succeeded', error: null });
    expect((done.result as OutputOf<'gitops.resolve'>).files).toEqual(expect.arrayContaining([{ file: 'rendered/map.yaml', action: 'render', target: null }]));
    expect(await text('rendered/map.yaml')).toMatch(/\n {2}b: "hi"\n$/);
    await ended('operations.undo', { id: done.id });
    expect(await exactState(dir)).toEqual(before);
  });

  it('into an archive that has such a file already gets another name', async () => {
    await put({ ...pair('a'), '.archive/examples/a.yaml': 'old: true\n' });
    const { id: project } = await call<{ readonly id: string }>('projects.open', { dir: await composeProject(), trust: true });
    await call('gitops.set-policies', { project, policies: [{ action: 'archive' }] });
    const before = await exactState(dir);
    const done = await ended('gitops.resolve', { dir });
    expect(done.result).toMatchObject({ files: [{ file: 'examples/a.yaml', action: 'archive', target: '.archive/examples/a.yaml.1' }] });
    expect(await text('.archive/examples/a.yaml')).toBe('old: true\n');
    await ended('gitops.rollback', { id: done.id });
    expect(await exactState(dir)).toEqual(before);
  });

  it('writes its backups, synced, before the first file changes', async () => {
    await put(pair('a'));
    const done = await ended('gitops.resolve', { dir });
    const steps = await services.operations.steps(done.id);
    const at = (name: string): number => steps.findIndex((step) => step.name === name && step.phase === (name === 'gitops.backup' ? 'result' : 'intent'));
    expect(at('gitops.backup')).toBeGreaterThanOrEqual(0);
    expect(at('gitops.backup')).toBeLessThan(at('gitops.apply'));
  });
});

describe('a resolution that fails', () => {
  /** The same Berth once more, with places armed where it breaks. */
  async function armed(points: string): Promise<void> {
    await services.close();
    process.env['BERTH_FAIL'] = points;
    try {
      services = await createServices({ home: join(base, 'home'), version: '0.0.0-test' });
    } finally {
      delete process.env['BERTH_FAIL'];
    }
    await services.start();
  }

  it.each(['gitops.backup:before:1:throw', 'gitops.backup:after:1:enospc', 'gitops.apply:before:1:throw', 'gitops.apply:after:1:enospc', 'gitops.result:before:1:throw', 'commit:before:1:throw'])('at %s leaves the tree as it was', async (point) => {
    await put({ ...pair('a'), ...pair('b'), 'examples/kustomization.yaml': 'resources:\n  - a.yaml\n' });
    const before = await exactState(dir);
    await armed(point);
    const failed = await ended('gitops.resolve', { dir });
    expect(failed.state).toMatch(/^(failed|rolled-back)$/);
    expect(await exactState(dir)).toEqual(before);
    expect((await ended('gitops.resolve', { dir })).state).toBe('succeeded');
  });

  it.each(['gitops.backup:before:1:throw', 'gitops.apply:after:1:enospc'])('at %s leaves its groups to be tried again', async (point) => {
    await put({ ...pair('a'), 'compose.yaml': 'services: {}\n' });
    const { id: project } = await call<{ readonly id: string }>('projects.open', { dir, trust: true });
    await ended('gitops.scan', { project });
    const states = async (): Promise<readonly string[]> => (await call<OutputOf<'gitops.groups'>>('gitops.groups', { project })).map((one) => one.resolution_status);
    await armed(point);
    expect((await ended('gitops.resolve', { project })).state).toMatch(/^(failed|rolled-back)$/);
    // The folder is watched: whoever looks at what was put back finds it pending.
    expect(['pending', 'failed']).toContain((await states())[0]);
    await ended('gitops.scan', { project });
    expect(await states()).toEqual(['pending']);
    expect((await ended('gitops.resolve', { project })).state).toBe('succeeded');
    expect(await states()).toEqual(['resolved']);
  });

  it('because the kept file is gone by then leaves everything else as it was', async () => {
    await put({ ...pair('a'), ...pair('b') });
    const before = await exactState(dir);
    await armed('gitops.apply:before:1:delay=1500');
    const { operationId } = await call<{ readonly operationId: string }>('gitops.resolve', { dir });
    await expect.poll(async () => (await services.operations.steps(operationId)).some((step) => step.name === 'gitops.backup' && step.phase === 'result')).toBe(true);
    await rm(join(dir, 'production/a.yaml'));
    const failed = await services.operations.wait(operationId, 60_000);
    expect([failed.state, failed.error?.message]).toEqual(['rolled-back', 'After the resolution something would be missing: the folder itself would no longer have ConfigMap default/a.']);
    expect(await exactState(dir)).toEqual(new Map([...before].filter(([path]) => path !== 'production/a.yaml')));
  });

  it('because somebody edits a file meanwhile keeps that edit, and everything else as it was', async () => {
    await put({ ...pair('a'), ...pair('b') });
    const before = await exactState(dir);
    await armed('gitops.apply:before:1:delay=1500');
    const { operationId } = await call<{ readonly operationId: string }>('gitops.resolve', { dir });
    await expect.poll(async () => (await services.operations.steps(operationId)).some((step) => step.name === 'gitops.backup' && step.phase === 'result')).toBe(true);
    await writeFile(join(dir, 'examples/a.yaml'), 'mine: true\n');
    const failed = await services.operations.wait(operationId, 60_000);
    expect([failed.state, failed.error?.code]).toEqual(['rolled-back', 'plan-stale']);
    const now = await exactState(dir);
    expect(await text('examples/a.yaml')).toBe('mine: true\n');
    for (const [path, file] of before) if (path !== 'examples/a.yaml') expect(now.get(path), path).toEqual(file);
  });
});

describe('kustomizations', () => {
  it('are mended in the same change, with their comments, and given back', async () => {
    const kustomization = '# which ones\nresources: # all\n  - production/a.yaml\n  - examples/a.yaml # a copy\n  - other.yaml\n';
    await put({ ...pair('a'), 'other.yaml': map('other'), 'kustomization.yaml': kustomization });
    const before = await exactState(dir);
    const done = await ended('gitops.resolve', { dir });
    expect([done.state, done.error]).toEqual(['succeeded', null]);
    expect(await text('kustomization.yaml')).toBe('# which ones\nresources: # all\n  - production/a.yaml\n  - other.yaml\n');
    await ended('gitops.rollback', { id: done.id });
    expect(await exactState(dir)).toEqual(before);
  });

  it('of which one document of a file is a copy keep the file', async () => {
    await put({ 'production/a.yaml': map('a'), 'apps/bundle.yaml': `# mine\n${map('b')}---\n# a copy\n${map('a')}`, 'kustomization.yaml': 'resources:\n  - production/a.yaml\n  - apps/bundle.yaml\n' });
    const before = await exactState(dir);
    const done = await ended('gitops.resolve', { dir });
    expect([done.state, done.error]).toEqual(['succeeded', null]);
    expect((await text('apps/bundle.yaml')).split('\n').filter((line) => !line.startsWith('#'))).toEqual(map('b').split('\n'));
    expect(await text('kustomization.yaml')).toContain('- apps/bundle.yaml');
    expect((await ended('gitops.resolve', { dir })).result).toMatchObject({ changed: 0 });
    await ended('gitops.rollback', { id: done.id });
    expect(await exactState(dir)).toEqual(before);
  });
});

describe('the rules of a project', () => {
  it('have versions, a preview whose number is the effect, and a way back', async () => {
    await put({ ...pair('a'), ...pair('b'), 'apps/x/t.yaml': map('t'), 'apps/y/t.yaml': map('t') });
    const { id: project } = await call<{ readonly id: string }>('projects.open', { dir: await composeProject(), trust: true });
    expect(await call('gitops.hierarchy', { project })).toMatchObject({ version: 1, config: {} });
    const keeps = async (): Promise<Readonly<Record<string, string | null>>> => Object.fromEntries((await call<OutputOf<'gitops.plan'>>('gitops.plan', { dir })).groups.map((group) => [group.id, group.keep]));
    const first = await keeps();
    const config = { directory_priority: ['/examples/', '/production/', '/environments/', '/templates/'] };
    const preview = await call<OutputOf<'gitops.preview-hierarchy'>>('gitops.preview-hierarchy', { dir, config });
    expect(await keeps()).toEqual(first);
    await call('gitops.set-hierarchy', { project, config, note: 'examples first' });
    const second = await keeps();
    expect(preview).toMatchObject({ changed: Object.keys(first).filter((id) => first[id] !== second[id]).length, of: 3 });
    expect(preview.changed).toBe(2);
    await call('gitops.set-hierarchy', { project, version: 1 });
    expect(await keeps()).toEqual(first);
    expect((await call<OutputOf<'gitops.hierarchy-versions'>>('gitops.hierarchy-versions', { project })).map((one) => [one.version, one.note])).toEqual([[1, 'The default rules'], [2, 'examples first'], [3, 'Back to version 1']]);
    await expect(call('gitops.set-hierarchy', { project, config: { directory_priority: ['/'] } })).rejects.toThrow('"/" names no folder.');
  });
});

async function composeProject(): Promise<string> {
  await writeFile(join(dir, 'compose.yaml'), 'services:\n  a:\n    image: busybox\n');
  return dir;
}
