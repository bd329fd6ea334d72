import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContractName, OutputOf } from '@shared/contract/contract';
import { expect } from 'vitest';
import type { TestProject } from '../../support/projects';

type Json = <N extends ContractName>(name: N, ...args: readonly string[]) => Promise<OutputOf<N>>;

/** How commands are called: with `--json` and held against the contract, for people, and both. */
export interface Commands {
  readonly json: Json;
  readonly plain: (name: ContractName, ...args: readonly string[]) => Promise<string>;
  readonly both: Json;
}

const IDENTITY = '[user]\n\tname = Ada\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n';
const MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: shop}\ndata: {a: "1"}\n';

export const FOLDER_FILES = {
  'docker-compose.dev.yml': 'services: {}\n',
  'production/one.yaml': MANIFEST,
  'examples/one.yaml': `# an example\n${MANIFEST}`,
  'production/two.yaml': MANIFEST.replace('name: one', 'name: two'),
  'production/again.yaml': MANIFEST.replace('name: one', 'name: two'),
  'templates/gitops/app.yaml': 'name: {{ name }}\n',
  'templates/gitops/values.yaml': 'name: app\n',
};

/** Files one by one: from the first to the last thing that happens to one. */
export async function fileCommands({ json, plain, both }: Commands): Promise<void> {
  for (const [index, run] of [json, plain].entries()) {
    const file = (name: string): string => `life/${name}-${String(index)}.yaml`;
    await run('files.create', file('a'), '--yes');
    await run('files.rename', file('a'), file('b'), '--yes');
    await run('files.duplicate', file('b'), file('c'), '--yes');
    await run('files.archive', file('b'), '--yes');
    await run('files.restore', `.archive/${file('b')}`, '--yes');
    await run('files.delete', file('c'), '--yes');
  }
  expect((await both('files.manifests')).files.map((one) => one.path)).toContain('life/b-0.yaml');
  expect((await both('files.history', 'life/b-0.yaml')).entries.length).toBeGreaterThan(1);
}

/** Duplicates: found, planned, resolved and taken back. */
export async function duplicateCommands({ json, plain, both }: Commands): Promise<void> {
  expect((await both('gitops.scan')).groups.map((one) => one.resolution).sort()).toEqual(['auto', 'manual']);
  await both('gitops.status');
  const groups = await both('gitops.groups');
  await both('gitops.group', groups[0]?.id ?? '');
  await both('gitops.settings');
  await both('gitops.configure', '--interval', '600');
  await both('gitops.hierarchy');
  const config = JSON.stringify({ directory_priority: ['/examples/', '/production/'] });
  expect((await both('gitops.preview-hierarchy', '--config', config)).changed).toBe(1);
  const { version } = await json('gitops.set-hierarchy', '--config', config, '--note', 'the other way round');
  await plain('gitops.set-hierarchy', '--config', '{}');
  await both('gitops.hierarchy-versions');
  expect(version).toBeGreaterThan(0);
  await both('gitops.policies');
  await both('gitops.set-policies', '--policies', JSON.stringify({ action: 'archive', directory: '/examples/' }));
  expect((await both('gitops.plan')).counts).toMatchObject({ planned: 1, manual: 1 });
  const resolved = await json('gitops.resolve', '--yes');
  expect(resolved.files.map((one) => one.action)).toContain('archive');
  await plain('gitops.resolve', '--yes');
  await json('gitops.rollback', resolved.operationId, '--yes');
  const tie = (await json('gitops.scan')).groups.find((one) => one.resolution === 'manual');
  const decided = await json('gitops.resolve-group', tie?.id ?? '', 'production/two.yaml', '--yes');
  await plain('gitops.rollback', decided.operationId, '--yes');
  await json('gitops.scan');
  expect(await plain('gitops.resolve-group', tie?.id ?? '', 'production/two.yaml', '--yes')).toContain('production/again.yaml');
  await both('gitops.compare', 'production/one.yaml', 'examples/one.yaml');
  expect((await both('gitops.validate')).ok).toBe(true);
}

/** Templates: shown, rendered, and their versions. */
export async function templateCommands({ json, plain, both }: Commands, project: TestProject): Promise<void> {
  await both('gitops.templates');
  await both('gitops.preview', 'app.yaml');
  await json('gitops.render', '--yes');
  await plain('gitops.render', '--yes');
  for (const [index, run] of [json, plain].entries()) {
    const text = join(project.dir, 'new-template.txt');
    await writeFile(text, `name: {{ name }}-${String(index)}\n`);
    await run('gitops.save-template', 'app.yaml', text, '--yes');
  }
  await both('gitops.template-versions', 'app.yaml');
  await both('gitops.template-version', 'app.yaml', '1');
  await json('gitops.rollback-template', 'app.yaml', '1', '--yes');
  await plain('gitops.rollback-template', 'app.yaml', '2', '--yes');
  await both('gitops.dynamic', '--enabled=false');
  await both('gitops.pipeline');
}

/** A repository with a remote: where it stands, branches, commits, and what is sent and taken over. */
export async function repositoryCommands({ json, plain, both }: Commands, project: TestProject, home: string): Promise<void> {
  await writeFile(join(home, '.gitconfig'), IDENTITY);
  const env = { PATH: process.env['PATH'], HOME: home };
  const git = (...args: readonly string[]): void => void execFileSync('git', ['-C', project.dir, ...args], { env, stdio: 'ignore' });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  const remote = join(home, 'remote.git');
  execFileSync('git', ['clone', '-q', '--bare', project.dir, remote], { env });
  git('remote', 'add', 'origin', remote);
  git('fetch', '-q', 'origin');
  git('branch', '-q', '--set-upstream-to=origin/main');
  await both('gitops.git');
  await both('gitops.history');
  expect((await both('gitops.show')).commit).toBeNull();
  const [newest] = (await json('gitops.history')).commits;
  const shown = await both('gitops.show', '--commit', newest?.id ?? '');
  expect(shown.files.length).toBeGreaterThan(0);
  await both('gitops.show', '--commit', newest?.id ?? '', '--file', shown.files[0]?.path ?? '');
  await both('gitops.branches');
  for (const [index, run] of [json, plain].entries()) {
    const name = `topic-${String(index)}`;
    await run('gitops.create-branch', name);
    const file = `topic/${String(index)}.yaml`;
    await run('gitops.batch', '--actions', JSON.stringify({ action: 'create', path: file, text: MANIFEST }), '--yes');
    await run('gitops.commit', file, '--message', `add ${file}`, '--yes');
    await run('gitops.switch-branch', 'main');
    await run('gitops.merge-branch', name, '--yes');
    await run('gitops.delete-branch', name, '--yes');
    await run('gitops.fetch', '--remote', remote);
    await run('gitops.push', '--yes');
    await run('gitops.pull', '--yes');
    await run('gitops.sync', '--yes');
  }
  for (const [index, run] of [json, plain].entries()) {
    git('checkout', '-q', '-b', `side-${String(index)}`, 'HEAD~1');
    await writeFile(join(project.dir, 'clash.txt'), `there ${String(index)}\n`);
    git('add', 'clash.txt');
    git('commit', '-q', '-m', 'theirs');
    git('checkout', '-q', 'main');
    await writeFile(join(project.dir, 'clash.txt'), `here ${String(index)}\n`);
    git('add', 'clash.txt');
    git('commit', '-q', '-m', 'ours');
    const found = await json('gitops.merge-branch', `side-${String(index)}`, '--yes');
    expect(found.state).toBe('conflict');
    await run('gitops.resolve-merge', '--branch', `side-${String(index)}`, '--ours-commit', found.oursCommit ?? '', '--theirs-commit', found.theirsCommit ?? '', '--ours', 'clash.txt', '--yes');
  }
}
