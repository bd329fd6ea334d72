import { describe, expect, it } from 'vitest';
import { AppError } from '@shared/kernel/app-error';
import { engineCheck, engineVersionCheck, startWay } from '@main/diagnostics/engine-check';
import { composeCheck, diskCheck, displayCheck, s3Check, sandboxCheck, stateFolderCheck, watchCheck } from '@main/diagnostics/machine-checks';
import { berthCheck, localApiCheck, publishedPortsCheck } from '@main/diagnostics/process-checks';
import { fuseCheck, storageImagesCheck } from '@main/diagnostics/storage-checks';
import { createDoctor } from '@main/diagnostics/service';
import type { RunProgram } from '@main/diagnostics/types';
import type { Engine, EngineState } from '@main/docker/types';
import type { HostInfo } from '@main/platform/host-info';

function host(parts: Partial<Omit<HostInfo, 'exists' | 'environment' | 'kernelNumber'>> & { readonly files?: readonly string[]; readonly env?: { readonly [name: string]: string }; readonly kernel?: { readonly [name: string]: number } } = {}): HostInfo {
  const { files = [], env = {}, kernel = {}, ...rest } = parts;
  return {
    platform: 'linux',
    release: '6',
    isRoot: false,
    freeBytes: () => Promise.resolve(1e12),
    writableFolder: () => Promise.resolve(undefined),
    hasSystemd: () => Promise.resolve(false),
    ...rest,
    exists: (path) => Promise.resolve(files.includes(path)),
    kernelNumber: (name) => Promise.resolve(kernel[name] ?? null),
    environment: (name) => env[name],
  };
}

const connected = (version: string, apiVersion = '1.41'): EngineState => ({
  state: 'connected',
  info: { endpoint: { uri: 'unix:///x', origin: 'default socket' }, version, apiVersion, os: 'linux', arch: 'amd64', rootless: false, name: 'n' },
});
const away: EngineState = { state: 'unreachable', message: 'Nothing answers.', tried: [] };

/** An engine that goes through these states, one a look. */
function engine(...states: readonly EngineState[]): Engine {
  let at = 0;
  const now = (): EngineState => states[Math.min(at, states.length - 1)] ?? away;
  return {
    state: now,
    connect: () => {
      const state = now();
      at += 1;
      return Promise.resolve(state);
    },
  } as unknown as Engine;
}

const ran: string[] = [];
const run: RunProgram = (path, argv) => {
  ran.push([path, ...argv].join(' '));
  return Promise.resolve({ exitCode: 0, stdout: '5.0.2\n', stderr: '' });
};

describe('starting an engine', () => {
  it.each([
    [host({ files: ['/usr/sbin/dockerd'], hasSystemd: () => Promise.resolve(true), isRoot: true }), 'systemctl start docker', true],
    [host({ files: ['/usr/sbin/dockerd'], hasSystemd: () => Promise.resolve(true) }), 'sudo systemctl start docker', false],
    [host({ files: ['/usr/sbin/dockerd', '/etc/init.d/docker'], isRoot: true }), 'service docker start', true],
    [host({}), 'sudo apt-get install docker.io', false],
    [host({ platform: 'darwin', files: ['/Applications/Docker.app'] }), 'open -a Docker', true],
    [host({ platform: 'darwin', files: ['/usr/local/bin/colima'] }), 'colima start', true],
    [host({ platform: 'darwin' }), 'brew install --cask docker', false],
    [host({ platform: 'win32' }), 'winget install Docker.DockerDesktop', false],
  ])('%#', async (machine, command, byItself) => {
    const way = await startWay(machine);
    expect([way.command, way.run !== undefined]).toEqual([command, byItself]);
  });

  it('starts it where it can, and waits for its answer', async () => {
    ran.length = 0;
    const machine = host({ files: ['/usr/sbin/dockerd'], hasSystemd: () => Promise.resolve(true), isRoot: true });
    const doctor = createDoctor([engineCheck(engine(away, away, connected('28.0.1')), machine, run)]);
    expect(await doctor.fix('engine')).toBe('Docker Engine 28.0.1 runs now.');
    expect(ran).toEqual(['/usr/bin/systemctl start docker']);
  });

  it('says the exact command where it cannot', async () => {
    const doctor = createDoctor([engineCheck(engine(away), host({}), run)]);
    await expect(doctor.fix('engine')).rejects.toMatchObject({ code: 'setup-failed', hint: 'Run this in a terminal: sudo apt-get install docker.io' });
  });
});

describe('doctor', () => {
  it('never touches an engine that answers, and knows no other names', async () => {
    ran.length = 0;
    const doctor = createDoctor([engineCheck(engine(connected('28.0.1')), host({ isRoot: true }), run)]);
    expect(await doctor.fix('engine')).toBe('There is nothing to fix.');
    expect(ran).toEqual([]);
    await expect(doctor.fix('nonsense')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('a check that fails or hangs is an answer, and the others go on', async () => {
    const doctor = createDoctor(
      [
        { name: 'hangs', group: 'disk', run: () => new Promise(() => undefined) },
        { name: 'throws', group: 'storage', run: () => Promise.reject(new AppError('service-unreachable', 'It is away.', { hint: 'Start it.' })) },
        { name: 'fine', group: 'ports', run: () => Promise.resolve({ ok: true, detail: 'Fine.' }) },
        { name: 'noted', group: 'ports', run: () => Promise.resolve({ ok: true, note: true, detail: 'So so.', change: 'Nobody can.' }) },
        { name: 'mended', group: 'engine', run: () => Promise.resolve({ ok: false, detail: 'Off.', fix: 'turn', change: 'Turns it on.' }), repair: () => Promise.resolve('') },
        { name: 'elsewhere', group: 'ports', run: () => Promise.resolve(null) },
      ],
      20,
    );
    expect((await doctor.run()).checks).toEqual([
      { name: 'hangs', group: 'disk', level: 'fail', ok: false, detail: 'No answer within 0.02 seconds.' },
      { name: 'throws', group: 'storage', level: 'fail', ok: false, detail: 'It is away.', fix: 'Start it.' },
      { name: 'fine', group: 'ports', level: 'ok', ok: true, detail: 'Fine.' },
      { name: 'noted', group: 'ports', level: 'warn', ok: true, detail: 'So so.' },
      { name: 'mended', group: 'engine', level: 'fail', ok: false, detail: 'Off.', fix: 'turn', change: 'Turns it on.' },
    ]);
  });

  it('the engine’s version: an old one is a note, one without the API a failure', async () => {
    expect(await engineVersionCheck(engine(connected('20.10.24'))).run()).toMatchObject({ ok: true, detail: expect.stringContaining('127.0.0.1') as string });
    expect((await engineVersionCheck(engine(connected('28.0.1', '1.48'))).run())?.detail).toBe('Version 28.0.1 works.');
    expect(await engineVersionCheck(engine(connected('18.09', '1.39'))).run()).toMatchObject({ ok: false });
    expect(await engineVersionCheck(engine(away)).run()).toBeNull();
  });

  it('the machine: each check in good and in bad state', async () => {
    const ok = async (check: { run(): Promise<{ readonly ok: boolean } | null> }): Promise<boolean | undefined> => (await check.run())?.ok;
    expect([await ok(diskCheck(host(), '/s', () => true)), await ok(diskCheck(host({ freeBytes: () => Promise.resolve(1e6) }), '/s', () => true))]).toEqual([true, false]);
    const small = host({ files: ['/var/lib/docker'], freeBytes: (path) => Promise.resolve(path === '/s' ? 1e12 : 1e8) });
    expect([await ok(diskCheck(small, '/s', () => true)), await ok(diskCheck(small, '/s', () => false))]).toEqual([false, true]);
    expect([await ok(stateFolderCheck(host(), '/s')), await ok(stateFolderCheck(host({ writableFolder: () => Promise.resolve('EACCES') }), '/s'))]).toEqual([true, false]);
    expect([await ok(displayCheck(host({ env: { DISPLAY: ':0' } }))), await ok(displayCheck(host())), await ok(displayCheck(host({ platform: 'darwin' })))]).toEqual([true, true, undefined]);
    expect([await ok(sandboxCheck(host())), await ok(sandboxCheck(host({ isRoot: true }))), await ok(sandboxCheck(host({ kernel: { 'kernel/unprivileged_userns_clone': 0 } })))]).toEqual([true, true, false]);
    expect([await ok(watchCheck(host({ kernel: { 'fs/inotify/max_user_watches': 524_288 } }))), await ok(watchCheck(host({ kernel: { 'fs/inotify/max_user_watches': 8192 } }))), await ok(watchCheck(host()))]).toEqual([true, false, undefined]);
    expect((await composeCheck(host({ files: ['/usr/bin/docker'] }), run).run())?.detail).toContain('5.0.2');
    expect((await composeCheck(host(), run).run())?.ok).toBe(true);
  });

  it('the bucket store is asked only when one is named', async () => {
    const open = () => ({ bucketNames: () => Promise.resolve(['a', 'b']), headBucket: () => Promise.resolve(), close: () => undefined });
    expect(await s3Check(host(), open).run()).toBeNull();
    expect((await s3Check(host({ env: { BERTH_S3_ENDPOINT: 'http://s3' } }), open).run())?.detail).toBe('http://s3 answers and has 2 buckets.');
    expect((await s3Check(host({ env: { BERTH_S3_ENDPOINT: 'http://s3', BERTH_S3_BUCKET: 'data' } }), open).run())?.detail).toContain('has the bucket data');
  });

  it('says whether Berth itself would do something about it, and what', async () => {
    const byBerth = await engineCheck(engine(away), host({ files: ['/usr/sbin/dockerd'], hasSystemd: () => Promise.resolve(true), isRoot: true }), run).run();
    expect(byBerth).toMatchObject({ fix: 'systemctl start docker', change: 'Runs “systemctl start docker” and waits until the engine answers.' });
    expect(await engineCheck(engine(away), host({}), run).run()).not.toHaveProperty('change');
  });

  it('storage and ports', async () => {
    expect(await fuseCheck(host({ files: ['/dev/fuse'] }), () => true).run()).toEqual({ ok: true, detail: 'Buckets can be mounted: /dev/fuse is there.' });
    expect(await fuseCheck(host(), () => true).run()).toMatchObject({ ok: true, note: true, fix: 'sudo modprobe fuse' });
    expect(await fuseCheck(host(), () => false).run()).toBeNull();
    const images = storageImagesCheck(engine(connected('28.0.1')), ['s3', 'rclone'], (role) => Promise.resolve(role === 's3'));
    expect((await images.run())?.detail).toBe('Not here yet: rclone. They are pulled or made when storage first needs them, after you agreed.');
    expect(await storageImagesCheck(engine(away), ['s3'], () => Promise.resolve(true)).run()).toBeNull();
    const rootless = connected('28.0.1');
    if (rootless.state === 'connected') Object.assign(rootless.info, { rootless: true });
    expect(await publishedPortsCheck(engine(rootless), host({ kernel: { 'net/ipv4/ip_unprivileged_port_start': 1024 } })).run()).toMatchObject({ ok: true, note: true });
    expect(await publishedPortsCheck(engine(rootless), host({ kernel: { 'net/ipv4/ip_unprivileged_port_start': 80 } })).run()).not.toHaveProperty('note');
    expect(await publishedPortsCheck(engine(connected('28.0.1')), host()).run()).toMatchObject({ ok: true });
    const api = (enabled: boolean, url: string | null) => localApiCheck(() => ({ socket: '/s', tcp: { enabled, url, tokenFile: '/t' } })).run();
    expect([(await api(false, null))?.ok, (await api(true, 'http://127.0.0.1:8000'))?.ok, (await api(true, null))?.ok]).toEqual([true, true, false]);
    expect([(await berthCheck('1.0.0', { node: '20.18.0', electron: '33.2.1' }).run())?.detail, (await berthCheck('1.0.0', { node: '18.0.0' }).run())?.ok]).toEqual(['Berth 1.0.0 on Node 20.18.0, Electron 33.2.1.', false]);
  });
});
