import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@shared/kernel/json';
import { bundleForNode } from '../integration/modes/bundle';
import { exactState } from '../support/exact-tree';
import { GitFolder } from '../support/git-folder';
import { DEEP, sample } from '../support/random';

const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1_000_000);
const POINTS = 1;
const run = promisify(execFile);
const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n`;

/** Each is one operation; in `npm test` only the first of a family. */
const OPERATIONS: readonly { readonly kind: string; readonly input: JsonObject; readonly always: boolean }[] = [
  {
    kind: 'gitops.batch',
    input: {
      actions: [{ action: 'move', path: 'apps/0.yaml', to: 'moved/deep/0.yaml' }, { action: 'archive', path: 'apps/1.yaml', reason: 'twice' }, { action: 'comment', path: 'apps/2.yaml', reason: 'twice' }, { action: 'delete', path: 'apps/3.yaml' }, { action: 'replace', path: 'apps/4.yaml', text: 'new: 4\n' }, { action: 'create', path: 'new/5.yaml', text: 'x: 1\n' }],
      commit: 'six',
    },
    always: true,
  },
  { kind: 'files.rename', input: { file: 'apps/0.yaml', to: 'other/0.yaml' }, always: true },
  { kind: 'files.create', input: { file: 'made/new.yaml', text: 'a: 1\n' }, always: false },
  { kind: 'files.duplicate', input: { file: 'apps/0.yaml', to: 'apps/copy.yaml' }, always: false },
  { kind: 'files.archive', input: { file: 'apps/0.yaml' }, always: false },
  { kind: 'files.restore', input: { file: '.archive/apps/old.yaml' }, always: false },
  { kind: 'files.delete', input: { file: 'apps/0.yaml' }, always: false },
  { kind: 'files.save', input: { file: 'compose.yaml', text: 'services:\n  a:\n    image: busybox:2\n' }, always: false },
  { kind: 'gitops.render', input: { context: { name: 'n' } }, always: true },
  { kind: 'gitops.save-template', input: { template: 'list.yaml.j2', text: 'v: 3\n' }, always: false },
  { kind: 'gitops.rollback-template', input: { template: 'list.yaml.j2', version: 1 }, always: true },
  { kind: 'gitops.resolve', input: { branch: 'gitops/kill', commit: true }, always: false },
];

interface Told {
  readonly operations: readonly { readonly kind: string; readonly state: string; readonly error: string | null }[];
  readonly versions: unknown;
}

const folder = new GitFolder();
const dir = join(folder.path, 'tree');
const home = join(folder.path, 'state');
const originals = join(folder.path, 'originals');
let program: string;

/** Null: it was killed. */
async function berth(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Told | null> {
  try {
    const { stdout } = await run(process.execPath, [program, ...args], { env: { ...folder.env, BERTH_OUT: process.env['BERTH_OUT'] ?? resolve('out/main'), BERTH_RESOURCES: resolve('resources'), DOCKER_HOST: 'unix:///nowhere.sock', ...env }, maxBuffer: 1 << 26 });
    return JSON.parse(stdout) as Told;
  } catch (error) {
    const { signal, stderr = '', message } = error as { readonly signal?: string; readonly stderr?: string; readonly message: string };
    if (signal === 'SIGKILL') return null;
    throw new Error(`${args.join(' ')}: ${stderr || message}`);
  }
}

async function fresh(): Promise<void> {
  for (const [name, place] of [['tree', dir], ['state', home]] as const) {
    await rm(place, { recursive: true, force: true });
    await cp(join(originals, name), place, { recursive: true, preserveTimestamps: true });
  }
  folder.git('tree', 'status');
}

/** Branch, commit, index and state of git, every file with its bytes and mode, and folders; names of operations and times aside. */
async function whole(): Promise<string> {
  const git = [['symbolic-ref', 'HEAD'], ['rev-parse', 'HEAD^{tree}'], ['log', '-1', '--format=%s'], ['ls-files', '-s'], ['for-each-ref', '--format=%(refname)'], ['status', '--porcelain']].map((args) => folder.git('tree', ...args));
  const found = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((one) => !/^\.(?:git|berth)(?:\/|$)/.test(join(one.parentPath, one.name).slice(dir.length + 1)));
  const files = await Promise.all(found.map(async (one) => {
    const path = join(one.parentPath, one.name);
    return [path, (await stat(path)).mode, one.isFile() ? plain(await readFile(path, 'utf8')) : null];
  }));
  return JSON.stringify([git.map(plain), files.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))]);
}

const plain = (text: string): string => text.replaceAll(/op_\w+/g, 'op').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time').replaceAll(/"mtimeNs": "\d+"/g, 'mtime');
/** What git has of a file that says when it was written. */
const withoutObjects = (state: string): string => state.replaceAll(/\b[0-9a-f]{40}\b/g, 'object');

beforeAll(async () => {
  program = await bundleForNode('test/faults/operation-process.ts');
  folder.repository('tree', {
    ...Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`apps/${String(index)}.yaml`, map(`m${String(index)}`)])),
    'apps/old.yaml': map('old'),
    'production/a.yaml': map('twice'),
    'examples/a.yaml': map('twice'),
    'compose.yaml': 'services:\n  a:\n    image: busybox\n',
    '.gitignore': '.berth/\n',
    'templates/gitops/app.env.j2': 'NAME={{ name }}\n',
    'templates/gitops/deep/er.yaml.j2': 'name: {{ name | tojson }}\n',
    'rendered/app.env': 'by hand\n',
  });
  await mkdir(home);
  await berth(['run', home, dir, 'files.archive', JSON.stringify({ file: 'apps/old.yaml' })]);
  for (const text of ['v: 1\n', 'v: 2\n']) await berth(['run', home, dir, 'gitops.save-template', JSON.stringify({ template: 'list.yaml.j2', text })]);
  folder.commit('tree', 'prepared', {});
  for (const [name, place] of [['tree', dir], ['state', home]] as const) await cp(place, join(originals, name), { recursive: true, preserveTimestamps: true });
}, 240_000);
afterAll(async () => {
  await rm(folder.path, { recursive: true, force: true });
});

/** kill -9 at the places that an operation on files passes: before, in and after each step of its journal. */
describe(`killed in the middle of it (seed ${String(SEED)})`, () => {
  it.each(OPERATIONS.filter((one) => DEEP || one.always))('$kind is done as a whole, or has left no trace', async ({ kind, input }) => {
    await fresh();
    const record = join(folder.path, `${kind}.points`);
    const [before, exact] = [await whole(), await exactState(dir)];
    const versions = (await berth(['again', home, dir]))?.versions;
    const undisturbed = await berth(['run', home, dir, kind, JSON.stringify(input)], { BERTH_RECORD: record });
    expect(undisturbed?.operations[0], kind).toMatchObject({ kind, state: 'succeeded', error: null });
    const after = withoutObjects(await whole());
    expect(after).not.toBe(withoutObjects(before));
    const all = (await readFile(record, 'utf8')).split('\n').filter((point) => point !== '' && !point.startsWith('operation.enqueue'));
    expect(new Set(all.map((point) => point.split(':')[1]))).toEqual(new Set(['before', 'after-intent', 'after', 'after-result']));
    const ended = { before: 0, after: 0 };
    for (const point of DEEP ? all : sample(all, POINTS, SEED)) {
      await fresh();
      expect(await berth(['run', home, dir, kind, JSON.stringify(input)], { BERTH_FAIL: `${point}:kill` }), `${point} was not reached`).toBeNull();
      const told = await berth(['again', home, dir]);
      const state = told?.operations[0]?.state;
      const now = await whole();
      if (state === 'succeeded') {
        expect(withoutObjects(now), point).toBe(after);
        expect(told?.versions, point).toEqual(undisturbed?.versions);
      } else {
        // One that had not begun is begun again, and fails where its text was in the memory of the process that is gone.
        const states = point.startsWith('operation.start:before') ? ['rolled-back', 'failed'] : ['rolled-back'];
        expect(states, `${point}: ${JSON.stringify(told?.operations[0])}`).toContain(state);
        expect(now, point).toBe(before);
        expect(await exactState(dir), point).toEqual(exact);
        expect(told?.versions, point).toEqual(versions);
      }
      ended[state === 'succeeded' ? 'after' : 'before'] += 1;
      expect(existsSync(join(dir, '.git/index.lock')), point).toBe(false);
    }
    process.stdout.write(`${kind}, seed ${String(SEED)}: ${String(ended.before + ended.after)} of ${String(all.length)} places, ${String(ended.before)} as before, ${String(ended.after)} done\n`);
  }, 1_800_000);
});
