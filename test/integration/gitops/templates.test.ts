import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BerthEvent } from '@shared/contract/events';
import type { Operation } from '@shared/domain/operations/operation';
import type { JsonObject } from '@shared/kernel/json';
import { ComposeService } from '@main/compose';
import { silentLogger } from '@main/platform/logger';
import { forkChild } from '@main/platform/child-worker';
import { createManifestReader, type ManifestReader } from '@main/platform/manifests/reader';
import { createTemplateRenderer, type TemplateRenderer } from '@main/platform/templates/renderer';
import { createFolderTurns } from '@main/operations/folder-turns';
import { wireGit } from '@main/wiring/gitops-git';
import { wireTemplates, type WiredTemplates } from '@main/wiring/gitops-templates';
import { bundle } from '../../support/bundle';
import { BUSYBOX_IMAGE } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';
import { parseHere } from '../checks/kit';
import { openWorld, type World } from '../modes/kit';

const CALL = { door: 'internal', signal: new AbortController().signal } as const;
const COMPOSE = `services:\n  api:\n    image: ${BUSYBOX_IMAGE}\n    ports: ["127.0.0.1:18998:80"]\n`;
const LIST = '{% for s in services %}- {{ s.name }}: {{ s.image | tojson }}\n{% endfor %}';

let world: World;
let templates: WiredTemplates;
let renderer: TemplateRenderer;
let reader: ManifestReader;
const made: TestProject[] = [];
const alerts: string[] = [];

beforeAll(async () => {
  const { dir } = await bundle({ 'template-worker': resolve('src/main/workers/template-worker.ts'), 'manifest-reader': resolve('src/main/workers/manifest-reader.ts') });
  process.env['BERTH_RESOURCES'] = resolve('resources');
  reader = createManifestReader(forkChild, join(dir, 'manifest-reader.cjs'));
  renderer = createTemplateRenderer(join(dir, 'template-worker.cjs'));
  const compose = new ComposeService({ spawn: parseHere, environment: {} });
  world = await openWorld({ compose });
  const foundation = { store: world.store, operations: world.operations, events: world.events, log: silentLogger, turns: createFolderTurns() };
  templates = wireTemplates({
    foundation,
    git: wireGit({ foundation, projects: world.projects }).deps,
    projects: world.projects,
    compose,
    definitions: { load: () => Promise.resolve({ file: null, containers: [], mounts: [], jobs: [] }) },
    defaultMode: async (id) => (await world.projects.resolve(id)).modes[0]?.name ?? '',
    realPath: (path) => Promise.resolve(path),
    timed: (_name, work) => work(),
    alerts: { raise: (cause) => Promise.resolve({ ...cause, id: alerts.push(cause.code).toString() } as never), clear: () => Promise.resolve() },
    scans: { last: () => null },
    manifestErrors: (path, text) => reader.check(path, text),
    plan: () => Promise.resolve({ planned: 0, manual: 0 }),
    renderer,
  });
  await templates.watch.start();
});
afterAll(async () => {
  await templates.watch.stop();
  reader.close();
  delete process.env['BERTH_RESOURCES'];
  await world.close();
});
afterEach(async () => {
  for (const one of made.splice(0)) await one.close();
});

async function project(files: { readonly [path: string]: string }): Promise<TestProject> {
  const one = await emptyProject('tpl', { files: { 'docker-compose.yml': COMPOSE, ...files } });
  made.push(one);
  return one;
}

async function run(kind: string, input: JsonObject): Promise<Operation> {
  return world.operations.wait((await world.operations.enqueue(kind, input)).id, 30_000);
}

const rendered = (operation: Operation): { readonly files: readonly { readonly path: string; readonly version: number | null; readonly changed: boolean }[]; readonly written: number } => operation.result as never;

describe('rendering a folder', () => {
  it('is refused where Kubernetes would not take what comes of it, with the line; custom resources and older versions are taken', async () => {
    const deployment = (field: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  ${field}: {{ 1 + 1 }}\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx}]}\n`;
    const one = await project({ 'templates/gitops/web.yaml.j2': deployment('replicsa'), 'templates/gitops/thing.yaml.j2': 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nspec: {whatever: {{ 1 }}}\n' });
    await expect(world.operations.enqueue('gitops.render', { project: one.dir })).rejects.toMatchObject({ code: 'template-invalid', message: expect.stringMatching(/^web\.yaml\.j2: Kubernetes does not take what it makes: There is no field spec\.replicsa: did you mean replicas \(line 5 of web\.yaml\)\.$/) as string });
    await one.write('templates/gitops/web.yaml.j2', deployment('replicas'));
    await one.write('templates/gitops/old.yaml.j2', 'apiVersion: flowcontrol.apiserver.k8s.io/v1beta3\nkind: FlowSchema\nmetadata: {name: a}\nspec: {priorityLevelConfiguration: {name: a}}\n');
    const operation = await run('gitops.render', { project: one.dir });
    expect(operation.state, JSON.stringify(operation.error)).toBe('succeeded');
    expect(rendered(operation).written).toBe(3);
  });

  it('writes what differs, from the live state, and can be taken back', async () => {
    const one = await project({ 'templates/gitops/k8s/list.yaml.j2': LIST, 'templates/gitops/values.yaml': 'greeting: hello\n', 'templates/gitops/app.env.j2': 'GREETING={{ greeting }}\nWHO={{ who }}\n' });
    const operation = await run('gitops.render', { project: one.dir, context: { who: 'me' } });
    expect(operation.state, JSON.stringify(operation.error)).toBe('succeeded');
    expect(await one.read('rendered/k8s/list.yaml')).toMatch(/^# Made by Berth from k8s\/list\.yaml\.j2, not saved as a version, [0-9a-f]{12}\. Changes here are overwritten\.\n- api: "/);
    expect(await one.read('rendered/app.env')).toMatch(/\nGREETING=hello\nWHO=me\n$/);
    expect(rendered(operation).written).toBe(2);

    const again = await run('gitops.render', { project: one.dir, context: { who: 'me' } });
    expect(rendered(again)).toMatchObject({ written: 0 });

    const undone = await run('operations.undo', { id: operation.id });
    expect(undone.state).toBe('succeeded');
    await expect(stat(join(one.dir, 'rendered'))).rejects.toThrow();
  });

  it('writes nothing at all where one of the templates is wrong, and says which line', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: 1\n', 'templates/gitops/b.yaml': 'b: 1\nc: {{ nothing_such }}\n' });
    await expect(run('gitops.render', { project: one.dir })).rejects.toMatchObject({ code: 'template-invalid', where: { file: join(one.dir, 'templates/gitops/b.yaml'), line: 2 } });
    await expect(stat(join(one.dir, 'rendered'))).rejects.toThrow();
  });

  it('refuses what is no YAML once it is rendered', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: {{ v }}\n' });
    await expect(run('gitops.render', { project: one.dir, context: { v: '[1' } })).rejects.toMatchObject({ code: 'template-invalid' });
  });

  it('refuses an include that leads out, and follows no link', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: 1\n{% include "../../secret.yaml" %}\n', 'secret.yaml': 'secret\n' });
    await expect(run('gitops.render', { project: one.dir })).rejects.toMatchObject({ where: { line: 2 }, message: expect.stringContaining('leads out of the template folder') as string });
    await one.write('templates/gitops/a.yaml', '{% include "link.yaml" %}\n');
    await symlink(join(one.dir, 'secret.yaml'), join(one.dir, 'templates/gitops/link.yaml'));
    await expect(run('gitops.render', { project: one.dir })).rejects.toMatchObject({ message: expect.stringContaining('There is no template "link.yaml"') as string });
    await rm(join(one.dir, 'templates/gitops/link.yaml'));
    await rename(join(one.dir, 'templates'), join(one.dir, 'elsewhere'));
    await symlink(join(one.dir, 'elsewhere'), join(one.dir, 'templates'));
    await one.write('elsewhere/gitops/a.yaml', 'a: 1\n');
    await symlink('/tmp', join(one.dir, 'rendered'));
    await expect(run('gitops.render', { project: one.dir })).rejects.toMatchObject({ code: 'fix-failed' });
  });

  it('puts everything back where a file cannot be written', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: 1\n', 'templates/gitops/z.yaml': 'z: 1\n', 'rendered/a.yaml': 'mine\n' });
    const queued = await world.operations.enqueue('gitops.render', { project: one.dir });
    const before = await stat(join(one.dir, 'rendered/a.yaml')).catch(() => null);
    const operation = await world.operations.wait(queued.id, 30_000);
    expect(operation.state).toBe('succeeded');
    await run('operations.undo', { id: operation.id });
    expect(await one.read('rendered/a.yaml')).toBe('mine\n');
    expect(before).not.toBeNull();
  });
});

describe('versions of a template', () => {
  it('three are saved, the first is brought back byte for byte, rendering says version 1, and the history has four entries', async () => {
    const one = await project({ 'templates/gitops/keep': '' });
    const texts = ['v: 1 # ä\n', 'v: 2\n', 'v: 3\n'];
    for (const [index, text] of texts.entries()) {
      const saved = await run('gitops.save-template', { project: one.dir, template: 'v.yaml.j2', text, note: `note ${String(index + 1)}`, author: 'ann' });
      expect(saved.result, JSON.stringify(saved.error)).toMatchObject({ version: index + 1 });
    }
    const back = await run('gitops.rollback-template', { project: one.dir, template: 'v.yaml.j2', version: 1 });
    expect(back.result).toMatchObject({ version: 1 });
    expect(await readFile(join(one.dir, 'templates/gitops/v.yaml.j2'), 'utf8')).toBe(texts[0]);
    const operation = await run('gitops.render', { project: one.dir });
    expect(rendered(operation).files.find((file) => file.path === 'rendered/v.yaml')).toMatchObject({ version: 1 });
    expect(await one.read('rendered/v.yaml')).toContain(', version 1, ');
    const history = await templates.handlers['gitops.template-versions']({ project: one.dir, template: 'v.yaml.j2' }, CALL);
    expect(history.map(({ version, author, note, isRollback }) => [version, author, note, isRollback])).toEqual([
      [1, 'ann', 'note 1', false],
      [2, 'ann', 'note 2', false],
      [3, 'ann', 'note 3', false],
      [1, expect.any(String), 'Back to version 1', true],
    ]);
    expect(await templates.handlers['gitops.template-version']({ project: one.dir, template: 'v.yaml.j2', version: 3 }, CALL)).toEqual({ text: texts[2] });
  });

  it('a file that was changed since it was read is not overwritten', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: 1\n' });
    await expect(run('gitops.save-template', { project: one.dir, template: 'a.yaml', text: 'x', base: 'f'.repeat(64), note: '' })).rejects.toMatchObject({ code: 'plan-stale' });
    await expect(run('gitops.save-template', { project: one.dir, template: '../a.yaml', text: 'x', note: '' })).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('a text that cannot be read as a template, or as values, is refused with its line, and the old one stays', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: 1\n', 'templates/gitops/values.yaml': 'a: 1\n' });
    const save = (template: string, text: string): Promise<unknown> => run('gitops.save-template', { project: one.dir, template, text, note: '' });
    await save('a.yaml', 'a: 2\n');
    await expect(save('a.yaml', 'a: 1\nb: {{ broken\n')).rejects.toMatchObject({ code: 'template-invalid', message: expect.stringMatching(/^a\.yaml:[23]: It cannot be read as a template: /) as string, where: { line: expect.any(Number) as number } });
    await expect(save('a.yaml', '{% if 1 < 2 < 3 %}{% endif %}')).rejects.toMatchObject({ code: 'template-invalid', message: 'a.yaml:1: Two comparisons are chained.' });
    await expect(save('values.yaml', '- a\n')).rejects.toMatchObject({ code: 'template-invalid' });
    expect([await one.read('templates/gitops/a.yaml'), await one.read('templates/gitops/values.yaml')]).toEqual(['a: 2\n', 'a: 1\n']);
    expect(await templates.handlers['gitops.template-versions']({ project: one.dir, template: 'a.yaml' }, CALL)).toHaveLength(1);
    // Which values there will be is not known yet.
    await save('a.yaml', "{% extends 'none.yaml' %}{% block a %}{{ not_yet }}{% endblock %}\n");
  });

  it('a preview writes nothing and says what is wrong', async () => {
    const one = await project({ 'templates/gitops/a.yaml': 'a: {{ branch }}\n' });
    const preview = (text?: string): ReturnType<WiredTemplates['handlers']['gitops.preview']> => templates.handlers['gitops.preview']({ project: one.dir, template: 'a.yaml', ...(text === undefined ? {} : { text }) }, CALL);
    expect(await preview()).toMatchObject({ text: 'a: \n', problems: [], context: { branch: '', services: [{ name: 'api' }] } });
    expect(await preview('\n{{ no }}')).toMatchObject({ text: null, problems: [{ file: 'a.yaml', line: 2 }] });
    expect(await preview('a: [')).toMatchObject({ text: 'a: [', problems: [{ file: 'a.yaml', message: expect.stringContaining('no YAML') as string }] });
  });
});

describe('files that follow the project', () => {
  /** The next event of a type that fits. */
  function next(fits: (event: BerthEvent) => boolean): Promise<BerthEvent> {
    return new Promise((found) => {
      const subscription = world.events.on(({ event }) => {
        if (!fits(event)) return;
        subscription.dispose();
        found(event);
      });
    });
  }
  const renderEnded = (): Promise<BerthEvent> => next((event) => event.type === 'operation.changed' && event.operation.kind === 'gitops.render' && event.operation.state === 'succeeded');
  const pipelineEnded = (): Promise<BerthEvent> => next((event) => event.type === 'pipeline.changed' && event.run.state !== 'running');

  it('gain and lose a block with one change of compose, and keep their time where nothing is otherwise', async () => {
    const one = await project({ 'templates/gitops/list.yaml.j2': LIST });
    const { id } = await world.projects.resolve(one.dir);
    const first = renderEnded();
    await templates.handlers['gitops.dynamic']({ project: id, enabled: true }, CALL);
    await first;
    const changed = async (text: string): Promise<void> => {
      await writeFile(join(one.dir, 'docker-compose.yml'), text);
      world.events.publish({ type: 'files.changed', projectId: id, files: [join(one.dir, 'docker-compose.yml')] });
    };
    const second = renderEnded();
    await changed(`${COMPOSE}  worker:\n    image: ${BUSYBOX_IMAGE}\n`);
    await second;
    expect(await one.read('rendered/list.yaml')).toContain('- worker: ');
    const third = renderEnded();
    await changed(COMPOSE);
    await third;
    expect(await one.read('rendered/list.yaml')).not.toContain('worker');

    const before = (await stat(join(one.dir, 'rendered/list.yaml'), { bigint: true })).mtimeNs;
    const ended = pipelineEnded();
    await changed(`# a comment\n${COMPOSE}`);
    expect(await ended).toMatchObject({ run: { state: 'done', stages: expect.arrayContaining([{ name: 'template-processing', state: 'done', message: 'Nothing to write', durationMs: expect.any(Number) as number }]) as unknown } });
    expect((await stat(join(one.dir, 'rendered/list.yaml'), { bigint: true })).mtimeNs).toBe(before);
  });

  it('a saved file goes through six stages in order under one id; one that is broken stops at the second', async () => {
    const one = await project({});
    const { id, dir } = await world.projects.resolve(one.dir);
    const told: string[] = [];
    const subscription = world.events.on(({ event }) => {
      if (event.type === 'pipeline.changed' && event.run.dir === dir) told.push(`${event.run.correlationId} ${event.run.stages.filter((stage) => stage.state === 'running').map((stage) => stage.name).join()}`);
    });
    const ended = pipelineEnded();
    await one.write('k8s.yaml', 'a: 1\n');
    world.events.publish({ type: 'files.changed', projectId: id, files: [join(dir, 'k8s.yaml')] });
    await ended;
    const stages = told.filter((line) => !line.endsWith(' '));
    expect(new Set(told.map((line) => line.split(' ')[0])).size).toBe(1);
    expect(stages.map((line) => line.split(' ')[1])).toEqual(['file-change-detection', 'file-operations', 'duplicate-detection', 'conflict-resolution', 'integration', 'template-processing']);

    const broken = pipelineEnded();
    await one.write('k8s.yaml', 'a: [\n');
    world.events.publish({ type: 'files.changed', projectId: id, files: [join(dir, 'k8s.yaml')] });
    expect(await broken).toMatchObject({ run: { state: 'failed', stages: [{ state: 'done' }, { state: 'failed' }, { state: 'stopped' }, { state: 'stopped' }, { state: 'stopped' }, { state: 'stopped' }] } });
    subscription.dispose();
    const status = await templates.handlers['gitops.pipeline']({ project: id }, CALL);
    expect(status.runs).toHaveLength(2);
    expect(status.flows).toEqual({ file_changed: ['file_ops', 'conflict_engine'], duplicate_detected: ['conflict_engine', 'integration'], template_updated: ['template_engine', 'file_ops'], resolution_complete: ['integration', 'ui_management'] });
  });

  it('says what a saved file means for the repository it lies in, once nobody else is at its files', async () => {
    const one = await project({ 'k8s.yaml': 'a: 1\n' });
    const { id, dir } = await world.projects.resolve(one.dir);
    const git = (...words: readonly string[]): unknown => execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words], { stdio: 'ignore' });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    const ended = pipelineEnded();
    await one.write('k8s.yaml', 'a: 2\n');
    world.events.publish({ type: 'files.changed', projectId: id, files: [join(dir, 'k8s.yaml')] });
    expect(await ended).toMatchObject({ run: { state: 'done', stages: expect.arrayContaining([{ name: 'integration', state: 'done', message: '1 of 1 to commit on main', durationMs: expect.any(Number) as number }]) as unknown } });
  });
});
