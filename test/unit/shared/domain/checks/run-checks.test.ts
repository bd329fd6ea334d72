import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHECKS } from '@shared/domain/checks/check-list';
import type { CheckInput } from '@shared/domain/checks/facts';
import { createCheckRunner, runChecks } from '@shared/domain/checks/run-checks';
import type { ComposeModel, ComposeService } from '@shared/domain/compose/model';
import { bound, container, DIR, FILE, input, loaded, model, network, observed, source, volume, type FactParts } from './check-input';

/** A project in which every check has something to look at. */
const services = (): { [name: string]: Partial<ComposeService> } => ({
  api: {
    image: 'api', user: '2000', container_name: 'api', ports: [{ target: 80, published: '8000', protocol: 'tcp' }], depends_on: { db: { condition: 'service_started', required: true } }, networks: { front: null },
    volumes: [{ type: 'bind', source: `${DIR}/gone`, target: '/app/x.py' }, { type: 'bind', source: DIR, target: '/all' }], secrets: [{ source: 'key' }], deploy: { resources: { limits: { cpus: 64 } }, placement: {} }, scale: 1,
  },
  db: { image: 'db', build: { context: `${DIR}/db`, target: 'prod' }, healthcheck: { test: ['CMD', 'true'] }, networks: { back: null }, volumes: [{ type: 'volume', source: 'data', target: '/data' }] },
});
const more = (): Partial<ComposeModel> => ({
  networks: { front: network('shop_front', { ipam: { config: [{ subnet: '10.1.0.0/16' }] } }), back: network('other', { external: true }) },
  volumes: { data: volume('shop_data') },
  secrets: { key: { file: `${DIR}/key` } },
});
const facts = (): FactParts => ({
  prod: true,
  host: { cpus: 2 },
  sources: [source(`${DIR}/gone`, { state: 'missing' }), source(DIR), source(`${DIR}/key`, { state: 'missing' })],
  builds: new Map([['db', { service: 'db', context: `${DIR}/db`, contextState: 'directory', dockerfile: `${DIR}/db/Dockerfile`, dockerfileState: 'present', dockerfileText: 'FROM a\n', missingContexts: [] }]]),
  observed: observed({ containers: [container({ name: 'old', workingDir: '/elsewhere' })], foreign: [container({ name: 'api', ports: [bound(8000)] })], volumes: [], images: {} }),
  staleMounts: [{ service: 'api', kind: 'file', source: `${DIR}/gone`, target: '/app/x.py' }],
  outdatedBuilds: [{ service: 'db', manifest: `${DIR}/db/package.json` }],
  hostSubnets: [{ cidr: '10.1.2.0/24', interfaceName: 'tun0' }],
  engineHost: { platform: 'darwin', name: 'docker-desktop', homeDir: '/Users/ann' },
  otherModes: { dev: model({ db: { volumes: [{ type: 'volume', source: 'dev', target: '/data' }] } }, { volumes: { dev: volume('shop_dev') } }) },
});
const whole = (): CheckInput => input(model(services(), more()), facts(), { variables: { uses: [{ name: 'X', where: { file: FILE, line: 3 }, service: undefined, required: false, fallback: undefined, isEmpty: true }], values: {}, environment: {} } });
const ids = (check: CheckInput, run = runChecks) => run(check).map(({ finding }) => JSON.stringify(finding));

/** Notes which keys are read, one level deep, and hands everything else on. */
function watched<T extends object>(target: T, note: (key: string) => void): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      if (typeof key === 'string') note(key);
      return Reflect.get(object, key, receiver) as unknown;
    },
  });
}

describe('checks that keep their answers', () => {
  it.each(CHECKS.map((one) => [one.name, one] as const))('%s reads only what it is listed with', (_, listed) => {
    const base = whole();
    const read = { service: new Set<string>(), model: new Set<string>(), facts: new Set<string>(), compose: new Set<string>() };
    const spied = Object.fromEntries(Object.entries(base.compose.model.services).map(([name, one]) => [name, watched(one, (key) => read.service.add(key))]));
    const composeModel = watched({ ...base.compose.model, services: spied }, (key) => read.model.add(key));
    const compose = watched({ ...base.compose, model: composeModel }, (key) => read.compose.add(key));
    listed.check({ compose, facts: watched(base.facts, (key) => read.facts.add(key)) });
    expect([...read.service].filter((key) => !(listed.service as readonly string[]).includes(key))).toEqual([]);
    expect([...read.model].filter((key) => key !== 'services' && !(listed.model as readonly string[]).includes(key))).toEqual([]);
    expect([...read.facts].filter((key) => !(listed.facts as readonly string[]).includes(key))).toEqual([]);
    // The hashes of volumes are made of what the model says of them.
    const always = ['model', ...(listed.model.includes('volumes') ? ['volumeHashes'] : []), 'locate', 'projectDir', 'files', ...(listed.variables === true ? ['variables', 'envFiles', 'variableContents'] : [])];
    expect([...read.compose].filter((key) => !always.includes(key))).toEqual([]);
  });

  it('run once while nothing changes, and only the affected ones after a change', () => {
    const ran: string[] = [];
    const runner = createCheckRunner((name) => ran.push(name));
    expect(ids(whole(), runner.run)).toEqual(ids(whole()));
    expect(ran).toEqual(CHECKS.map(({ name }) => name));
    ran.length = 0;
    expect(ids(whole(), runner.run)).toEqual(ids(whole()));
    expect(ran).toEqual([]);
    const builds = new Map([['db', { service: 'db', context: `${DIR}/db`, contextState: 'directory' as const, dockerfile: `${DIR}/db/Dockerfile`, dockerfileState: 'present' as const, dockerfileText: 'FROM a AS prod\n', missingContexts: [] }]]);
    runner.run({ ...whole(), facts: { ...whole().facts, builds } });
    expect(ran).toEqual(['builds', 'dependency health', 'plain dependencies', 'own health']);
  });

  it('run again when a line moved, since findings name it', () => {
    const ran: string[] = [];
    const runner = createCheckRunner((name) => ran.push(name));
    runner.run(whole());
    ran.length = 0;
    const moved = whole();
    const findings = runner.run({ ...moved, compose: { ...moved.compose, locate: (path) => ({ file: FILE, line: 20 + path.length, column: 1 }) } });
    expect(ran).toContain('ports');
    expect(findings.find(({ finding }) => finding.code === 'PORT_TAKEN')?.finding.where?.line).toBe(24);
  });

  it('what a container says of its health is no reason to run', () => {
    const ran: string[] = [];
    const runner = createCheckRunner((name) => ran.push(name));
    const at = (output: string) => ({ ...whole(), facts: { ...whole().facts, observed: observed({ containers: [container({ name: 'own', workingDir: DIR, health: output === 'a' ? 'starting' : 'healthy', healthLog: [{ exitCode: 0, output }] })] }) } });
    runner.run(at('a'));
    ran.length = 0;
    runner.run(at('b'));
    expect(ran).toEqual([]);
  });

  it('answer as fresh ones do, whatever changed before', () => {
    const change = fc.constantFrom<(one: CheckInput) => CheckInput>(
      (one) => ({ ...one, facts: { ...one.facts, prod: !one.facts.prod } }),
      (one) => ({ ...one, facts: { ...one.facts, observed: one.facts.observed === null ? observed() : null } }),
      (one) => ({ ...one, facts: { ...one.facts, sources: new Map() } }),
      (one) => ({ ...one, facts: { ...one.facts, staleMounts: [] } }),
      (one) => ({ ...one, facts: { ...one.facts, stopping: new Set(['api'.padEnd(64, '0')]) } }),
      (one) => ({ ...one, facts: { ...one.facts, otherModes: {} } }),
      (one) => ({ ...one, compose: loaded(model({ web: { ports: [{ target: 80, published: '8000', protocol: 'tcp' }] } })) }),
      (one) => ({ ...one, compose: { ...one.compose, model: { ...one.compose.model, networks: {} } } }),
      () => whole(),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const runner = createCheckRunner();
        let now = whole();
        for (const one of changes) {
          expect(ids(now, runner.run)).toEqual(ids(now));
          now = one(now);
        }
        expect(ids(now, runner.run)).toEqual(ids(now));
      }),
      { numRuns: 40 },
    );
  });

  it('say each fault once', () => {
    const all = runChecks(whole()).map(({ finding }) => finding.id);
    expect(new Set(all).size).toBe(all.length);
  });
});
