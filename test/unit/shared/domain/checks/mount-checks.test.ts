import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourceFact } from '@shared/domain/checks/facts';
import { checkReadableByService, checkSharedWithEngine, checkStaleMounts, looksSecret, readableMode, sharedFolders } from '@shared/domain/checks/mount-checks';
import type { ComposeMount, ComposeService } from '@shared/domain/compose/model';
import { DIR, input, model, source } from './check-input';

const bind = (path: string, target = '/app'): ComposeMount => ({ type: 'bind', source: path, target });
const conf = `${DIR}/app.conf`;

describe('permissions', () => {
  const run = (user: string | undefined, access: Partial<NonNullable<SourceFact['access']>>, more: Partial<ComposeService> = {}, kind: SourceFact['kind'] = 'file') =>
    checkReadableByService(
      input(model({ api: { ...(user === undefined ? {} : { user }), volumes: [bind(conf)], ...more } }), { sources: [source(conf, { kind, access: { uid: 1000, gid: 1000, mode: 0o600, ownedByUser: true, ...access } })] }),
    );
  it('says who may not read what, and how to allow it', () => {
    const [result] = run('2000', {});
    expect(result?.finding).toMatchObject({ code: 'BIND_SOURCE_PERMISSIONS', severity: 'warning', message: 'api runs as user 2000, which may not read ./app.conf.' });
    expect(result?.fixes[0]?.action).toEqual({ kind: 'set-permissions', path: conf, mode: 0o644 });
  });
  it('says the command where the fix may not be made', () => {
    expect(run('2000', {})[0]?.finding.why).not.toContain('sudo');
    expect(run('2000', { ownedByUser: false })[0]).toMatchObject({ fixes: [], finding: { why: expect.stringContaining(`by hand: sudo chmod o+r '${conf}'`) as string } });
    expect(run('2000', { ownedByUser: false }, {}, 'directory')[0]?.finding.why).toContain(`sudo chmod o+rx '${conf}'`);
  });
  it('knows by its name what is a secret', () => {
    for (const path of ['tls/server.key', './.env', '.env.local', 'certs/a.pem', 'secrets/db.txt', 'db_password.txt', 'id_rsa', '.npmrc', 'API-TOKEN']) expect([path, looksSecret(path)]).toEqual([path, true]);
    for (const path of ['app.conf', 'src/keyboard.ts', 'tokenizer.py', 'environment/a.txt', 'monkey.json']) expect([path, looksSecret(path)]).toEqual([path, false]);
  });
  it('a folder must be entered too', () => {
    expect(run('2000', { mode: 0o744 }, {}, 'directory')[0]?.fixes[0]?.action).toEqual({ kind: 'set-permissions', path: conf, mode: 0o755 });
    expect(run('2000', { mode: 0o755 }, {}, 'directory')).toEqual([]);
  });
  it('a file or folder of mode 000 gets its owner’s rights back too', () => {
    expect(run('2000', { mode: 0 })[0]?.fixes[0]?.action).toEqual({ kind: 'set-permissions', path: conf, mode: 0o644 });
    expect(run('2000', { mode: 0 }, {}, 'directory')[0]?.fixes[0]?.action).toEqual({ kind: 'set-permissions', path: conf, mode: 0o755 });
  });
  it('whoever is given the right to read, the owner may read and write, a folder be entered, and no right is taken away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o7777 }), fc.constantFrom('file' as const, 'directory' as const), fc.constantFrom('owner' as const, 'everybody' as const), (mode, kind, readers) => {
        const after = readableMode(mode, kind, readers);
        expect(after & mode).toBe(mode);
        const owner = kind === 'directory' ? 0o700 : 0o600;
        expect(after & owner).toBe(owner);
        expect(after & ~mode & 0o022).toBe(0);
        if (readers === 'owner') expect(after & 0o7077).toBe(mode & 0o7077);
        else expect(run('2000', { mode: after }, {}, kind)).toEqual([]);
      }),
    );
  });
  it('the owner, the group, root and who is unknown are silent', () => {
    expect(run('1000', {})).toEqual([]);
    expect(run('2000:1000', { mode: 0o640 })).toEqual([]);
    expect(run('2000', { mode: 0o640 }, { group_add: ['1000'] })).toEqual([]);
    expect(run('0', { mode: 0 })).toEqual([]);
    expect(run('node', {})).toEqual([]);
    expect(run(undefined, {})).toEqual([]);
  });
  it('offers nothing for what belongs to somebody else', () => expect(run('2000', { ownedByUser: false })[0]?.fixes).toEqual([]));
  it('what everybody may read is never a finding', () => {
    fc.assert(fc.property(fc.nat(70_000), fc.nat(70_000), fc.integer({ min: 0, max: 0o777 }), (uid, gid, mode) => void expect(run(`${uid}:${gid}`, { mode: mode | 0o444 })).toEqual([])));
  });
});

describe('stale mounts', () => {
  it('name the service and its line, and offer to make the container anew', () => {
    const [result] = checkStaleMounts(input(model({ api: { volumes: [bind(`${DIR}/src`, '/src'), bind(conf)] } }), { staleMounts: [{ service: 'api', kind: 'file', source: conf, target: '/app' }] }));
    expect(result?.finding).toMatchObject({ code: 'BIND_SOURCE_STALE', service: 'api', where: { line: 14 }, message: 'api still sees the old ./app.conf: it was replaced while the container ran.' });
    expect(result?.fixes[0]?.action).toEqual({ kind: 'recreate-service', service: 'api' });
    expect(result?.finding.why).toContain('A mount of one file holds that file');
  });
  it('say of a folder that was replaced what a mount holds', () => {
    const [result] = checkStaleMounts(input(model({ api: { volumes: [bind(`${DIR}/src`, '/src')] } }), { staleMounts: [{ service: 'api', kind: 'folder', source: `${DIR}/src`, target: '/src' }] }));
    expect(result?.finding).toMatchObject({ code: 'BIND_SOURCE_STALE', severity: 'warning', message: 'api still sees the old ./src: it was replaced while the container ran.', why: expect.stringContaining('A mount holds the folder itself') as string });
    expect(result?.fixes[0]?.action).toEqual({ kind: 'recreate-service', service: 'api' });
  });
});

describe('folders an engine in a virtual machine sees', () => {
  const run = (path: string, platform: string, name: string, kind: SourceFact['kind'] = 'directory') =>
    checkSharedWithEngine(input(model({ api: { volumes: [bind(path)] } }), { sources: [source(path, { kind })], engineHost: { platform, name, homeDir: '/Users/ann' } })).map(({ finding }) => finding.code);
  it.each([
    ['/Users/ann/shop/src', 'darwin', 'docker-desktop', []],
    ['/opt/shop', 'darwin', 'docker-desktop', ['BIND_SOURCE_NOT_SHARED']],
    ['/Users/bob/shop', 'darwin', 'colima', ['BIND_SOURCE_NOT_SHARED']],
    ['/opt/shop', 'darwin', 'orbstack', []],
    ['/opt/shop', 'linux', 'build-server', []],
    ['/opt/shop', 'linux', 'docker-desktop', ['BIND_SOURCE_NOT_SHARED']],
    ['D:\\shop', 'win32', 'docker-desktop', []],
    ['\\\\server\\share', 'win32', 'docker-desktop', ['BIND_SOURCE_NOT_SHARED']],
  ] as const)('%s on %s with %s: %j', (path, platform, name, expected) => expect(run(path, platform, name)).toEqual(expected));
  it('sockets are the engine’s own', () => expect(run('/var/run/docker.sock', 'darwin', 'docker-desktop', 'socket')).toEqual([]));
  it('an engine on the same machine shares everything', () => expect(sharedFolders({ platform: 'linux', name: 'host', homeDir: '/home/ann' })).toBeUndefined());
});
