import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { berthCommand, type BerthCommand } from '../../support/berth-command';
import { BUSYBOX_IMAGE, ensureBusybox } from '../../support/images';
import { emptyProject, type TestProject } from '../../support/projects';

const BERTH = resolve('bin/berth');
let berth: BerthCommand;
let project: TestProject;

beforeAll(async () => {
  await ensureBusybox();
  berth = await berthCommand();
  project = await emptyProject('exec', { files: { 'compose.yaml': stringify({ services: { web: { image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; sleep 100000 & wait"], stop_grace_period: '1s' } } }) } });
  expect((await berth.run(['projects', 'open', project.dir, '--trust'])).code).toBe(0);
  expect((await berth.run(['modes', 'switch', 'default', '--project', project.dir, '--yes'])).code).toBe(0);
});
afterAll(async () => {
  await berth.close();
  await project.close();
});

interface Running {
  readonly child: ChildProcess;
  /** Resolves once stdout holds this text. */
  says(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: Buffer; readonly err: string }>;
}

function start(command: readonly string[]): Running {
  const env = { PATH: process.env['PATH'] ?? '', HOME: berth.home, DOCKER_HOST: process.env['DOCKER_HOST'] ?? '', BERTH_HOME: berth.home, BERTH_SETTINGS: process.env['BERTH_SETTINGS'] ?? '', NO_COLOR: '1' };
  const child = spawn(command[0] ?? '', command.slice(1), { env, cwd: berth.home, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  let err = '';
  let look: () => void = () => undefined;
  child.stdout.on('data', (chunk: Buffer) => (out.push(chunk), look()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  // A command that reads nothing may end before all was written.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; out: Buffer; err: string }>((done) => child.once('close', (code) => (done({ code, out: Buffer.concat(out), err }), look())));
  return {
    child,
    ended,
    says: (text) =>
      new Promise((there, failed) => {
        look = () => (Buffer.concat(out).includes(text) ? there() : child.exitCode === null ? undefined : failed(new Error(`it ended without "${text}": ${Buffer.concat(out).toString()} ${err}`)));
        look();
      }),
  };
}

const words = (...command: readonly string[]): readonly string[] => [process.execPath, BERTH, 'services', 'exec', 'web', '--project', project.dir, '--', ...command];

/** Runs a command with all of its input. */
function piped(input: Uint8Array | string, ...command: readonly string[]): Running['ended'] {
  const running = start(words(...command));
  running.child.stdin?.end(input);
  return running.ended;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each([false, true])('services exec with an input, another Berth open: %s', (open) => {
  let host: Running | null = null;

  beforeAll(async () => {
    if (!open) return;
    host = start([process.execPath, BERTH, 'serve']);
    await host.says('"type":"ready"');
  });
  afterAll(async () => {
    host?.child.kill('SIGTERM');
    await host?.ended;
  });

  it('passes what is piped to the command, to its end', async () => {
    expect(await piped('hi\n', 'cat')).toEqual({ code: 0, out: Buffer.from('hi\n'), err: '' });
    expect((await piped('', 'wc', '-c')).out.toString().trim()).toBe('0');
  });

  it('changes no byte of either way', async () => {
    const bytes = randomBytes(1_500_000);
    const { code, out, err } = await piped(bytes, 'cat');
    expect([code, err, out.length, sha256(out)]).toEqual([0, '', bytes.length, sha256(bytes)]);
    expect((await piped(bytes, 'sh', '-c', 'cat >&2')).code).toBe(0);
  });

  it('ends with the code of the command, also where that takes no more', async () => {
    expect(await piped('one\ntwo\n', 'sh', '-c', 'read x; echo "got $x"; exit 9')).toEqual({ code: 9, out: Buffer.from('got one\n'), err: '' });
    const unread = start(words('sh', '-c', 'exit 4'));
    unread.child.stdin?.write(Buffer.alloc(1_000_000));
    expect((await unread.ended).code).toBe(4);
  });

  it('answers as it goes while the input is open, and Ctrl+C ends the input with the command', async () => {
    const running = start(words('cat'));
    running.child.stdin?.write('first\n');
    await running.says('first\n');
    running.child.stdin?.write('second\n');
    await running.says('second\n');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(5);
    await expect.poll(async () => (await piped('', 'pidof', 'cat')).code, { timeout: 20_000 }).toBe(1);
  });

  it('has a terminal where people type on one; Ctrl+C is the command’s there', async () => {
    const quoted = words('sh', '-c', 'trap "echo interrupted; exit 6" INT; tty; stty; echo ready; while :; do sleep 1; done').map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const running = start(['script', '-qec', quoted, '/dev/null']);
    await running.says('ready');
    running.child.stdin?.write('\u0003');
    const { code, out } = await running.ended;
    expect(out.toString()).toMatch(/\/dev\/pts\/\d+\s[\s\S]*ready\s[\s\S]*interrupted\s/);
    expect(code).toBe(6);
  });

  it('says in the document what it wrote', async () => {
    const running = start([...words().slice(0, -1), '--json', '--', 'sh', '-c', 'tr a-z A-Z; echo wrong >&2']);
    running.child.stdin?.end('loud');
    const { code, out } = await running.ended;
    expect([code, JSON.parse(out.toString())]).toEqual([0, { ok: true, value: { exitCode: 0, stdout: 'LOUD', stderr: 'wrong\n' } }]);
  });
});
