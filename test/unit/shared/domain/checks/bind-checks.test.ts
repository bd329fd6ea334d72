import { describe, expect, it } from 'vitest';
import { checkBindSources, checkFileObjects, checkWholeProjectBinds } from '@shared/domain/checks/bind-checks';
import { checkProdBinds, isProdMode } from '@shared/domain/checks/prod-checks';
import type { SourceFact } from '@shared/domain/checks/facts';
import type { ComposeMount } from '@shared/domain/compose/model';
import { DIR, input, model, source } from './check-input';

const bind = (from: string, target: string, parts: Partial<ComposeMount> = {}): ComposeMount => ({ type: 'bind', source: from, target, ...parts });
const one = (mount: ComposeMount) => model({ api: { volumes: [mount] } });
const sources = (mount: ComposeMount, fact: Partial<SourceFact>) => checkBindSources(input(one(mount), { sources: [source(mount.source ?? '', fact)] }));

describe('bind sources', () => {
  it('a missing file is an error with file, line, service and the right fix', () => {
    const [result] = sources(bind(`${DIR}/service/old-file.py`, '/app/old-file.py'), { state: 'missing', kind: 'other' });
    expect(result?.finding).toMatchObject({ code: 'BIND_SOURCE_MISSING', severity: 'error', service: 'api', where: { line: 14 }, message: 'api mounts ./service/old-file.py, which does not exist.' });
    expect(result?.fixes).toMatchObject([{ title: 'Create the empty file ./service/old-file.py', action: { kind: 'create-file' } }, { action: { kind: 'remove-mount', service: 'api', index: 0 } }]);
  });
  it('a moved source is proposed first, and the words say how sure that is', () => {
    const moved = (by: 'content' | 'name') => sources(bind(`${DIR}/old.py`, '/app/old.py'), { state: 'missing', kind: 'other', movedTo: { path: `${DIR}/src/old.py`, by } })[0];
    expect(moved('content')?.fixes[0]).toMatchObject({ title: 'Write ./src/old.py in the file', action: { kind: 'set-source', from: `${DIR}/old.py`, to: `${DIR}/src/old.py` } });
    expect(moved('content')?.finding.why).toContain('It was moved to ./src/old.py');
    expect(moved('name')?.finding.why).toContain('It may have been moved');
  });
  it('of a moved folder the path in the container is offered too, as a fix of its own and in words; where it is called otherwise it stays', () => {
    const moved = (target: string) => sources(bind(`${DIR}/ai-brain/orchestration`, target), { state: 'missing', kind: 'other', movedTo: { path: `${DIR}/ai-brain/core/orchestration`, by: 'content' } })[0];
    const found = moved('/app/orchestration');
    expect(found?.fixes.slice(0, 2)).toMatchObject([
      { title: 'Write ./ai-brain/core/orchestration in the file', action: { kind: 'set-source' } },
      { title: 'Write ./ai-brain/core/orchestration in the file, and /app/core/orchestration in the container', action: { kind: 'move-mount', targetFrom: '/app/orchestration', targetTo: '/app/core/orchestration' } },
    ]);
    expect(new Set(found?.fixes.map((fix) => fix.id)).size).toBe(found?.fixes.length);
    expect(found?.finding.why).toContain('In the container it stays at /app/orchestration; it can follow to /app/core/orchestration, and what reads it there must then be changed as well.');
    expect(moved('/srv/flows')?.fixes.map((fix) => fix.action.kind)).toEqual(['set-source', 'create-folder', 'remove-mount']);
    expect(moved('/srv/flows')?.finding.why).not.toContain('follow');
  });
  it('a missing folder gets a folder; outside the project nothing is created', () => {
    expect(sources(bind(`${DIR}/src`, '/app/src'), { state: 'missing' })[0]?.fixes[0]?.action.kind).toBe('create-folder');
    expect(sources(bind('/srv/data', '/data'), { state: 'missing' })[0]?.fixes.map((fix) => fix.action.kind)).toEqual(['remove-mount']);
  });
  it('a link that leads nowhere is called that, and nothing is created in its place', () => {
    const [result] = sources(bind(`${DIR}/loop`, '/data'), { state: 'missing', isBrokenLink: true });
    expect(result?.finding).toMatchObject({ code: 'BIND_SOURCE_MISSING', severity: 'error', message: 'api mounts ./loop, a link that leads nowhere.' });
    expect(result?.fixes.map((fix) => fix.action.kind)).toEqual(['remove-mount']);
  });
  it('what is there in the right kind says nothing', () => {
    expect(sources(bind(`${DIR}/src`, '/app/src'), { kind: 'directory' })).toEqual([]);
    expect(sources(bind(`${DIR}/nginx.conf`, '/etc/nginx/nginx.conf'), { kind: 'file' })).toEqual([]);
    expect(sources(bind('/var/run/docker.sock', '/var/run/docker.sock'), { kind: 'socket' })).toEqual([]);
    expect(sources(bind(`${DIR}/conf.d`, '/etc/nginx/conf.d'), { kind: 'directory' })).toEqual([]);
    expect(sources(bind(`${DIR}/tool`, '/usr/local/bin/tool'), { kind: 'file' })).toEqual([]);
  });
  it('the empty folder Docker leaves behind is told from a folder somebody filled', () => {
    expect(sources(bind(`${DIR}/old-file.py`, '/app/old-file.py'), { empty: true, ownedByRoot: true })[0]).toMatchObject({
      finding: { code: 'BIND_SOURCE_LEFTOVER', severity: 'error', confidence: 'certain' },
      fixes: [{ action: { kind: 'replace-folder-by-file' } }],
    });
    expect(sources(bind(`${DIR}/config`, '/app/config.json'), {})[0]?.finding).toMatchObject({ code: 'BIND_SOURCE_TYPE', severity: 'error' });
    expect(sources(bind(`${DIR}/chart.js`, '/app/chart.js'), {})[0]?.finding).toMatchObject({ code: 'BIND_SOURCE_TYPE', severity: 'warning', confidence: 'possible' });
  });
  it('a file on a folder', () => {
    expect(sources(bind(`${DIR}/init.sql`, '/docker-entrypoint-initdb.d'), { kind: 'file' })[0]?.finding.code).toBe('BIND_SOURCE_TYPE');
    expect(sources(bind(`${DIR}/init.sql`, '/docker-entrypoint-initdb.d/init.sql'), { kind: 'file' })).toEqual([]);
  });
  it('a file goes into the folder under its own name, unless something is there', () => {
    const [result] = sources(bind(`${DIR}/init.sql`, '/docker-entrypoint-initdb.d/'), { kind: 'file' });
    expect(result?.fixes).toMatchObject([{ title: 'Mount ./init.sql on /docker-entrypoint-initdb.d/init.sql', action: { kind: 'set-target', from: '/docker-entrypoint-initdb.d/', to: '/docker-entrypoint-initdb.d/init.sql' } }, { action: { kind: 'remove-mount' } }]);
    const both = model({ api: { volumes: [bind(`${DIR}/init.sql`, '/docker-entrypoint-initdb.d'), bind(`${DIR}/b.sql`, '/docker-entrypoint-initdb.d/init.sql')] } });
    const found = checkBindSources(input(both, { sources: [source(`${DIR}/init.sql`, { kind: 'file' }), source(`${DIR}/b.sql`, { kind: 'file' })] }));
    expect(found.map(({ fixes }) => fixes.map(({ action }) => action.kind))).toEqual([['remove-mount']]);
  });
  it('of a folder on a file, the file of that name in it is what was meant', () => {
    const look = (inside: Partial<SourceFact>) =>
      checkBindSources(input(one(bind(`${DIR}/nginx`, '/etc/nginx/nginx.conf')), { sources: [source(`${DIR}/nginx`, {}), source(`${DIR}/nginx/nginx.conf`, { kind: 'file', ...inside })] }))[0]?.fixes.map(({ action }) => action.kind);
    expect(look({})).toEqual(['set-source', 'remove-mount']);
    for (const other of [{ state: 'missing' }, { kind: 'directory' }, { realPath: '/etc/passwd' }] as const) expect(look(other)).toEqual(['remove-mount']);
  });
  it('the image says that a target is a folder', () => {
    const composeModel = model({ db: { image: 'own-db', volumes: [bind(`${DIR}/dump`, '/store')] } });
    const images = { 'own-db': { id: 'sha256:1', tags: [], labels: {}, volumes: ['/store'], exposedPorts: [], architecture: 'amd64', os: 'linux', hasHealthcheck: false } };
    const found = checkBindSources(input(composeModel, { sources: [source(`${DIR}/dump`, { kind: 'file' })], observed: { name: 'shop', containers: [], foreign: [], networks: [], volumes: [], images } }));
    expect(found[0]?.finding.code).toBe('BIND_SOURCE_TYPE');
  });
  it('wrong case: an error where it is missing, a warning where the disk does not care', () => {
    expect(sources(bind(`${DIR}/Src`, '/app/src'), { state: 'missing', otherCase: `${DIR}/src` })[0]).toMatchObject({
      finding: { code: 'BIND_SOURCE_CASE', severity: 'error', message: 'api mounts ./Src, but on disk it is spelled ./src.' },
      fixes: [{ action: { kind: 'set-source', to: `${DIR}/src` } }],
    });
    expect(sources(bind(`${DIR}/Src`, '/app/src'), { realPath: `${DIR}/Src`, otherCase: `${DIR}/src` })[0]?.finding.severity).toBe('warning');
  });
  it('a link out of the project is an error, one inside and a bind that says so are not', () => {
    expect(sources(bind(`${DIR}/data`, '/data'), { realPath: '/home/ann/.ssh' })[0]?.finding).toMatchObject({ code: 'BIND_SOURCE_LEAVES_PROJECT', severity: 'error' });
    expect(sources(bind(`${DIR}/data`, '/data'), { realPath: `${DIR}/real` })).toEqual([]);
    expect(sources(bind('/srv/data', '/data'), { realPath: '/mnt/data' })).toEqual([]);
    // A sibling that only starts with the same letters is outside.
    expect(sources(bind(`${DIR}/data`, '/data'), { realPath: `${DIR}-evil` })).toHaveLength(1);
  });
  it('unreadable and hanging sources', () => {
    expect(sources(bind(`${DIR}/a`, '/a'), { state: 'unreadable' })[0]?.finding).toMatchObject({ code: 'BIND_SOURCE_UNREADABLE', severity: 'warning' });
    expect(sources(bind(`${DIR}/a`, '/a'), { state: 'unresponsive' })[0]?.finding).toMatchObject({ code: 'BIND_SOURCE_UNRESPONSIVE', severity: 'error' });
  });
});

describe('whole project', () => {
  const whole = (from: string, prod = false) => checkWholeProjectBinds(input(one(bind(from, '/app')), { prod }));
  it('the folder and its parent are not selective', () => {
    expect(whole(DIR)[0]?.finding).toMatchObject({ code: 'BIND_WHOLE_PROJECT', severity: 'warning' });
    expect(whole('/home/ann')).toHaveLength(1);
  });
  it('a part of it, the root, and a prod mode say nothing here', () => {
    expect([...whole(`${DIR}/src`), ...whole('/'), ...whole('/home/ann/sh'), ...whole(DIR, true)]).toEqual([]);
  });
});

describe('secrets and configs from files', () => {
  const facts = (state: SourceFact['state']) => ({ sources: [source(`${DIR}/key.txt`, { state, kind: 'file' as const })] });
  const composeModel = (used: boolean) => model({ api: used ? { secrets: [{ source: 'key' }] } : {} }, { secrets: { key: { name: 'shop_key', file: `${DIR}/key.txt` } } });
  it('missing, present, unused', () => {
    expect(checkFileObjects(input(composeModel(true), facts('missing')))[0]?.finding).toMatchObject({ code: 'FILE_OBJECT_MISSING', severity: 'error' });
    expect(checkFileObjects(input(composeModel(true), facts('present')))).toEqual([]);
    expect(checkFileObjects(input(composeModel(false), facts('missing')))).toEqual([]);
  });
});

describe('security profiles from files', () => {
  const found = (option: string, state: SourceFact['state']) => checkFileObjects(input(model({ api: { security_opt: ['no-new-privileges:true', option] } }), { sources: [source(`${DIR}/rules/p.json`, { state, kind: 'file' as const })] }));
  it('missing and present, and those that name no file', () => {
    expect(found('seccomp:./rules/x/../p.json', 'missing')[0]?.finding).toMatchObject({ code: 'FILE_OBJECT_MISSING', service: 'api', message: 'The seccomp profile of api is read from ./rules/x/../p.json, which does not exist.' });
    expect(found(`seccomp=${DIR}/rules/p.json`, 'missing')).toHaveLength(1);
    expect([...found('seccomp=rules/p.json', 'present'), ...found('seccomp:unconfined', 'missing'), ...found('apparmor:p.json', 'missing')]).toEqual([]);
  });
});

describe('binds in prod', () => {
  const verdict = (mount: ComposeMount, kind: SourceFact['kind'] = 'file') => {
    const [result] = checkProdBinds(input(one(mount), { prod: true, sources: [source(mount.source ?? '', { kind })] }));
    return `${result?.finding.severity} ${result?.finding.code}`;
  };
  it.each([
    ['code', bind(`${DIR}/src`, '/app/src', { read_only: true }), 'directory', 'error BIND_IN_PROD'],
    ['a code file', bind(`${DIR}/main.py`, '/app/main.py', { read_only: true }), 'file', 'error BIND_IN_PROD'],
    ['the project', bind(DIR, '/app'), 'directory', 'error BIND_IN_PROD'],
    ['data', bind(`${DIR}/data`, '/var/lib/postgresql/data'), 'directory', 'error BIND_IN_PROD'],
    ['read-only configuration', bind(`${DIR}/nginx.conf`, '/etc/nginx/nginx.conf', { read_only: true }), 'file', 'warning BIND_CONFIG_IN_PROD'],
    ['read-only init folder', bind(`${DIR}/init`, '/docker-entrypoint-initdb.d', { read_only: true }), 'directory', 'warning BIND_CONFIG_IN_PROD'],
    ['writable configuration', bind(`${DIR}/nginx.conf`, '/etc/nginx/nginx.conf'), 'file', 'error BIND_IN_PROD'],
    ['the engine socket', bind('/var/run/docker.sock', '/var/run/docker.sock', { read_only: true }), 'socket', 'warning BIND_SYSTEM_IN_PROD'],
    ['a folder elsewhere', bind('/srv/code', '/app'), 'directory', 'error BIND_IN_PROD'],
  ] as const)('%s', (_, mount, kind, expected) => expect(verdict(mount, kind)).toBe(expected));
  it('offers read-only where that is enough', () => {
    const found = checkProdBinds(input(one(bind(`${DIR}/nginx.conf`, '/etc/nginx/nginx.conf')), { prod: true, sources: [source(`${DIR}/nginx.conf`, { kind: 'file' })] }));
    expect(found[0]?.fixes[0]?.action.kind).toBe('set-read-only');
  });
  it('says nothing in dev, nor of named volumes', () => {
    expect(checkProdBinds(input(one(bind(`${DIR}/src`, '/app'))))).toEqual([]);
    expect(checkProdBinds(input(one({ type: 'volume', source: 'data', target: '/data' }), { prod: true }))).toEqual([]);
  });
  it('knows its names', () => {
    expect(['prod', 'Production', 'clean'].every(isProdMode)).toBe(true);
    expect(['dev', 'default', 'product', 'staging'].some(isProdMode)).toBe(false);
  });
});
