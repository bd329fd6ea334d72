import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '@shared/contract/contract';
import type { BackupManifest } from '@shared/domain/operations/backup';
import { berthCommand, type BerthCommand, type JsonAnswer } from '../../support/berth-command';
import { folderState } from '../../support/folder-state';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';

const run = promisify(execFile);

/** What changes files of the project whatever its checks say, with the word for its backup. */
const CHANGES: { readonly [name: string]: { readonly args: readonly string[]; readonly backup: string } } = {
  'services resources': { args: ['services', 'resources', 'api', 'combined'], backup: 'resources' },
  'compose add-service': { args: ['compose', 'add-service', 'cache', '--image', BUSYBOX_IMAGE, '--mount', './README.md:/readme:ro', '--port', '18080:80', '--depends-on', 'api'], backup: 'service' },
  'compose healthcheck': { args: ['compose', 'healthcheck', 'api', 'command', '--command', 'test "$HOME" = /'], backup: 'healthcheck' },
  'compose remap-ports': { args: ['compose', 'remap-ports', '1'], backup: 'ports' },
  'compose rename-network': { args: ['compose', 'rename-network', 'default', 'another'], backup: 'network' },
};

type Plan = OutputOf<'operations.preview'>;
type Refused = JsonAnswer<unknown>['error'] & { readonly plan?: Plan };

describe('a change of files in a project under version control', () => {
  let berth: BerthCommand;
  let project: TestProject;

  beforeAll(() => ensureBusybox());
  beforeEach(async () => {
    const api = `# my project\nservices:\n  api:\n    image: ${BUSYBOX_IMAGE}   # base\n    volumes: ["./deep/er/app.conf:/etc/app.conf"]\n    ports:\n      - "0.0.0.0:${String(await freePort())}:80"\n`;
    project = await emptyProject('git', { files: { 'compose.yaml': api, 'README.md': 'untouched\n' } });
    await git('init', '-q');
    await git('add', '-A');
    await git('-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'first');
    berth = await berthCommand();
    expect((await berth.json(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
  });
  afterEach(async () => {
    await berth.close();
    await project.close();
  });

  async function git(...args: readonly string[]): Promise<string> {
    return (await run('git', [...args], { cwd: project.dir })).stdout;
  }
  /** Paths that differ from the last commit, with what git says of them. */
  async function status(): Promise<readonly string[]> {
    return (await git('status', '--porcelain', '-uall')).split('\n').filter((line) => line !== '').sort();
  }
  async function fixes(): Promise<readonly string[]> {
    const { answer } = await berth.json<OutputOf<'checks.run'>>(['checks', 'run'], { cwd: project.dir });
    return (answer.value?.findings ?? []).flatMap((one) => (one.fixes[0] === undefined ? [] : [one.fixes[0].id]));
  }
  async function newest(): Promise<OutputOf<'operations.list'>[number] | undefined> {
    return (await berth.json<OutputOf<'operations.list'>>(['operations', 'list'])).answer.value?.[0];
  }

  it.each(['checks fix', ...Object.keys(CHANGES), 'operations undo'])('%s without a terminal and without --yes shows its plan, ends with 2 and changes nothing', async (name) => {
    let args = CHANGES[name]?.args ?? ['checks', 'fix', ...(await fixes())];
    if (name === 'operations undo') {
      expect((await berth.json([...args, '--yes'], { cwd: project.dir })).code).toBe(0);
      args = ['operations', 'undo', (await newest())?.id ?? ''];
    }
    const before = { files: await folderState(project.dir), newest: (await newest())?.id };

    const refused = await berth.json(args, { cwd: project.dir });
    const error = refused.answer.error as Refused | undefined;
    expect([refused.code, error?.code]).toEqual([2, 'consent-required']);
    expect(error?.plan?.files.map((one) => one.path)).toContain('compose.yaml');
    for (const part of ['## Steps', '## Files that change', '## Risks', '## How to take it back']) expect(error?.plan?.document).toContain(part);

    const plain = await berth.run(args, { cwd: project.dir });
    expect([plain.code, plain.stdout]).toEqual([2, '']);
    expect(plain.stderr).toContain(`# ${error?.plan?.title ?? 'no title'}`);
    expect(plain.stderr.trim().split('\n').at(-1)).toBe('Give --yes to do it without a question.');
    expect({ files: await folderState(project.dir), newest: (await newest())?.id }).toEqual(before);
  });

  it('what cannot be found is said instead of asked about', async () => {
    expect(await berth.json(['services', 'resources', 'nope', 'combined'], { cwd: project.dir })).toMatchObject({ code: 2, answer: { error: { code: 'service-not-found' } } });
    expect(await berth.json(['operations', 'undo', 'op_nope'])).toMatchObject({ code: 2, answer: { error: { code: 'operation-not-found' } } });
  });

  it.each(['checks fix', ...Object.keys(CHANGES)])('%s changes exactly the files of its plan, after a backup of each, and undo gives every byte back', async (name) => {
    const args = CHANGES[name]?.args ?? ['checks', 'fix', ...(await fixes())];
    const original = await readFile(join(project.dir, 'compose.yaml'));
    const plan = ((await berth.json(args, { cwd: project.dir })).answer.error as Refused | undefined)?.plan;
    expect(await status()).toEqual([]);

    expect((await berth.json([...args, '--yes'], { cwd: project.dir })).code).toBe(0);
    const marks = { change: ' M', create: '??', remove: ' D' } as const;
    expect(await status()).toEqual((plan?.files ?? []).map((one) => `${marks[one.change]} ${one.path}`).sort());

    const id = (await newest())?.id ?? '';
    const [folder = ''] = (await readdir(join(project.dir, '.berth'))).filter((one) => one.startsWith('backup_before_') && one.endsWith(id));
    expect(folder).toMatch(new RegExp(`^backup_before_${CHANGES[name]?.backup ?? 'fix'}_`));
    const at = (path: string): string => join(project.dir, '.berth', folder, path);
    const manifest = JSON.parse(await readFile(at('manifest.json'), 'utf8')) as BackupManifest;
    const entry = manifest.files.find((one) => one.path === 'compose.yaml');
    expect(entry?.before).toMatchObject({ kind: 'file', sha256: createHash('sha256').update(original).digest('hex') });
    expect(await readFile(at('files/compose.yaml'))).toEqual(original);
    for (const { path } of plan?.files ?? []) {
      expect(manifest.files.map((one) => one.path)).toContain(path);
      for (const part of ['manifest.json', 'files/compose.yaml', 'PLAN.md']) expect((await stat(at(part))).mtimeMs, part).toBeLessThan((await stat(join(project.dir, path))).mtimeMs);
    }

    expect((await berth.json(['operations', 'undo', id, '--yes'])).code).toBe(0);
    expect(await status()).toEqual([]);
    expect(await readFile(join(project.dir, 'compose.yaml'))).toEqual(original);
  });
});
