import { describe, expect, it } from 'vitest';
import { finding } from '@shared/domain/findings/finding';
import { runChecks } from '@shared/domain/checks/run-checks';
import { codes, container, DIR, input, model, network, observed, volume } from './check-input';

const net = (name: string, labels = {}) => ({ id: name, name, driver: 'bridge', labels, subnets: [], containerIds: [] });
const vol = (name: string, labels = {}) => ({ name, driver: 'local', labels, createdAt: '' });
const of = (project: string) => ({ 'com.docker.compose.project': project });

describe('names and externals', () => {
  it('the same project name from another folder', () => {
    const parts = (workingDir: string) => ({ observed: observed({ containers: [container({ name: 'shop-a-1', project: 'shop', workingDir })] }) });
    expect(codes(model({ a: {} }), parts('/home/bob/shop'))).toEqual(['PROJECT_NAME_TAKEN']);
    expect(codes(model({ a: {} }), parts(DIR))).toEqual([]);
    expect(codes(model({ a: {} }), { ...parts('/link/shop'), realWorkingDirs: new Map([['/link/shop', DIR]]) })).toEqual([]);
    expect(codes(model({ a: {} }), parts(''))).toEqual([]);
  });
  it('container names', () => {
    const foreign = observed({ foreign: [container({ name: 'db', id: 'd' }), container({ name: 'shop-b-1', id: 'e' })] });
    expect(codes(model({ a: { container_name: 'db' } }), { observed: foreign })).toEqual(['CONTAINER_NAME_TAKEN']);
    expect(codes(model({ b: {} }), { observed: foreign })).toEqual(['CONTAINER_NAME_TAKEN']);
    expect(codes(model({ a: { container_name: 'db' } }), { observed: foreign, stopping: new Set(['d']) })).toEqual([]);
    expect(codes(model({ a: {} }), { observed: foreign })).toEqual([]);
  });
  it('networks and volumes of others', () => {
    const composeModel = model({ a: {} }, { networks: { front: network('front') }, volumes: { data: volume('data') } });
    expect(codes(composeModel, { observed: observed({ networks: [net('front', of('other'))], volumes: [vol('data', of('other'))] }) })).toEqual(['NETWORK_NAME_TAKEN', 'VOLUME_NAME_TAKEN']);
    expect(codes(composeModel, { observed: observed({ networks: [net('front', of('shop'))], volumes: [vol('data', of('shop'))] }) })).toEqual([]);
    expect(codes(composeModel, { observed: observed({ networks: [net('front')], volumes: [vol('data')] }) })).toEqual(['NETWORK_NAME_TAKEN']);
  });
  it('volumes that were made with other settings', () => {
    const composeModel = model({ a: {} }, { volumes: { data: volume('data', { driver_opts: { type: 'tmpfs', device: 'tmpfs' } }) } });
    const there = (parts: object) => ({ ...vol('data', { ...of('shop'), 'com.docker.compose.config-hash': 'old' }), ...parts });
    const found = (parts: object, hash: string | undefined = 'new') => runChecks({ ...input(composeModel, { observed: observed({ volumes: [there(parts)] }) }, hash === undefined ? {} : { volumeHashes: { data: hash } }) }).map((result) => [result.finding.code, /\((.*?)\)/.exec(result.finding.message)?.[1]]);
    expect(found({})).toEqual([['VOLUME_CHANGED', 'driver_opts.device, driver_opts.type']]);
    expect(found({ driver: 'nfs', options: { type: 'tmpfs', device: 'none', o: 'ro' } })).toEqual([['VOLUME_CHANGED', 'driver, driver_opts.device, driver_opts.o']]);
    expect(found({ options: { type: 'tmpfs', device: 'tmpfs' } })).toEqual([['VOLUME_CHANGED', 'its labels']]);
    expect(found({}, 'old')).toEqual([]);
    expect(found({ labels: { ...of('shop') } })).toEqual([]);
    expect(found({ labels: { ...of('other'), 'com.docker.compose.config-hash': 'old' } })).toEqual([['VOLUME_NAME_TAKEN', undefined]]);
  });
  it('externals', () => {
    const composeModel = model({ a: {} }, { networks: { edge: network('edge', { external: true }), host: network('host', { external: true }) }, volumes: { data: volume('data', { external: true }) } });
    const missing = runChecks(input(composeModel));
    expect(missing.map((result) => result.finding.code)).toEqual(expect.arrayContaining(['EXTERNAL_NETWORK_MISSING', 'EXTERNAL_VOLUME_MISSING']));
    expect(missing.flatMap((result) => result.fixes.map((fix) => fix.action.kind)).sort()).toEqual(['create-network', 'create-volume']);
    expect(codes(composeModel, { observed: observed({ networks: [net('edge')], volumes: [vol('data')] }) })).toEqual([]);
  });
  it('an engine that does not answer is one warning, and the load’s findings are in the answer once', () => {
    const cycle = finding({ code: 'DEPENDENCY_CYCLE', severity: 'error', object: 'a', message: 'm', why: 'w' });
    const results = runChecks(input(model({ a: {} }), { observed: null }, { findings: [cycle, cycle] }));
    expect(results.map((result) => [result.finding.severity, result.finding.code])).toEqual([
      ['error', 'DEPENDENCY_CYCLE'],
      ['warning', 'ENGINE_NOT_ASKED'],
    ]);
  });
  it('ids are stable across runs and differ between objects', () => {
    const composeModel = model({ a: { ports: [{ target: 80, published: '80', protocol: 'tcp' }, { target: 81, published: '81', protocol: 'tcp' }] } });
    const ids = () => runChecks(input(composeModel)).map((result) => result.finding.id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(2);
  });
});
