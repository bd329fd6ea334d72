import { describe, expect, it } from 'vitest';
import { checkDataAcrossModes } from '@shared/domain/checks/data-checks';
import { checkOwnHealth, checkPlainDependencies } from '@shared/domain/checks/dependency-checks';
import type { ComposeService } from '@shared/domain/compose/model';
import { FILE, input, loaded, model, observed, volume } from './check-input';

const image = (hasHealthcheck: boolean) => ({ id: 'i', tags: [], labels: {}, volumes: [], exposedPorts: [], architecture: '', os: '', hasHealthcheck });

describe('data that another mode has', () => {
  const at = (source: string, target = '/data') => ({ volumes: [{ type: 'volume' as const, source, target }] });
  const run = (here: Partial<ComposeService>, there: Partial<ComposeService>) => {
    const volumes = { volumes: { dev: volume('shop_dev'), data: volume('shop_data') } };
    return checkDataAcrossModes(input(model({ db: here }, volumes), { otherModes: { dev: model({ db: there }, volumes) } })).map(({ finding }) => finding.message);
  };
  it('is said once, with what is there instead', () => {
    expect(run(at('data'), at('dev'))).toEqual(['db keeps its data in the volume shop_dev in dev; in this mode there is the volume shop_data at /data.']);
    expect(run({}, at('dev'))).toEqual(['db keeps its data in the volume shop_dev in dev; in this mode there is nothing at /data.']);
    expect(run({ volumes: [{ type: 'bind', source: '/x', target: '/data' }] }, at('dev'))).toEqual(['db keeps its data in the volume shop_dev in dev; in this mode there is something else at /data.']);
  });
  it('the same volume, an anonymous one and a cache are none', () => {
    expect(run(at('data'), at('data'))).toEqual([]);
    expect(run({}, { volumes: [{ type: 'volume', target: '/data' }] })).toEqual([]);
    expect(run({}, at('dev', '/app/node_modules'))).toEqual([]);
  });
});

describe('health checks', () => {
  const own = (parts: Partial<ComposeService>, others: { [name: string]: Partial<ComposeService> } = {}, has = false) =>
    checkOwnHealth(input(model({ web: { image: 'web', ports: [{ target: 80, published: '80', protocol: 'tcp' }], ...parts }, ...others }), { observed: observed({ images: { web: image(has) } }) })).map(({ finding }) => `${finding.severity} ${finding.code} ${finding.service ?? ''}`);
  it('a published service without one is noted', () => expect(own({})).toEqual(['info HEALTHCHECK_NONE web']));
  it('not where it has one, needs none, switched it off, or another finding says so', () => {
    expect(own({ healthcheck: { test: ['CMD', 'true'] } })).toEqual([]);
    expect(own({}, {}, true)).toEqual([]);
    expect(own({ ports: [] })).toEqual([]);
    expect(own({ healthcheck: { disable: true } })).toEqual([]);
    expect(own({}, { api: { depends_on: { web: { condition: 'service_started', required: true } } } })).toEqual([]);
  });
});

describe('the short form of depends_on', () => {
  const run = (healthy: boolean, short: boolean, parts: Partial<ComposeService> = {}) => {
    const composeModel = model({ api: { depends_on: { db: { condition: 'service_started', required: true } }, ...parts }, db: healthy ? { healthcheck: { test: ['CMD', 'true'] } } : { healthcheck: { disable: true } } });
    const compose = loaded(composeModel, short ? { locate: (path) => ({ file: FILE, line: path.includes('db') ? 9 : 1, column: 1 }) } : {});
    return checkPlainDependencies({ ...input(composeModel), compose });
  };
  it('is suggested to become the long one', () => {
    const [result] = run(true, true);
    expect(result?.finding).toMatchObject({ code: 'DEPENDENCY_NOT_AWAITED', severity: 'info', message: 'api does not wait until db is healthy.', where: { line: 9 } });
    expect(result?.fixes[0]?.action).toEqual({ kind: 'set-depends-on', service: 'api', dependency: 'db', condition: 'service_healthy' });
  });
  it('but not where the file says service_started, where there is no health check, or where another key asks for it', () => {
    expect(run(true, false)).toEqual([]);
    expect(run(false, true)).toEqual([]);
    expect(run(true, true, { links: ['db:database'] })).toEqual([]);
    expect(run(true, true, { network_mode: 'service:db' })).toEqual([]);
  });
});
