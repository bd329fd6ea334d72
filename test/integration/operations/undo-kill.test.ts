import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle, type Bundle } from '../../support/bundle';

interface Ended {
  readonly operations?: readonly { readonly kind: string; readonly state: string; readonly undoable: boolean }[];
  readonly text?: string;
  readonly failed?: string;
}

let built: Bundle;
let root: string;
let worlds = 0;

beforeAll(async () => {
  built = await bundle({ structural: resolve('test/support/structural-operation.ts'), 'store-worker': resolve('src/main/workers/store-worker.ts') });
  root = await realpath(await mkdtemp(join(tmpdir(), 'bt-uk-')));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function newWorld(): Promise<{ readonly home: string; readonly dir: string }> {
  worlds += 1;
  const dir = join(root, String(worlds), 'project');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'a.txt'), 'old', { mode: 0o640 });
  return { home: join(root, String(worlds), 'home'), dir };
}

/** Null when the process was killed. */
function start(command: string, at: { readonly home: string; readonly dir: string }, fail = ''): Promise<Ended | null> {
  return new Promise((done, reject) => {
    execFile(process.execPath, [join(built.dir, 'structural.cjs'), command, at.home, at.dir], { env: { PATH: process.env['PATH'] ?? '', BERTH_OUT: built.dir, ...(fail === '' ? {} : { BERTH_FAIL: fail }) } }, (error, stdout) => {
      if (error?.signal === 'SIGKILL') done(null);
      else if (stdout === '') reject(error ?? new Error('nothing was printed'));
      else done(JSON.parse(stdout) as Ended);
    });
  });
}

it.each(['backup.write:after-intent', 'backup.write:after', 'backup.write:after-result', 'toy.write:before', 'toy.write:after', 'commit:before'])('a kill at %s before the commit changes nothing and leaves no backup', async (point) => {
  const at = await newWorld();
  expect(await start('run', at, `${point}:1:kill`)).toBeNull();
  expect(await start('recover', at)).toEqual(expect.objectContaining({ text: 'old', operations: [{ kind: 'toy.change', state: 'rolled-back', undoable: false }] }));
  expect((await readdir(join(at.dir, '.berth')).catch(() => [])).filter((name) => name.startsWith('backup_'))).toEqual([]);
});

it.each(['commit:after-result', 'operation.end:before', 'operation.end:after-result'])('a kill at %s keeps the change and its way back', async (point) => {
  const at = await newWorld();
  expect(await start('run', at, `${point}:1:kill`)).toBeNull();
  expect(await start('recover', at)).toMatchObject({ text: 'new', operations: [{ state: 'succeeded', undoable: true }] });
  expect(await start('undo', at)).toMatchObject({ text: 'old' });
});

it.each([
  ['backup.write:after', 'new', true],
  ['backup.restore:before', 'new', true],
  ['backup.restore:after', 'new', true],
  ['commit:after-result', 'old', false],
])('a kill of the undo at %s leaves it whole on one side', async (point, text, undoable) => {
  const at = await newWorld();
  await start('run', at);
  expect(await start('undo', at, `${point}:1:kill`)).toBeNull();
  const ended = await start('recover', at);
  expect(ended).toMatchObject({ text });
  expect(ended?.operations?.find((one) => one.kind === 'toy.change')?.undoable).toBe(undoable);
  if (undoable) expect(await start('undo', at)).toMatchObject({ text: 'old' });
  expect(await readFile(join(at.dir, 'a.txt'), 'utf8')).toBe('old');
});
