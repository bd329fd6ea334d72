import { describe, expect, it } from 'vitest';
import { Authorizer } from '@main/docker/authorize';
import type { Authorization } from '@main/docker/types';
import { volumeFailure } from '@main/docker/volume-failure';
import { PieceReader } from '@main/docker/volume-pieces';
import type { EngineCall } from '@main/docker/transport';
import { volumeRunPayload, type VolumeRun } from '@shared/domain/engine/volume-run';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';

const IMAGE = `sha256:${'a'.repeat(64)}`;
const mine: Authorization = { projectDir: '/home/me/shop', projectName: 'shop', trustedFactKeys: [] };
const owner = { image: IMAGE, projectName: 'shop', projectDir: '/home/me/shop' };
const plain = (name: string, project: string | null, more: JsonObject = {}): JsonObject => ({
  Name: name, Driver: 'local', Options: null, Mountpoint: `/var/lib/docker/volumes/${name}/_data`, Labels: project === null ? null : { 'com.docker.compose.project': project }, ...more,
});
const VOLUMES: { readonly [path: string]: JsonObject } = {
  '/volumes/data': plain('data', 'shop'),
  '/volumes/staged': plain('staged', 'shop'),
  '/volumes/hand': plain('hand', null),
  '/volumes/theirs': plain('theirs', 'else'),
  '/volumes/mounted': plain('mounted', 'shop', { Options: { type: 'none', o: 'bind', device: '/etc' } }),
};

function authorizer(): Authorizer {
  const made = new Authorizer({ read: (path) => (VOLUMES[path] === undefined ? Promise.reject(new AppError('not-found', `There is no ${path}.`)) : Promise.resolve(VOLUMES[path])), local: () => false });
  made.noteVolumeImage(IMAGE);
  return made;
}

function create(body: JsonObject): EngineCall {
  return { method: 'POST', path: '/containers/create', query: { name: 'berth-volume-1' }, body, doing: 'create berth-volume-1' };
}

async function judged(run: VolumeRun, more: { readonly authorization?: Authorization; readonly change?: (payload: JsonObject) => JsonObject } = {}): Promise<string> {
  const payload = volumeRunPayload(run, owner);
  return authorizer().authorize(create(more.change === undefined ? payload : more.change(payload)), more.authorization ?? mine).then(() => 'sent', (error: unknown) => (error instanceof AppError ? error.code : String(error)));
}

const host = (change: JsonObject) => (payload: JsonObject): JsonObject => ({ ...payload, HostConfig: { ...(payload['HostConfig'] as JsonObject), ...change } });
const trusting = (...trustedFactKeys: readonly string[]): Authorization => ({ ...mine, trustedFactKeys });

describe('a run of the volume program', () => {
  it.each<[string, VolumeRun]>([
    ['reads a volume of the project', { command: 'read', source: { volume: 'data' } }],
    ['reads one that was made by hand', { command: 'read', source: { volume: 'hand' } }],
    ['reads a folder of the project', { command: 'read', source: { bind: '/home/me/shop/data' } }],
    ['writes', { command: 'write', volume: 'staged' }],
    ['copies', { command: 'copy', from: 'data', to: 'staged' }],
    ['puts back into a folder of the project', { command: 'merge', from: 'data', aside: 'staged', bind: '/home/me/shop/data' }],
    ['takes that back', { command: 'take-back', aside: 'staged', bind: '/home/me/shop/data' }],
    ['tells folders apart', { command: 'identities', volumes: ['data', 'staged', 'mounted'] }],
    ['exchanges', { command: 'exchange', parent: '/var/lib/docker/volumes', one: 'data', other: 'staged' }],
  ])('%s', async (_what, run) => {
    expect(await judged(run)).toBe('sent');
  });

  it.each<[string, VolumeRun, string]>([
    ['a volume of others', { command: 'read', source: { volume: 'theirs' } }, 'trust-required'],
    ['a volume that is not there', { command: 'write', volume: 'none' }, 'not-found'],
    ['one of others among its own', { command: 'identities', volumes: ['data', 'theirs'] }, 'trust-required'],
    ['a folder of this computer', { command: 'read', source: { bind: '/etc' } }, 'trust-required'],
    ['the socket of the engine', { command: 'read', source: { bind: '/var/run/docker.sock' } }, 'trust-required'],
    ['a folder of this computer to change it', { command: 'merge', from: 'data', aside: 'staged', bind: '/etc' }, 'trust-required'],
    ['what a merge replaced, in a volume of others', { command: 'take-back', aside: 'theirs', bind: '/home/me/shop/data' }, 'trust-required'],
    ['another folder than that of the volumes', { command: 'exchange', parent: '/var/lib/docker', one: 'data', other: 'staged' }, 'policy-refused'],
    ['the whole disk', { command: 'exchange', parent: '/', one: 'data', other: 'staged' }, 'policy-refused'],
    ['an exchange with a volume of others', { command: 'exchange', parent: '/var/lib/docker/volumes', one: 'data', other: 'theirs' }, 'trust-required'],
    ['an exchange with what is mounted', { command: 'exchange', parent: '/var/lib/docker/volumes', one: 'data', other: 'mounted' }, 'policy-refused'],
    ['an exchange with itself', { command: 'exchange', parent: '/var/lib/docker/volumes', one: 'data', other: 'data/../..' }, 'policy-refused'],
  ])('does not reach %s', async (_what, run, code) => {
    expect(await judged(run)).toBe(code);
  });

  it('gets a socket that this Berth listens on, and no other', async () => {
    const run: VolumeRun = { command: 'read', source: { volume: 'data' }, socket: '/tmp/berth-volume-abc/socket' };
    expect(await judged(run)).toBe('policy-refused');
    const noted = authorizer();
    noted.noteVolumeSocket('/tmp/berth-volume-abc/socket');
    await expect(noted.authorize(create(volumeRunPayload(run, owner)), mine)).resolves.toMatchObject({ body: volumeRunPayload(run, owner) });
    const folder: VolumeRun = { command: 'read', source: { bind: '/home/me/shop/data' }, socket: '/tmp/berth-volume-abc/socket' };
    await expect(noted.authorize(create(volumeRunPayload(folder, owner)), mine)).resolves.toMatchObject({ body: volumeRunPayload(folder, owner) });
    await expect(noted.authorize(create(volumeRunPayload({ ...run, socket: '/var/run/docker.sock' }, owner)), mine)).rejects.toMatchObject({ code: 'policy-refused' });
  });

  it('gets a folder for packs that this Berth made, and no other, and none without a socket', async () => {
    const run: VolumeRun = { command: 'read', source: { volume: 'data' }, socket: '/tmp/berth-volume-abc/socket', packs: '/state/snapshots/.tmp-1' };
    const noted = authorizer();
    noted.noteVolumeSocket('/tmp/berth-volume-abc/socket');
    await expect(noted.authorize(create(volumeRunPayload(run, owner)), mine)).rejects.toMatchObject({ code: 'policy-refused' });
    noted.notePackFolder('/state/snapshots/.tmp-1');
    await expect(noted.authorize(create(volumeRunPayload(run, owner)), mine)).resolves.toMatchObject({ body: volumeRunPayload(run, owner) });
    const folder: VolumeRun = { ...run, source: { bind: '/home/me/shop/data' } };
    await expect(noted.authorize(create(volumeRunPayload(folder, owner)), mine)).resolves.toMatchObject({ body: volumeRunPayload(folder, owner) });
    await expect(noted.authorize(create(volumeRunPayload({ ...run, packs: '/home/me' }, owner)), mine)).rejects.toMatchObject({ code: 'policy-refused' });
    const { socket, ...without } = run;
    expect(socket).toContain('socket');
    expect(volumeRunPayload(without, owner)).toEqual(volumeRunPayload({ command: 'read', source: { volume: 'data' } }, owner));
  });

  it('reaches what the user agreed to for a service, and what is beneath it', async () => {
    expect(await judged({ command: 'read', source: { volume: 'theirs' } }, { authorization: trusting('foreign-volume:db:theirs') })).toBe('sent');
    expect(await judged({ command: 'read', source: { volume: 'theirs' } }, { authorization: trusting('foreign-volume:db:not-theirs') })).toBe('trust-required');
    expect(await judged({ command: 'read', source: { bind: '/mnt/efs/a' } }, { authorization: trusting('bind-outside:web:/mnt/efs:rw') })).toBe('sent');
    expect(await judged({ command: 'read', source: { bind: '/mnt/efs2' } }, { authorization: trusting('bind-outside:web:/mnt/efs:rw') })).toBe('trust-required');
    for (const [key, code] of [['bind-outside:web:/mnt/efs:rw', 'sent'], ['bind-outside:web:/mnt/efs:ro', 'trust-required']] as const) {
      expect(await judged({ command: 'merge', from: 'data', aside: 'staged', bind: '/mnt/efs/a' }, { authorization: trusting(key) })).toBe(code);
      expect(await judged({ command: 'take-back', aside: 'staged', bind: '/mnt/efs' }, { authorization: trusting(key) })).toBe(code);
    }
    expect(await judged({ command: 'read', source: { bind: '/mnt' } }, { authorization: trusting('bind-outside:web:/mnt/efs:rw') })).toBe('trust-required');
  });

  it.each<[string, (payload: JsonObject) => JsonObject]>([
    ['another image', (payload) => ({ ...payload, Image: `sha256:${'b'.repeat(64)}` })],
    ['an image by its name', (payload) => ({ ...payload, Image: 'berth/volume:0123456789ab' })],
    ['another command', (payload) => ({ ...payload, Cmd: ['sh'] })],
    ['another program', (payload) => ({ ...payload, Entrypoint: ['/bin/sh'] })],
    ['a variable', (payload) => ({ ...payload, Env: ['LD_PRELOAD=/volume/x.so'] })],
    ['another owner', (payload) => ({ ...payload, Labels: { ...(payload['Labels'] as JsonObject), 'dev.berth.project': 'else' } })],
    ['another folder', (payload) => ({ ...payload, Labels: { ...(payload['Labels'] as JsonObject), 'com.docker.compose.project.working_dir': '/' } })],
    ['a network', host({ NetworkMode: 'bridge' })],
    ['full access', host({ Privileged: true })],
    ['another right', host({ CapAdd: ['DAC_READ_SEARCH', 'SYS_ADMIN'] })],
    ['a root that can be written to', host({ ReadonlyRootfs: false })],
    ['a log', host({ LogConfig: { Type: 'json-file', Config: {} } })],
    ['a volume that can be written to', host({ Mounts: [{ Type: 'volume', Source: 'data', Target: '/volume', ReadOnly: false, VolumeOptions: { NoCopy: true } }] })],
    ['another mount', (payload) => host({ Mounts: [...((payload['HostConfig'] as JsonObject)['Mounts'] as readonly JsonObject[]), { Type: 'bind', Source: '/', Target: '/from', ReadOnly: true }] })(payload)],
    ['a bind', host({ Binds: ['/:/volume:z'] })],
    ['volumes of another container', host({ VolumesFrom: ['x'] })],
  ])('has not %s', async (_what, change) => {
    expect(await judged({ command: 'read', source: { volume: 'data' } }, { change })).toBe('policy-refused');
  });

  it('that does not say what it is gets what any container gets', async () => {
    const { Labels: labels, ...rest } = volumeRunPayload({ command: 'exchange', parent: '/var/lib/docker/volumes', one: 'data', other: 'staged' }, owner);
    const { 'dev.berth.role': role, ...others } = labels as JsonObject;
    expect(role).toBe('volume-program');
    await expect(authorizer().authorize(create({ ...rest, Labels: others }), mine)).rejects.toMatchObject({ code: 'trust-required' });
  });

  it('is the only thing that is attached to', async () => {
    const one = authorizer();
    const attach: EngineCall = { method: 'POST', path: '/containers/abc/attach', query: { stream: true, stdin: true, stdout: true, stderr: true }, doing: 'attach' };
    one.noteContainer('abc');
    await expect(one.authorize(attach, mine)).rejects.toMatchObject({ code: 'policy-refused' });
    await expect(one.authorize({ ...attach, query: { ...attach.query, detachKeys: 'a' } }, mine)).rejects.toMatchObject({ code: 'policy-refused' });
  });

  it('has an image that may be added, and nothing else may', async () => {
    const query = { fromSrc: '-', repo: 'berth/volume', tag: '0123456789ab' };
    const add: EngineCall = { method: 'POST', path: '/images/create', query, upload: Buffer.from(''), doing: 'add the volume program' };
    const outcome = (call: EngineCall) => authorizer().authorize(call, mine).then(() => 'sent', (error: unknown) => (error as AppError).code);
    expect(await outcome(add)).toBe('sent');
    for (const other of [{ ...query, repo: 'busybox' }, { ...query, tag: 'latest' }, { ...query, fromSrc: 'http://somewhere/x.tar' }, { ...query, changes: 'USER root' }, { ...query, platform: 'linux/arm' }]) expect(await outcome({ ...add, query: other })).toBe('policy-refused');
    await expect(authorizer().authorize(add, { ...mine, trustedFactKeys: null })).rejects.toMatchObject({ code: 'trust-required' });
    await expect(authorizer().authorize(add, null)).rejects.toMatchObject({ code: 'policy-refused' });
  });
});

describe('what the volume program says', () => {
  it('comes out of the engine’s stream however it was cut, its words for people apart', () => {
    const framed = (stream: number, text: string): Buffer => {
      const head = Buffer.alloc(8);
      head[0] = stream;
      head.writeUInt32BE(text.length, 4);
      return Buffer.concat([head, Buffer.from(text)]);
    };
    const all = Buffer.concat([framed(1, 'one'), framed(2, 'oh no'), framed(1, ''), framed(1, ' and two')]);
    for (let size = 1; size <= all.length; size += 1) {
      const reader = new PieceReader();
      let said = '';
      for (let at = 0; at < all.length; at += size) said += Buffer.concat(reader.push(all.subarray(at, at + size))).toString();
      expect([said, reader.said]).toEqual(['one and two', 'oh no']);
    }
  });

  it('becomes an error with a code that somebody can act on', () => {
    const codes = ['disk-full', 'not-supported', 'damaged', 'refused', 'not-empty', 'io', 'read-only', 'what'].map((code) => volumeFailure({ code, path: 'a/b', text: 'it is so' }).code);
    expect(codes).toEqual(['disk-full', 'not-supported', 'damaged', 'policy-refused', 'busy', 'engine-refused', 'engine-refused', 'engine-refused']);
  });
});
