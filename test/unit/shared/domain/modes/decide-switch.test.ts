import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObservedContainer, ObservedProject } from '@shared/domain/engine/observed';
import { activeMode } from '@shared/domain/modes/active-mode';
import { decideSwitch, type SwitchDecision } from '@shared/domain/modes/decide-switch';
import { runningBuildsOfOthers } from '@shared/domain/modes/plan-images';
import { planSwitch } from '@shared/domain/modes/plan-switch';
import { fingerprintsOf } from '@shared/domain/modes/switch-input';
import { apply, container, DIR, EMPTY, image, input, loaded, MODES, type ServiceParts } from './world';

const ANON = 'a'.repeat(64);
const dev = loaded('dev', {
  db: { volumes: [{ type: 'volume', source: 'data', target: '/data' }], healthcheck: { test: ['CMD', 'true'] } },
  api: { volumes: [{ type: 'bind', source: `${DIR}/src`, target: '/app/src' }], environment: { MODE: 'dev', DB_PASSWORD: 'hunter2' }, depends_on: { db: { condition: 'service_healthy', required: true } }, ports: [{ target: 80, published: '8000', protocol: 'tcp' }] },
  adminer: {},
});
const prod = loaded('prod', {
  db: { volumes: [{ type: 'volume', source: 'data', target: '/data' }], healthcheck: { test: ['CMD', 'true'] } },
  api: { environment: { MODE: 'prod', DB_PASSWORD: 'hunter3' }, depends_on: { db: { condition: 'service_healthy', required: true } }, ports: [{ target: 80, published: '8000', protocol: 'tcp' }] },
  metrics: {},
});
const both = { dev, prod };

function actions(decision: SwitchDecision): { [key: string]: string } {
  return Object.fromEntries(decision.steps.map((one) => [`${one.service}/${String(one.number)}`, one.action]));
}

/** The project as it is when this mode has been switched to from nothing. */
function inMode(mode: 'dev' | 'prod', from: ObservedProject = EMPTY): ObservedProject {
  const given = input(mode, both, from);
  return apply(given, decideSwitch(given));
}

describe('decideSwitch', () => {
  it('creates everything where nothing is', () => {
    const decision = decideSwitch(input('dev', both, EMPTY));
    expect(actions(decision)).toEqual({ 'db/1': 'create', 'api/1': 'create', 'adminer/1': 'create' });
    expect(decision.networks.created).toEqual([{ key: 'default', name: 'shop_default' }]);
    expect(decision.volumes.created).toEqual([{ key: 'data', name: 'shop_data' }]);
    expect(decision.from).toBeNull();
    // What is depended on comes first.
    expect(decision.steps.map((one) => one.service).indexOf('db')).toBeLessThan(decision.steps.map((one) => one.service).indexOf('api'));
  });

  it('touches only what differs, and says what and why', () => {
    const decision = decideSwitch(input('prod', both, inMode('dev')));
    expect(actions(decision)).toEqual({ 'db/1': 'keep', 'api/1': 'recreate', 'adminer/1': 'remove', 'metrics/1': 'create' });
    const api = decision.steps.find((one) => one.service === 'api');
    expect(api?.reasons).toEqual(['1 mount changes: -./src:/app/src', '2 environment variables change: DB_PASSWORD, MODE']);
    expect(api?.strategy).toBe('stop-first');
    expect(api?.strategyReason).toBe('both use port 8000');
    expect(api?.createName).toBe(`${api?.old?.id.slice(0, 12) ?? ''}_shop-api-1`);
    expect(decision.steps.find((one) => one.service === 'adminer')?.reasons).toEqual(['only in dev']);
    expect(decision.steps.find((one) => one.service === 'metrics')?.reasons).toEqual(['only in prod']);
    expect(decision.volumes.kept).toEqual(['shop_data']);
    expect(JSON.stringify(decision)).not.toMatch(/hunter/);
  });

  it('takes a hash of any dialect for up to date', () => {
    const observed = inMode('dev');
    const older = { ...observed, containers: observed.containers.map((one) => ({ ...one, configHash: `${one.configHash}-v2` })) };
    expect(Object.values(actions(decideSwitch(input('dev', both, older))))).toEqual(['keep', 'keep', 'keep']);
  });

  it.each([
    ['another image under the same name', (one: ObservedProject) => ({ ...one, images: { 'app:1': image('app:1', { id: 'sha256:newer' }) } }), 'image changes'],
    ['a network made anew', (one: ObservedProject) => ({ ...one, networks: one.networks.map((net) => ({ ...net, id: 'other' })) }), 'joins the network shop_default'],
    ['a broken container', (one: ObservedProject) => ({ ...one, containers: one.containers.map((c) => ({ ...c, state: 'dead' as const })) }), 'its container is broken'],
  ])('recreates for %s', (_, change, reason) => {
    const decision = decideSwitch(input('dev', both, change(inMode('dev'))));
    expect(decision.steps.every((one) => one.action === 'recreate' && one.reasons.includes(reason))).toBe(true);
  });

  it('recreates what shares a namespace with something recreated, after it', () => {
    const with1 = { dev: loaded('dev', { vpn: { environment: { A: '1' } }, app: { network_mode: 'service:vpn' } }), prod: loaded('prod', { vpn: { environment: { A: '2' } }, app: { network_mode: 'service:vpn' } }) };
    const start = input('dev', with1, EMPTY);
    const decision = decideSwitch(input('prod', with1, apply(start, decideSwitch(start))));
    const app = decision.steps.find((one) => one.service === 'app');
    expect(app?.action).toBe('recreate');
    expect(app?.reasons).toContain('vpn, whose namespace it shares, is replaced');
    expect(app?.strategy).toBe('stop-first');
  });

  it('makes anew what shares a namespace with something that begins anew or has begun anew since, and nothing that has ended itself', () => {
    const start = input('dev', { dev: loaded('dev', { vpn: {}, app: { network_mode: 'service:vpn' }, web: {} }) }, EMPTY);
    const settled = apply(start, decideSwitch(start));
    const all = settled.containers.map((one) => ({ ...one, startedAt: one.service === 'app' ? '2026-01-01T00:00:03Z' : '2026-01-01T00:00:02Z' }));
    const decided = (change: { readonly [service: string]: Partial<ObservedContainer> }) => {
      const steps = decideSwitch(input('dev', start.loaded, { ...settled, containers: all.map((one) => ({ ...one, ...change[one.service] })) })).steps;
      return steps.filter((one) => one.action !== 'keep').map((one) => `${one.service} ${one.action}: ${one.reasons.join('; ')}`);
    };
    expect(decided({})).toEqual([]);
    expect(decided({ vpn: { startedAt: '2026-01-01T00:00:09Z' } })).toEqual(['app recreate: vpn, whose namespace it shares, was started after it']);
    expect(decided({ vpn: { state: 'exited', exitCode: 143 } })).toEqual(['vpn start: is stopped (code 143)', 'app recreate: vpn, whose namespace it shares, is started anew']);
    expect(decided({ vpn: { state: 'paused' } })).toEqual(['vpn start: is paused']);
    expect(decided({ vpn: { state: 'exited', exitCode: 143 }, app: { state: 'exited', exitCode: 143 } })).toEqual(['vpn start: is stopped (code 143)', 'app start: is stopped (code 143)']);
  });

  it('leaves what shares the first of several containers alone while that one stays', () => {
    const of = (scale: number, more: object = {}) => ({ dev: loaded('dev', { vpn: { scale, ...more }, app: { network_mode: 'service:vpn' } }) });
    const start = input('dev', of(1), EMPTY);
    const up = input('dev', of(11), apply(start, decideSwitch(start)));
    expect(actions(decideSwitch(up))['app/1']).toBe('keep');
    const many = apply(up, decideSwitch(up));
    // The order in which the engine lists them does not matter: the first by name is meant.
    expect(actions(decideSwitch(input('dev', of(11), { ...many, containers: [...many.containers].reverse() })))['app/1']).toBe('keep');
    expect(actions(decideSwitch(input('dev', of(11, { environment: { A: '1' } }), many)))['app/1']).toBe('recreate');
  });

  it('asks a container what it was made from when its files were edited since, and shows no value of a variable', () => {
    const start = input('dev', { dev: loaded('dev', { api: { environment: { A: 'old', B: '1' } } }) }, EMPTY);
    const observed = apply(start, decideSwitch(start));
    const edited = { dev: loaded('dev', { api: { environment: { A: 'new', C: '2' }, restart: 'always', mem_limit: '67108864' } }) };
    const raw = { Name: '/shop-api-1', Image: 'sha256:x', Config: { Env: ['A=old', 'B=1', 'PATH=/bin'], Labels: {} }, HostConfig: { RestartPolicy: { Name: 'no' } }, NetworkSettings: { Networks: { shop_default: {} } }, Mounts: [] };
    const id = observed.containers[0]?.id ?? '';
    const step = decideSwitch(input('dev', edited, observed, { raw: { [id]: raw } })).steps[0];
    expect(step?.reasons).toEqual(['2 environment variables change: A, C', 'memory changes', 'restart changes']);
    expect(step?.differences).toEqual([
      { field: 'environment A', from: '•••', to: '•••' },
      { field: 'environment C', from: '', to: '•••' },
      { field: 'memory', from: '', to: '64 MiB' },
      { field: 'restart', from: 'no', to: 'always' },
    ]);
    expect(decideSwitch(input('dev', edited, observed)).steps[0]?.reasons).toEqual(['its definition changes']);
  });

  it('lets a paused container go on', () => {
    const start = input('dev', both, EMPTY);
    const observed = apply(start, decideSwitch(start));
    const held = { ...observed, containers: observed.containers.map((one) => (one.service === 'api' ? { ...one, state: 'paused' as const } : one)) };
    expect(decideSwitch(input('dev', both, held)).steps.filter((one) => one.action !== 'keep').map((one) => [one.service, one.action, one.reasons])).toEqual([['api', 'start', ['is paused']]]);
  });

  it('keeps a job that is done, starts a service that is stopped', () => {
    const modes = { dev: loaded('dev', { migrate: {}, seed: {}, api: { depends_on: { migrate: { condition: 'service_completed_successfully', required: true } } }, web: { restart: 'always' } }) };
    const start = input('dev', modes, EMPTY);
    const observed = apply(start, decideSwitch(start));
    const ended = { ...observed, containers: observed.containers.map((one) => (one.service === 'api' ? one : { ...one, state: 'exited' as const })) };
    expect(actions(decideSwitch(input('dev', modes, ended)))).toEqual({ 'api/1': 'keep', 'migrate/1': 'keep', 'seed/1': 'keep', 'web/1': 'start' });
    const seed = ended.containers.find((one) => one.service === 'seed');
    expect(actions(decideSwitch(input('dev', modes, ended, { stoppedOnPurpose: new Set([seed?.id ?? '']) })))['seed/1']).toBe('start');
    const failed = { ...ended, containers: ended.containers.map((one) => (one.service === 'seed' ? { ...one, exitCode: 3 } : one)) };
    expect(actions(decideSwitch(input('dev', modes, failed)))['seed/1']).toBe('start');
  });

  it('scales up from the highest number and down from the ones that do not fit', () => {
    const one = { dev: loaded('dev', { api: { scale: 1 } }), prod: loaded('prod', { api: { scale: 3 } }) };
    const start = input('dev', one, EMPTY);
    const single = apply(start, decideSwitch(start));
    const up = input('prod', one, single);
    // Scale is not part of the hash: the first one stays.
    expect(actions(decideSwitch(up))).toEqual({ 'api/1': 'keep', 'api/2': 'create', 'api/3': 'create' });
    const three = apply(up, decideSwitch(up));
    expect(actions(decideSwitch(input('dev', one, three)))).toEqual({ 'api/1': 'keep', 'api/2': 'remove', 'api/3': 'remove' });
  });

  it('keeps what `docker compose up --scale` added while the files name no number', () => {
    const start = input('dev', both, EMPTY);
    const single = apply(start, decideSwitch(start));
    const [first] = single.containers.filter((one) => one.service === 'api');
    if (first === undefined) throw new Error('no api');
    const second = { ...first, id: 'c'.repeat(64), number: 2, name: 'shop-api-2', labels: {} };
    const scaled = { ...single, containers: [...single.containers, second] };
    const of = (mode: 'dev' | 'prod', modes: typeof both, observed = scaled) => actions(decideSwitch(input(mode, modes, observed)))['api/2'];
    expect(decideSwitch(input('dev', both, scaled)).steps.every((one) => one.action === 'keep')).toBe(true);
    expect(of('dev', both, { ...scaled, containers: [...single.containers, { ...second, state: 'exited', exitCode: 137 }] })).toBe('start');
    // What Berth made, what other files made, what changes, and what the files put a number to goes back to what they say.
    expect(of('dev', both, { ...scaled, containers: [...single.containers, { ...second, labels: { 'dev.berth.tx': 'op_2' } }] })).toBe('remove');
    expect(of('dev', both, { ...scaled, containers: [...single.containers, { ...second, configFiles: [`${DIR}/docker-compose.clean.yml`] }] })).toBe('remove');
    expect(of('prod', both)).toBe('remove');
    expect(of('dev', both, { ...scaled, containers: [...single.containers, { ...second, configHash: 'older' }] })).toBe('remove');
    for (const number of [{ scale: 1 }, { deploy: { replicas: 1 } }]) expect(of('dev', { ...both, dev: loaded('dev', { ...both.dev.model.services, api: { ...both.dev.model.services['api'], ...number } as never }) })).toBe('remove');
  });

  it('removes orphans of its own modes only', () => {
    const observed = inMode('dev');
    const stranger = container('other', { configFiles: [`${DIR}/elsewhere.yml`], id: 'f'.repeat(64) });
    const foreign = container('api', { workingDir: '/somewhere/else', id: 'e'.repeat(64), name: 'x' });
    const decision = decideSwitch(input('dev', both, { ...observed, containers: [...observed.containers, stranger, foreign] }));
    expect(decision.stopping).toEqual([]);
    expect(decision.findings.map((one) => [one.code, one.severity])).toEqual([['SERVICE_OF_NO_MODE', 'warning']]);
  });

  it('inherits an anonymous volume the new image declares, and asks about one it would lose', () => {
    const modes = { dev: loaded('dev', { cache: { image: 'app:1' } }), prod: loaded('prod', { cache: { image: 'app:2' } }) };
    const start = input('dev', modes, EMPTY);
    const made = apply(start, decideSwitch(start));
    const observed = { ...made, containers: made.containers.map((one) => ({ ...one, mounts: [{ type: 'volume' as const, source: ANON, target: '/data', readOnly: false }] })) };
    const keeps = decideSwitch(input('prod', modes, { ...observed, images: { ...observed.images, 'app:2': image('app:2', { volumes: ['/data'] }) } }));
    expect(keeps.steps[0]?.inherited).toEqual([{ volume: ANON, target: '/data' }]);
    expect(keeps.dataAtStake).toEqual([]);
    const given = input('prod', modes, observed);
    const loses = decideSwitch(given);
    expect(loses.dataAtStake).toHaveLength(1);
    expect(planSwitch(given, loses, { findings: [], untrustedFacts: [], trusted: true }).mustAsk).toBe(true);
  });

  it('does not ask about an anonymous volume that only masks a part of a bind', () => {
    const observed = { ...EMPTY, containers: [container('api', { mounts: [{ type: 'bind', source: DIR, target: '/app', readOnly: false }, { type: 'volume', source: ANON, target: '/app/node_modules', readOnly: false }] })] };
    expect(decideSwitch(input('prod', both, observed)).dataAtStake).toEqual([]);
  });

  it('warns when a mode does not see data the other one has', () => {
    const modes = { dev: loaded('dev', { db: { volumes: [{ type: 'volume', source: 'devdata', target: '/data' }] } }), prod: loaded('prod', { db: { volumes: [{ type: 'volume', source: 'proddata', target: '/data' }] } }) };
    const start = input('dev', modes, EMPTY);
    const decision = decideSwitch(input('prod', modes, apply(start, decideSwitch(start))));
    expect(decision.findings.map((one) => one.message)).toEqual(['db keeps its data in the volume shop_devdata; in prod there is the volume shop_proddata at /data.']);
    expect(decision.volumes.kept).toContain('shop_devdata');
  });

  it('waits for a port that another service gives up', () => {
    const port = { target: 80, published: '80', protocol: 'tcp' };
    const modes = { dev: loaded('dev', { old: { ports: [port] } }), prod: loaded('prod', { fresh: { ports: [port] } }) };
    const start = input('dev', modes, EMPTY);
    const decision = decideSwitch(input('prod', modes, apply(start, decideSwitch(start))));
    expect(decision.steps.find((one) => one.service === 'fresh')?.startsAfterStopOf).toEqual([decision.steps.find((one) => one.service === 'old')?.old?.id]);
  });

  it('makes a network with another definition anew, with all its members', () => {
    const modes = { dev: loaded('dev', { a: {} }), prod: loaded('prod', { a: {} }, { networks: { default: { name: 'shop_default', ipam: {}, internal: true } } }) };
    const start = input('dev', modes, EMPTY);
    const decision = decideSwitch(input('prod', modes, apply(start, decideSwitch(start))));
    expect(decision.networks.replaced.map((one) => one.name)).toEqual(['shop_default']);
    expect(decision.steps[0]).toMatchObject({ action: 'recreate', strategy: 'stop-first', reasons: ['its network shop_default is made anew'] });
  });

  it('finds a build that any mode already made, and adopts what docker compose built', () => {
    const build = { context: DIR };
    const modes = { dev: loaded('dev', { api: { image: undefined as never, build } }), prod: loaded('prod', { api: { image: undefined as never, build: { ...build, target: 'prod' } } }) };
    const nothing = decideSwitch(input('dev', modes, EMPTY, { buildFingerprints: { api: 'fp' } }));
    expect(nothing.images[0]).toMatchObject({ kind: 'build', reference: 'shop-api:berth-dev', canonical: 'shop-api' });
    const other = { ...EMPTY, images: { 'shop-api:berth-prod': image('x', { labels: { 'dev.berth.build': 'fp' } }) } };
    expect(decideSwitch(input('dev', modes, other, { buildFingerprints: { api: 'fp' } })).images[0]).toMatchObject({ kind: 'tag', id: image('x').id });
    const byCompose = { ...EMPTY, images: { 'shop-api': image('c') }, containers: [container('api', { imageId: image('c').id, configHash: modes.dev.hashes['api']?.v5 ?? '', networks: [] })] };
    expect(decideSwitch(input('dev', modes, byCompose, { buildFingerprints: { api: 'fp' } })).images[0]).toMatchObject({ kind: 'tag', id: image('c').id });
    expect(decideSwitch(input('prod', modes, byCompose, { buildFingerprints: { api: 'fp' } })).images[0]).toMatchObject({ kind: 'build' });
  });

  it('takes what docker compose built for built from what was there when it was first seen', () => {
    const modes = { dev: loaded('dev', { api: { image: undefined as never, build: { context: DIR } } }) };
    const byCompose = { ...EMPTY, images: { 'shop-api': image('c') }, containers: [container('api', { imageId: image('c').id, configHash: modes.dev.hashes['api']?.v5 ?? '', networks: [] })] };
    const kindOf = (observed: typeof byCompose, fingerprint: string, knownBuilds?: { readonly [id: string]: string }): string | undefined => decideSwitch(input('dev', modes, observed, { buildFingerprints: { api: fingerprint }, knownBuilds })).images[0]?.kind;
    const known = runningBuildsOfOthers(input('dev', modes, byCompose, { buildFingerprints: { api: 'then' } }));
    expect(known).toEqual({ [image('c').id]: 'then' });
    expect(kindOf(byCompose, 'then', known)).toBe('tag');
    expect(kindOf(byCompose, 'edited', known)).toBe('build');
    // Not known what is there: nothing says that it is another.
    expect(kindOf(byCompose, '', known)).toBe('tag');
    const tagged = { ...byCompose, images: { ...byCompose.images, 'shop-api:berth-dev': image('c') } };
    expect(kindOf(tagged, 'edited', known)).toBe('build');
    // Berth built before, and docker compose built the same again: nothing is made anew, and edits are seen.
    const over = { ...byCompose, images: { ...byCompose.images, 'shop-api:berth-dev': image('b', { labels: { 'dev.berth.build': 'then' } }) } };
    expect(kindOf(over, 'then')).toBe('tag');
    expect(kindOf(over, 'edited', known)).toBe('build');
    // What stands by another's image is not asked about.
    expect(runningBuildsOfOthers(input('dev', modes, { ...byCompose, containers: [] }, { buildFingerprints: { api: 'then' } }))).toEqual({});
  });
});

/** Small random projects: what a service mounts, publishes and says differs between the modes. */
const service: fc.Arbitrary<ServiceParts> = fc.record(
  {
    image: fc.constantFrom('app:1', 'app:2'),
    environment: fc.dictionary(fc.constantFrom('A', 'B'), fc.constantFrom('1', '2')),
    volumes: fc.subarray([
      { type: 'volume' as const, source: 'data', target: '/data' },
      { type: 'volume' as const, source: 'more', target: '/more' },
      { type: 'bind' as const, source: `${DIR}/src`, target: '/src' },
    ]),
    ports: fc.subarray([{ target: 80, published: '8080', protocol: 'tcp' }]),
    scale: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: ['image'] },
);
const project = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), service, { minKeys: 1 });

describe('decideSwitch, for any two modes', () => {
  const runs = { numRuns: 300 };

  it('has nothing left to do after it was carried out', () => {
    fc.assert(
      fc.property(project, project, fc.boolean(), (one, two, stopSome) => {
        const modes = { dev: loaded('dev', one), prod: loaded('prod', two) };
        let observed: ObservedProject = EMPTY;
        for (const mode of ['dev', 'prod', 'dev']) {
          const given = input(mode, modes, observed);
          observed = apply(given, decideSwitch(given));
          const again = decideSwitch(input(mode, modes, observed));
          expect(again.steps.filter((step) => step.action !== 'keep')).toEqual([]);
          if (observed.containers.length > 0) expect([mode, 'dev', 'prod']).toContain(again.from);
          if (stopSome) observed = { ...observed, containers: observed.containers.map((c, i) => (i % 2 === 0 ? { ...c, state: 'exited' as const, exitCode: 137 } : c)) };
        }
      }),
      runs,
    );
  });

  it('never gives up a volume with a name, and gives each container exactly one step', () => {
    fc.assert(
      fc.property(project, project, (one, two) => {
        const modes = { dev: loaded('dev', one), prod: loaded('prod', two) };
        const first = input('dev', modes, EMPTY);
        const observed = apply(first, decideSwitch(first));
        const given = input('prod', modes, observed);
        const decision = decideSwitch(given);
        for (const volume of observed.volumes) expect(decision.volumes.kept).toContain(volume.name);
        const ids = decision.steps.flatMap((step) => (step.old === undefined ? [] : [step.old.id]));
        expect(new Set(ids).size).toBe(ids.length);
        expect([...ids].sort()).toEqual(observed.containers.map((c) => c.id).sort());
        const names = decision.steps.filter((step) => step.action !== 'remove').map((step) => step.finalName);
        expect(new Set(names).size).toBe(names.length);
      }),
      runs,
    );
  });

  it('has a plan id that is stable, and changes with what would be done', () => {
    const opinions = { findings: [], untrustedFacts: [], trusted: true };
    fc.assert(
      fc.property(project, project, (one, two) => {
        const modes = { dev: loaded('dev', one), prod: loaded('prod', two) };
        const given = input('dev', modes, EMPTY);
        const id = planSwitch(given, decideSwitch(given), opinions).id;
        expect(planSwitch(given, decideSwitch(structuredCloneInput(given)), opinions).id).toBe(id);
        const after = input('dev', modes, apply(given, decideSwitch(given)));
        const decided = decideSwitch(after);
        if (decided.steps.length > 0) expect(planSwitch(after, decided, opinions).id).not.toBe(id);
        expect(planSwitch(given, decideSwitch(given), { ...opinions, trusted: false }).id).not.toBe(id);
      }),
      runs,
    );
  });
});

function structuredCloneInput(given: ReturnType<typeof input>): ReturnType<typeof input> {
  return { ...given, observed: JSON.parse(JSON.stringify(given.observed)) as ObservedProject };
}

describe('activeMode', () => {
  it('is null where nothing runs and a name where one mode does', () => {
    const known = fingerprintsOf(both);
    expect(activeMode(MODES, DIR, [], known)).toBeNull();
    const observed = inMode('dev');
    expect(activeMode(MODES, DIR, observed.containers, known)).toBe('dev');
    expect(activeMode(MODES, DIR, observed.containers.map((one) => ({ ...one, state: 'exited' as const })), known)).toBeNull();
  });

  it('sees through services that both modes declare alike', () => {
    const observed = inMode('prod', inMode('dev'));
    expect(new Set(observed.containers.map((one) => one.configFiles[0])).size).toBe(2);
    expect(activeMode(MODES, DIR, observed.containers, fingerprintsOf(both))).toBe('prod');
    // From labels alone it cannot be told.
    expect(activeMode(MODES, DIR, observed.containers)).toBe('mixed');
  });

  it('is mixed when containers of both modes run that cannot belong to one', () => {
    const devNow = inMode('dev');
    const prodNow = inMode('prod');
    const mixed = [...devNow.containers.filter((one) => one.service === 'api'), ...prodNow.containers.filter((one) => one.service === 'metrics')];
    expect(activeMode(MODES, DIR, mixed, fingerprintsOf(both))).toBe('mixed');
  });

  it('prefers the mode whose services are all there when containers fit both', () => {
    const modes = { dev: loaded('dev', { a: {}, extra: {} }), prod: loaded('prod', { a: {} }) };
    const given = input('dev', modes, EMPTY);
    const observed = apply(given, decideSwitch(given));
    const without = observed.containers.filter((one) => one.service !== 'extra');
    expect(activeMode(MODES, DIR, without, fingerprintsOf(modes))).toBe('prod');
  });
});
