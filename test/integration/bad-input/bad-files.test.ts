import { chmod, chown, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { berthCommand, OTHER_UID, type BerthCommand } from '../../support/berth-command';
import { folderState } from '../../support/folder-state';
import { engineJson } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const GOOD = 'services:\n  web:\n    image: berth-test/busybox:1\n    command: ["sleep", "1000"]\n';
const MIB = 1024 * 1024;

/** Fifty MiB that a parser would have to hold as a tree: a list of small maps. */
function hugeYaml(): string {
  const line = '  - {a: [1, 2, 3], b: {c: d}}\n';
  return `services:\n  web:\n    image: x\nx-data:\n${line.repeat(Math.ceil((50 * MIB) / line.length))}`;
}

/** A few lines that stand for 10^9 values. */
function aliasBomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => `x-${level + 1}: &l${level + 1} [${Array<string>(10).fill(`*l${level}`).join(', ')}]`);
  return `x-0: &l0 [a, a, a, a, a, a, a, a, a, a]\n${levels.join('\n')}\nservices:\n  web:\n    image: x\n    labels:\n      bomb: *l9\n`;
}

interface BadCase {
  readonly name: string;
  readonly content: string;
  /** Line the answer must name; null where the fault is the file as a whole. */
  readonly line: number | null;
}

const BAD_FILES: readonly BadCase[] = [
  { name: 'broken YAML', content: 'services:\n  web:\n    image: x\n   ports: [\n', line: 4 },
  { name: 'a list where services belong', content: 'services:\n  - web\n', line: 1 },
  { name: 'a duplicate key', content: 'services:\n  web:\n    image: x\n    image: y\n', line: 4 },
  { name: 'a tab as indentation', content: 'services:\n\tweb:\n\t\timage: x\n', line: 2 },
  { name: 'a NUL byte', content: 'services:\n  web:\n    image: "x\u0000y"\n', line: 3 },
  { name: 'a 50 MB bomb', content: hugeYaml(), line: null },
  { name: 'an alias bomb', content: aliasBomb(), line: null },
  { name: 'brackets 100,000 deep', content: `services: ${'['.repeat(100_000)}`, line: null },
  { name: 'only text', content: 'this is no compose file\n', line: null },
  { name: 'bytes that are no text', content: '\u0001\u0002\u0003', line: null },
];

const COMMANDS: readonly (readonly string[])[] = [
  ['projects', 'open', '.'],
  ['modes', 'plan', 'dev'],
  ['modes', 'switch', 'dev', '--yes'],
];

describe('bad input through the command line', () => {
  let berth: BerthCommand;
  let project: TestProject | null = null;

  beforeAll(async () => {
    berth = await berthCommand();
  });
  afterEach(async () => {
    await project?.close();
    project = null;
  });
  afterAll(async () => berth.close());

  /** Fifteen seconds. On a machine so busy that a command which reads no file takes long too, so many times what that takes. */
  const soonMs = async (tookMs: number): Promise<number> => (tookMs < 15_000 ? 15_000 : Math.max(15_000, 10 * (await berth.json(['projects', 'list'])).durationMs));

  const engineObjects = async (name: string): Promise<number> => {
    const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${name}`] }));
    return (await engineJson<unknown[]>('GET', `/containers/json?all=1&filters=${filters}`)).length;
  };

  describe.each(BAD_FILES)('$name', ({ content, line }) => {
    test.each(COMMANDS)('berth %s %s: exit 2 with the file, nothing changed', async (...args) => {
      project = await emptyProject('bad', { files: { 'docker-compose.dev.yml': content } });
      const before = await folderState(project.dir);
      const { code, answer, durationMs } = await berth.json(args, { cwd: project.dir });
      expect({ code, ok: answer.ok }).toEqual({ code: 2, ok: false });
      expect(answer.error?.where?.file).toMatch(/docker-compose\.dev\.yml$/);
      if (line !== null) expect(answer.error?.where?.line).toBe(line);
      expect(answer.error?.message.length).toBeLessThan(400);
      expect(durationMs).toBeLessThan(await soonMs(durationMs));
      expect(await folderState(project.dir)).toEqual(before);
      expect(await engineObjects(project.name)).toBe(0);
    });
  });

  test.each(COMMANDS)('no compose file, berth %s %s: exit 2', async (...args) => {
    project = await emptyProject('bad', { files: { 'readme.txt': 'nothing to see' } });
    const before = await folderState(project.dir);
    const { code, answer } = await berth.json(args, { cwd: project.dir });
    expect({ code, ok: answer.ok, error: answer.error?.code }).toEqual({ code: 2, ok: false, error: 'compose-not-found' });
    expect(answer.error?.message).toContain(project.dir);
    expect(await folderState(project.dir)).toEqual(before);
  });

  test('a missing path: exit 2 that names it', async () => {
    const missing = join(berth.home, 'no', 'such', 'folder');
    for (const args of [['projects', 'open', missing], ['modes', 'plan', 'dev', '--project', missing], ['modes', 'switch', 'dev', '--yes', '--project', missing]]) {
      const { code, answer } = await berth.json(args);
      expect({ args, code, ok: answer.ok }).toEqual({ args, code: 2, ok: false });
      expect(answer.error?.message).toContain('no/such/folder');
    }
  });

  test('a project whose folder went away after it was opened: exit 2', async () => {
    project = await emptyProject('bad', { files: { 'compose.yaml': GOOD } });
    expect((await berth.json(['projects', 'open', project.dir])).code).toBe(0);
    await rm(project.dir, { recursive: true });
    const { code, answer } = await berth.json(['modes', 'plan', 'default', '--project', project.dir]);
    expect({ code, ok: answer.ok }).toEqual({ code: 2, ok: false });
  });

  test('a file where a folder belongs: exit 2', async () => {
    project = await emptyProject('bad', { files: { 'compose.yaml': GOOD } });
    expect((await berth.json(['projects', 'open', join(project.dir, 'compose.yaml', 'x')])).code).toBe(2);
  });

  test('without --json the error is one sentence on stderr, and stdout is empty', async () => {
    project = await emptyProject('bad', { files: { 'docker-compose.dev.yml': 'services:\n  web: [\n' } });
    const { code, stdout, stderr } = await berth.run(['modes', 'plan', 'dev'], { cwd: project.dir });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('docker-compose.dev.yml');
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe.skipIf(process.getuid?.() !== 0 && process.platform !== 'linux')('an unreadable folder', () => {
  const isRoot = process.getuid?.() === 0;
  const uid = isRoot ? OTHER_UID : undefined;
  const asUser = uid === undefined ? {} : { uid };

  test.each(['the folder', 'its compose file'])('%s cannot be read: exit 2 that says so', async (which) => {
    const berth = await berthCommand(asUser);
    const project = await emptyProject('bad', { files: { 'docker-compose.dev.yml': GOOD } });
    const locked = which === 'the folder' ? project.dir : join(project.dir, 'docker-compose.dev.yml');
    try {
      // The way down to it is open; only the thing itself is closed.
      await chmod(join(project.dir, '..'), 0o755);
      if (uid !== undefined) await chown(project.dir, uid, uid);
      if (uid !== undefined && which !== 'the folder') await chown(locked, uid, uid);
      await chmod(locked, 0o000);
      const { code, answer } = await berth.json(['projects', 'open', project.dir], asUser);
      expect({ code, ok: answer.ok, error: answer.error?.code }).toEqual({ code: 2, ok: false, error: 'file-unreadable' });
      expect(answer.error?.message).toContain(project.name);
    } finally {
      await chmod(locked, 0o700);
      await project.close();
      await berth.close();
    }
  });
});
