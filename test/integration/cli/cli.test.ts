import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bundle, type Bundle } from '../../support/bundle';

let built: Bundle;
let home: string;
let gate: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  built = await bundle(
    { cli: resolve('src/cli/index.ts'), 'store-worker': resolve('src/main/workers/store-worker.ts') },
    { '@main/services': resolve('test/support/fake-services.ts') },
  );
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'berth-cli-'));
  gate = join(home, 'gate');
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(home, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr or stdout has said this. */
  says(text: string): Promise<void>;
}

function start(argv: readonly string[], env: { readonly [name: string]: string } = {}): Started {
  const child = spawn(process.execPath, [join(built.dir, 'cli.cjs'), ...argv], { cwd: home, env: { PATH: process.env['PATH'] ?? '', BERTH_HOME: home, BERTH_OUT: built.dir, FAKE_GATE: gate, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const text = { out: '', err: '' };
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString();
    listeners.forEach((listener) => listener());
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString();
    listeners.forEach((listener) => listener());
  });
  const ended = new Promise<Ended>((done) =>
    child.on('close', (code) => {
      children.delete(child);
      done({ code, ...text });
    }),
  );
  return {
    child,
    ended,
    says: (wanted) =>
      new Promise((done, fail) => {
        const look = (): void => {
          if ((text.out + text.err).includes(wanted)) done();
        };
        listeners.add(look);
        look();
        void ended.then((result) => fail(new Error(`ended without saying "${wanted}": ${JSON.stringify(result)}`)));
      }),
  };
}

const run = (...argv: string[]): Promise<Ended> => start(argv).ended;
async function json(...argv: string[]): Promise<{ code: number | null; ok?: boolean; value?: unknown; error?: { [key: string]: unknown } }> {
  const { code, out } = await run(...argv, '--json');
  expect(out.endsWith('\n')).toBe(true);
  return { code, ...(JSON.parse(out) as object) };
}

/** The process that answers. */
async function hostPid(): Promise<number> {
  return Number(((await json('projects', 'list')).value as { dir: string }[])[0]?.dir.slice('/pid/'.length));
}

describe('exit codes and documents', () => {
  it('0: done', async () => {
    expect(await json('modes', 'list')).toEqual({ code: 0, ok: true, value: [{ name: 'dev', files: ['a.yml'], envFiles: [], profiles: [], active: true }] });
    expect(await json('modes', 'switch', 'prod', '--yes')).toMatchObject({ code: 0, ok: true, value: { state: 'succeeded', to: 'prod', services: [] } });
    expect(await json('checks', 'run', '--mode', 'clean')).toMatchObject({ code: 0, ok: true });
    expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string });
    expect(await run('modes', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('Usage: berth modes') as string });
  });

  it('1: failed and rolled back; a bug', async () => {
    expect(await json('modes', 'switch', 'unhealthy', '--yes')).toMatchObject({ code: 1, ok: false, error: { code: 'unhealthy', message: 'The service api did not get healthy.', hint: '', state: 'rolled-back' } });
    expect(await json('services', 'list')).toMatchObject({ code: 1, ok: false, error: { code: 'internal' } });
  });

  it('2: cannot be parsed or found, or nobody consented', async () => {
    expect(await json('modes', 'swich', 'dev')).toMatchObject({ code: 2, ok: false, error: { code: 'input-invalid', hint: 'Did you mean `berth modes switch`?' } });
    expect(await json('modes', 'plan', 'dev')).toMatchObject({ code: 2, error: { code: 'compose-invalid', where: { file: '/p/compose.yml', line: 3 } } });
    expect(await json('modes', 'plan', '../etc')).toMatchObject({ code: 2, error: { code: 'input-invalid' } });
    expect(await json('operations', 'show', 'nope')).toMatchObject({ code: 2, error: { code: 'operation-not-found' } });
    expect(await json('modes', 'switch', 'prod')).toMatchObject({ code: 2, error: { code: 'consent-required' } });
    expect(await run('modes', 'switch', 'prod')).toMatchObject({ code: 2, out: '' });
  });

  it('2: a clean-up shows what goes and what is started again before it refuses', async () => {
    const { code, out, err } = await run('projects', 'clean');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^Would remove, and free about [^\n]*:\n {2}- container shop-api-1\nThen dev would be started again\.\nberth: This changes something, and nobody can be asked here\.\nGive --yes/);
    expect((await run('projects', 'clean', '--no-start')).err).toContain('\nNothing would be started again.\n');
    expect(await json('projects', 'clean')).toMatchObject({ code: 2, ok: false, error: { code: 'consent-required', preview: { containers: ['shop-api-1'], mode: 'dev', started: false } } });
  });

  it('3: the engine cannot be reached', async () => {
    expect(await json('prod', '--yes').then(() => json('modes', 'switch', 'unreachable', '--yes'))).toMatchObject({ code: 3, error: { code: 'engine-unreachable' } });
  });

  it('4: blocked by findings; checks answer all the same', async () => {
    expect(await json('modes', 'switch', 'blocked', '--yes')).toMatchObject({ code: 4, ok: false, error: { code: 'blocked', findings: [{ code: 'PORT_TAKEN' }] } });
    expect(await json('checks', 'run')).toMatchObject({ code: 4, ok: true, value: { ok: false, findings: [{ code: 'BIND_MISSING' }] } });
  });

  it('5: cancelled, after it was undone', async () => {
    const one = start(['modes', 'switch', 'wait', '--yes', '--json']);
    await one.says('Working on wait');
    one.child.kill('SIGINT');
    const ended = await one.ended;
    expect(ended.code).toBe(5);
    expect(JSON.parse(ended.out)).toMatchObject({ ok: false, error: { code: 'cancelled', state: 'cancelled' } });
    const shown = (await json('operations', 'list')).value as { id: string }[];
    const steps = ((await json('operations', 'show', shown[0]?.id ?? '')).value as { steps: { name: string; phase: string }[] }).steps;
    expect(steps.at(-1)).toMatchObject({ name: 'toy.undo', phase: 'undo-result' });
  });

  it('a repeated operation is asked for, waited for, and ends with its own code', async () => {
    await json('modes', 'switch', 'unhealthy', '--yes');
    const [failed] = (await json('operations', 'list')).value as { id: string }[];
    expect(await json('operations', 'retry', failed?.id ?? '')).toMatchObject({ code: 2, error: { code: 'consent-required' } });
    expect(await json('operations', 'retry', failed?.id ?? '', '--yes')).toMatchObject({ code: 1, error: { code: 'unhealthy', state: 'rolled-back' } });
    const plain = await run('operations', 'retry', failed?.id ?? '', '--yes');
    expect([plain.code, plain.err]).toEqual([1, expect.stringContaining('did not get healthy')]);
  });

  it('services exec ends with the code of its command and passes its words and output on', async () => {
    expect(await run('services', 'exec', 'api', '--', 'ls', '--json')).toEqual({ code: 7, out: 'ls --json', err: 'warned' });
    const document = await run('services', 'exec', '--json', 'api', 'ls');
    expect([document.code, JSON.parse(document.out)]).toEqual([7, { ok: true, value: { exitCode: 7, stdout: 'ls', stderr: 'warned' } }]);
  });

  it('keeps stdout for the answer, progress on stderr, and silence where it is asked for', async () => {
    const plain = await run('modes', 'switch', 'prod', '--yes');
    expect(plain.out).toBe('Switched to prod in 5 ms.\nSERVICE  ACTION  DOWN  CONTAINER\n');
    expect(plain.err).toContain('api | a line of the build\n');
    expect((await run('modes', 'switch', 'prod', '--yes', '--quiet')).err).toBe('');
  });

  it('prints logs as lines, as one document, or as objects while following', async () => {
    expect(await run('services', 'logs', 'api')).toMatchObject({ code: 0, out: 'api | one\n' });
    expect(await json('services', 'logs', 'api')).toMatchObject({ ok: true, value: [{ service: 'api' }] });
    const follow = start(['services', 'logs', 'api', '--follow']);
    await follow.says('"service":"api"');
    follow.child.kill('SIGINT');
    expect((await follow.ended).code).toBe(0);
  });
});

describe('one host for all', () => {
  it('attaches to the one that serves, privately, and leaves it running', async () => {
    const host = start(['serve']);
    await host.says('"ready"');
    expect((await stat(join(home, 'berth.sock'))).mode & 0o777).toBe(0o600);
    const dirs = await Promise.all([1, 2, 3].map(async () => ((await json('projects', 'list')).value as { dir: string }[])[0]?.dir));
    expect(dirs).toEqual([1, 2, 3].map(() => `/pid/${host.child.pid}`));
    expect(await json('modes', 'switch', 'unhealthy', '--yes')).toMatchObject({ code: 1, error: { state: 'rolled-back' } });
    expect(await run('serve')).toMatchObject({ code: 1, err: expect.stringContaining(`Berth already runs (process ${host.child.pid})`) as string });
    host.child.kill('SIGTERM');
    expect((await host.ended).code).toBe(0);
    await expect(stat(join(home, 'berth.sock'))).rejects.toThrow();
  });

  it('a command that hosts returns when its own work is done: operations of others wait for it, and what only looks is answered', async () => {
    const gates = [join(home, 'gate-1'), join(home, 'gate-2')] as const;
    const first = start(['modes', 'switch', 'wait', '--yes', '--json'], { FAKE_GATE: gates[0] });
    await first.says('Working on wait');
    const second = start(['modes', 'switch', 'wait', '--yes', '--json'], { FAKE_GATE: gates[1] });
    await second.says(`Waits for \`berth modes switch\` (process ${String(first.child.pid)}) to end.`);
    expect(await hostPid()).toBe(first.child.pid);
    // Whichever of these is the next host runs it.
    const watcher = start(['watch'], { FAKE_GATE: gates[1] });
    const follower = start(['services', 'logs', 'api', '--follow'], { FAKE_GATE: gates[1] });
    await follower.says('"service":"api"');

    await writeFile(gates[0], '');
    const ended = await first.ended;
    expect([ended.code, JSON.parse(ended.out)]).toEqual([0, expect.objectContaining({ ok: true })]);
    // The other's has not even begun to end: the first did not wait for it.
    await second.says('Working on wait');
    await writeFile(gates[1], '');
    expect(await second.ended).toMatchObject({ code: 0 });
    expect((await json('operations', 'list')).value).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);

    // Whoever watches goes on with the next host, or is it, and hears no line twice.
    await vi.waitUntil(async () => [watcher.child.pid, follower.child.pid].includes(await hostPid()), 20_000);
    for (const one of [watcher, follower]) {
      one.child.kill('SIGINT');
      expect(await one.ended).toMatchObject({ code: 0 });
    }
    expect((await follower.ended).out.trim().split('\n')).toHaveLength(1);
  });

  it('one that only watches gives way to a process that stays, and goes on watching there', async () => {
    const first = start(['serve']);
    await first.says('"ready"');
    const watchers = [start(['projects', 'list', '--watch', '--json']), start(['services', 'logs', 'api', '--follow'])];
    await watchers[0]?.says(`/pid/${String(first.child.pid)}`);
    // As a crash: nobody tells those who watch.
    first.child.kill('SIGKILL');
    await vi.waitUntil(async () => watchers.map((one) => one.child.pid).includes(await hostPid()), 20_000);
    const second = start(['serve']);
    await second.says('"ready"');
    await vi.waitUntil(async () => (await hostPid()) === second.child.pid, 20_000);
    await watchers[0]?.says(`/pid/${String(second.child.pid)}`);
    for (const one of watchers) {
      one.child.kill('SIGINT');
      expect((await one.ended).code).toBe(0);
    }
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
  });

  it('one that waits for the host can be given up, and then has changed nothing', async () => {
    const first = start(['modes', 'switch', 'wait', '--yes', '--json']);
    await first.says('Working on wait');
    const second = start(['modes', 'switch', 'prod', '--yes', '--json']);
    await second.says('Waits for');
    second.child.kill('SIGINT');
    const given = await second.ended;
    expect([given.code, JSON.parse(given.out)]).toEqual([5, { ok: false, error: { code: 'cancelled', message: 'Nothing was changed.', hint: '' } }]);
    await writeFile(gate, '');
    expect((await first.ended).code).toBe(0);
    expect((await json('operations', 'list')).value).toHaveLength(1);
  });

  it.each([
    ['lets it end', 0, 'succeeded'],
    ['undoes it at Ctrl+C', 5, 'cancelled'],
  ])('a host that only watches takes operations of others, says that it stays for them, and %s', async (_what, code, state) => {
    const watcher = start(['watch']);
    await vi.waitUntil(async () => (await hostPid()) === watcher.child.pid, 20_000);
    const other = start(['modes', 'switch', 'wait', '--yes', '--json']);
    await other.says('Working on wait');
    watcher.child.kill('SIGINT');
    await watcher.says('Done. This process stays until 1 operation of others has ended. Ctrl+C ends it now: what they changed is undone');
    if (code === 0) await writeFile(gate, '');
    else watcher.child.kill('SIGINT');
    expect((await watcher.ended).code).toBe(0);
    expect((await other.ended).code).toBe(code);
    expect((await json('operations', 'list')).value).toMatchObject([{ state }]);
  });

  it('takes over when the host is killed: what it ran is undone, what waited is done', async () => {
    const host = start(['modes', 'switch', 'wait', '--yes', '--json']);
    await host.says('Working on wait');
    const watcher = start(['watch']);
    const second = start(['modes', 'switch', 'prod', '--yes', '--json']);
    await second.says('Waits for');
    host.child.kill('SIGKILL');
    const ended = await second.ended;
    expect(JSON.parse(ended.out)).toMatchObject({ ok: true, value: { to: 'prod' } });
    watcher.child.kill('SIGINT');
    // Whichever of the two took over as the host says it.
    expect(ended.err + (await watcher.ended).err).toContain('An interrupted switch was undone first: Switch to wait.\n');
    const operations = (await json('operations', 'list')).value as { state: string; error: { code: string } | null }[];
    expect(operations.map((one) => [one.state, one.error?.code])).toEqual([
      ['succeeded', undefined],
      ['rolled-back', 'interrupted'],
    ]);
  });
});
