import { chmod, lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BackupManifest } from '@shared/domain/operations/backup';
import { operationHandlers, createEventStream } from '@main/operations';
import { systemClock } from '@main/platform/system-clock';
import { BUSYBOX_IMAGE } from '../../support/images';
import { freePort } from '../../support/private-engine';
import type { TestProject } from '../../support/projects';
import { openChecksWorld, useChecksWorld } from '../checks/kit';

const { world, cleanup, project } = useChecksWorld('un');

const head = `# my project\nservices:\n  api:\n    image: ${BUSYBOX_IMAGE}   # base\n`;

/** Two bind sources are missing, and one port is open to the network: an edit and two creations. */
async function brokenProject(): Promise<TestProject> {
  const made = await project({ 'compose.yaml': `${head}    volumes: ["./deep/er/app.conf:/etc/app.conf", "./src:/src"]\n    ports:\n      - "0.0.0.0:${await freePort()}:80"\n` });
  await chmod(join(made.dir, 'compose.yaml'), 0o640);
  return made;
}

async function fixAll(made: TestProject): Promise<string> {
  const findings = await world.run(made.dir);
  const fixed = await world.fix(made.dir, { fixes: findings.map((one) => one.fixes[0]?.id ?? '').filter((id) => id !== '') });
  expect(fixed).toMatchObject({ state: 'succeeded', undoable: true });
  return fixed.id;
}

/** Every file and folder of the project with its mode and bytes, Berth's own folder aside. */
async function snapshot(dir: string): Promise<readonly string[]> {
  const names = (await readdir(dir, { recursive: true })).filter((name) => !name.startsWith('.berth')).sort();
  return Promise.all(
    names.map(async (name) => {
      const found = await lstat(join(dir, name));
      return `${name} ${(found.mode & 0o7777).toString(8)} ${found.isFile() ? await readFile(join(dir, name), 'utf8') : 'folder'}`;
    }),
  );
}

async function manifestOf(made: TestProject, id: string): Promise<{ readonly folder: string; readonly manifest: BackupManifest }> {
  const name = (await readdir(join(made.dir, '.berth'))).find((one) => one.endsWith(id)) ?? '';
  const folder = join(made.dir, '.berth', name);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as BackupManifest;
  const after = JSON.parse(await readFile(join(folder, 'after.json'), 'utf8')) as readonly Pick<BackupManifest['files'][number], 'path' | 'after'>[];
  return { folder, manifest: { ...manifest, files: manifest.files.map((one) => ({ ...one, after: after.find(({ path }) => path === one.path)?.after ?? null })) } };
}

describe('a structural change', () => {
  it('says what it will do, backs up first, and is taken back to identical bytes and modes', async () => {
    const made = await brokenProject();
    const before = await snapshot(made.dir);
    const handlers = operationHandlers(world.operations, createEventStream(systemClock), { projectIdOf: (one) => Promise.resolve(one), limits: () => ({ keepCount: 10, keepDays: 1, keepFailedDays: 1 }), structural: world.structural });
    const call = { door: 'internal', signal: new AbortController().signal } as const;
    const fixes = (await world.run(made.dir)).map((one) => one.fixes[0]?.id ?? '').filter((id) => id !== '');
    const preview = await handlers['operations.preview']({ name: 'checks.fix', input: { project: made.dir, fixes } }, call);
    expect(await snapshot(made.dir)).toEqual(before);
    expect(preview.files).toEqual(expect.arrayContaining([{ path: 'compose.yaml', change: 'change' }, { path: 'deep/er/app.conf', change: 'create' }, { path: 'src', change: 'create' }]));
    expect(preview.document).toContain('## How to take it back');

    const id = await fixAll(made);
    const fixed = await snapshot(made.dir);
    expect((await handlers['operations.show']({ id }, call)).plan).toMatchObject({ title: preview.title, files: preview.files });
    const { folder, manifest } = await manifestOf(made, id);
    expect(manifest).toMatchObject({ operationId: id, change: 'fix', rootDir: made.dir });
    expect(manifest.files.map((one) => [one.path, one.before.kind, one.after?.kind])).toEqual([
      ['compose.yaml', 'file', 'file'],
      ['deep', 'missing', 'folder'],
      ['src', 'missing', 'folder'],
      ['deep/er', 'missing', 'folder'],
      ['deep/er/app.conf', 'missing', 'file'],
    ]);
    expect(await readFile(join(folder, 'PLAN.md'), 'utf8')).toContain(id);
    expect((await lstat(join(folder, 'files/compose.yaml'))).mode & 0o777).toBe(0o600);
    expect((await lstat(join(folder, 'PLAN.md'))).mtimeMs).toBeLessThan((await lstat(join(made.dir, 'compose.yaml'))).mtimeMs);

    const undone = await world.undo(id);
    expect(undone).toMatchObject({ state: 'succeeded', undoable: true, result: { undone: id, kept: [] } });
    expect(await snapshot(made.dir)).toEqual(before);
    expect((await world.operations.get(id)).undoable).toBe(false);
    await expect(world.operations.enqueue('operations.undo', { id })).rejects.toMatchObject({ code: 'input-invalid' });

    // The undo is a structural change too: undone itself, the fix stands again and can be taken back once more.
    expect(await world.undo(undone.id)).toMatchObject({ state: 'succeeded' });
    expect(await snapshot(made.dir)).toEqual(fixed);
    expect((await world.undo(id)).state).toBe('succeeded');
    expect(await snapshot(made.dir)).toEqual(before);
  });

  it('keeps and names what somebody changed since', async () => {
    const made = await brokenProject();
    const id = await fixAll(made);
    const edited = `${await made.read('compose.yaml')}# mine\n`;
    await made.write('compose.yaml', edited);
    await made.write('src/index.js', 'mine');
    const undone = await world.undo(id);
    expect(undone).toMatchObject({ state: 'succeeded', result: { restored: ['deep/er/app.conf', 'deep/er', 'deep'], kept: expect.arrayContaining(['compose.yaml', 'src']) as unknown } });
    expect(await made.read('compose.yaml')).toBe(edited);
    expect(await made.read('src/index.js')).toBe('mine');
    expect(await readdir(made.dir)).not.toContain('deep');
  });

  it('is not taken back from a backup that was changed, and touches nothing then', async () => {
    const made = await brokenProject();
    const id = await fixAll(made);
    const { folder } = await manifestOf(made, id);
    await writeFile(join(folder, 'files/compose.yaml'), 'services: {}\n');
    const before = await snapshot(made.dir);
    expect(await world.undo(id)).toMatchObject({ error: { code: 'fix-failed' } });
    expect(await snapshot(made.dir)).toEqual(before);
  });

  it('leaves no backup behind when it fails, and writes none through a link', async () => {
    const made = await brokenProject();
    const outside = await mkdtemp(join(tmpdir(), 'bt-un-out-'));
    cleanup(() => rm(outside, { recursive: true, force: true }));
    await symlink(outside, join(made.dir, '.berth'));
    const text = await made.read('compose.yaml');
    const fixes = (await world.run(made.dir)).map((one) => one.fixes[0]?.id ?? '').filter((id) => id !== '');
    expect((await world.fix(made.dir, { fixes })).error).toMatchObject({ code: 'fix-failed' });
    expect(await made.read('compose.yaml')).toBe(text);
    expect(await readdir(outside)).toEqual([]);
  });

  it('rolls the undo back when it fails in the middle', async () => {
    const home = await mkdtemp(join(tmpdir(), 'bt-un-home-'));
    cleanup(() => rm(home, { recursive: true, force: true }));
    const made = await brokenProject();
    const failing = await openChecksWorld({ home, env: { BERTH_FAIL: 'backup.restore:after:3:throw' } });
    try {
      const findings = await failing.run(made.dir);
      const { id } = await failing.fix(made.dir, { fixes: findings.map((one) => one.fixes[0]?.id ?? '').filter((one) => one !== '') });
      const fixed = await snapshot(made.dir);
      expect((await failing.undo(id)).state).toBe('rolled-back');
      expect(await snapshot(made.dir)).toEqual(fixed);
      expect((await failing.undo(id)).state).toBe('succeeded');
    } finally {
      await failing.close();
    }
  });

  it.each(['backup.write:after-result', 'backup.write:after-intent', 'file.replace:after'])('a failure at %s changes nothing and leaves nothing', async (point) => {
    const made = await brokenProject();
    const before = await snapshot(made.dir);
    const failing = await openChecksWorld({ env: { BERTH_FAIL: `${point}:1:throw` } });
    try {
      const findings = await failing.run(made.dir);
      const ended = await failing.fix(made.dir, { fixes: findings.map((one) => one.fixes[0]?.id ?? '').filter((one) => one !== '') });
      expect(ended).toMatchObject({ state: 'rolled-back', undoable: false });
    } finally {
      await failing.close();
    }
    expect(await snapshot(made.dir)).toEqual(before);
    expect((await readdir(join(made.dir, '.berth')).catch(() => [])).filter((name) => name.startsWith('backup_'))).toEqual([]);
  });

  it('keeps the newest twenty backups of a project', async () => {
    const made = await brokenProject();
    let id = await fixAll(made);
    const first = id;
    for (let index = 0; index < 21; index += 1) id = (await world.undo(id)).id;
    const folders = (await readdir(join(made.dir, '.berth'))).filter((name) => name.startsWith('backup_'));
    expect(folders).toHaveLength(20);
    expect(folders.some((name) => name.endsWith(first))).toBe(false);
    expect((await world.operations.get(first)).undoable).toBe(false);
  });
});
