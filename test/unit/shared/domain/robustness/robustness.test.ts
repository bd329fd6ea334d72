import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ComposeModel } from '@shared/domain/compose/model';
import { guestEdits, guestName, guestService } from '@shared/domain/robustness/guests';
import { firstFault, type Seen } from '@shared/domain/robustness/outcome';
import { choosePoints, ROBUSTNESS_POINTS } from '@shared/domain/robustness/points';
import { portMoveFault, possibleOffsets, publishedPorts } from '@shared/domain/robustness/port-moves';
import { robustnessReport } from '@shared/domain/robustness/report';
import { fileForServices, filesDeclaring, leafServices, withoutService } from '@shared/domain/robustness/subject';
import { editYaml } from '@shared/domain/yaml/edit-yaml';
import { container, loaded, type ServiceParts } from '../modes/world';

const model = (services: { readonly [name: string]: ServiceParts }): ComposeModel => loaded('dev', services).model;
const after = (...names: readonly string[]): ServiceParts => ({ depends_on: Object.fromEntries(names.map((name) => [name, { condition: 'service_started' as const, required: true }])) });
const file = (path: string, ...names: readonly string[]): { readonly path: string; readonly text: string } => ({ path, text: `services:\n${names.map((name) => `  ${name}:\n    image: app:1\n`).join('')}` });

describe('the points', () => {
  it('are ten, each once, and are chosen in their own order', () => {
    expect(new Set(ROBUSTNESS_POINTS.map((point) => point.id)).size).toBe(10);
    expect(choosePoints([])).toHaveLength(10);
    expect(choosePoints(['ports', 'delete']).map((point) => point.id)).toEqual(['delete', 'ports']);
  });
  it('are told when an id is none of them', () => {
    expect(() => choosePoints(['delete', 'fly'])).toThrow('There is no robustness point "fly".');
  });
});

describe('guests', () => {
  it('have names that no service has', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('berth-a', 'berth-a-2', 'berth-a-2-2', 'api'), fc.constant({})), (taken) => {
        expect(Object.hasOwn(taken, guestName(taken, 'a'))).toBe(false);
      }),
    );
  });
  it('are written into a file and change nothing else of it', () => {
    const text = '# shop\nservices:\n  api: # here\n    image: app:1\nvolumes:\n  data: {}\n';
    const guests = [{ name: 'berth-a', image: 'helper:1', context: 'berth-robustness/a' }, { name: 'berth-b', image: 'helper:1', ports: [{ host: 21_000 }], dependsOn: ['berth-a'], mounts: [{ source: 'berth-robustness/b', target: '/srv/b' }] }];
    const outcome = editYaml(text, guestEdits(guests));
    if (outcome.kind !== 'edited') throw new Error(outcome.reason);
    for (const line of text.split('\n')) expect(outcome.text.split('\n')).toContain(line);
    expect(parse(outcome.text)).toEqual({ services: { api: { image: 'app:1' }, 'berth-a': guestService(guests[0] ?? { name: '', image: '' }), 'berth-b': guestService(guests[1] ?? { name: '', image: '' }) }, volumes: { data: {} } });
  });
});

describe('the service that can go', () => {
  it('is one that nobody needs, the last first', () => {
    const files = [file('compose.yaml', 'db', 'api', 'worker', 'web')];
    expect(leafServices(model({ db: {}, api: after('db'), worker: after('db'), web: after('api') }), files)).toEqual(['web', 'worker']);
  });
  it('is none that lends its network, is extended, or is written elsewhere', () => {
    const files = [{ path: 'compose.yaml', text: `${file('', 'app', 'proxy', 'base').text}  more:\n    extends:\n      service: base\n` }];
    expect(leafServices(model({ app: {}, proxy: { network_mode: 'service:app' }, base: {}, more: {}, included: {} }), files)).toEqual(['more', 'proxy']);
  });
  it('is not the only one', () => {
    expect(leafServices(model({ api: {} }), [file('compose.yaml', 'api')])).toEqual([]);
  });
  it('goes from every file that writes it, or is replaced in the first', () => {
    const files = [file('compose.yaml', 'api', 'web'), file('compose.dev.yaml', 'web'), file('other.yaml', 'api')];
    expect(filesDeclaring(files, 'web').map((one) => one.path)).toEqual(['compose.yaml', 'compose.dev.yaml']);
    const gone = withoutService(files, 'web') ?? [];
    expect(gone.map((one) => [one.path, parse(one.text) as unknown])).toEqual([['compose.yaml', { services: { api: { image: 'app:1' } } }], ['compose.dev.yaml', expect.not.objectContaining({ web: expect.anything() })]]);
    const replaced = withoutService(files, 'web', { image: 'new:1' }) ?? [];
    expect(parse(replaced[0]?.text ?? '')).toEqual({ services: { api: { image: 'app:1' }, web: { image: 'new:1' } } });
  });
  it('is left alone where it is written as a reference', () => {
    expect(withoutService([{ path: 'compose.yaml', text: 'x-base: &base { image: app:1 }\nservices:\n  api: *base\n  web: &web\n    image: app:1\n  again: *web\n' }], 'web')).toBeNull();
  });
  it('is joined by others in the last file that has services', () => {
    expect(fileForServices([file('a.yaml', 'api'), file('b.yaml', 'api'), { path: 'c.yaml', text: 'volumes:\n  data: {}\n' }])?.path).toBe('b.yaml');
  });
});

describe('the outcome', () => {
  const shop = model({ api: {}, web: {} });
  const volumes = [{ name: 'shop_data', createdAt: 'then', mark: 'abc' }];
  const seen = (...containers: readonly ReturnType<typeof container>[]): Seen => ({ containers, volumes });
  const before = seen(container('api'), container('web'));

  it('is good when nothing but the expected happened', () => {
    expect(firstFault(before, before, {}, shop)).toBeNull();
    expect(firstFault(before, seen(container('api')), { gone: ['web'] }, model({ api: {} }))).toBeNull();
    expect(firstFault(before, seen(container('api'), container('web', { id: 'new' })), { remade: ['web'] }, shop)).toBeNull();
    expect(firstFault(seen(container('api')), before, { made: ['web'] }, shop)).toBeNull();
    expect(firstFault(seen(container('api', { state: 'exited' }), container('web')), seen(container('api', { state: 'exited' }), container('web')), {}, shop)).toBeNull();
  });
  it('names the first thing that is not as it must be', () => {
    expect(firstFault(before, seen(container('api'), container('web', { id: 'new' })), {}, shop)).toBe('web was made anew although nothing of it had changed.');
    expect(firstFault(before, before, { remade: ['web'] }, shop)).toBe('web was not made anew.');
    expect(firstFault(before, before, { gone: ['web'] }, model({ api: {} }))).toBe('shop-web-1 is left of a service that the files do not have.');
    expect(firstFault(before, seen(container('api')), {}, shop)).toBe('web has no container.');
    expect(firstFault(before, seen(container('api'), container('web', { health: 'unhealthy', hasHealthcheck: true })), {}, shop)).toBe('web is running and unhealthy.');
    expect(firstFault(before, seen(container('api'), container('web', { state: 'exited', exitCode: 137 })), {}, shop)).toBe('web is exited with code 137.');
  });
  it('tells of data that is gone or not the same', () => {
    expect(firstFault(before, { ...before, volumes: [] }, {}, shop)).toBe('The volume shop_data is gone.');
    expect(firstFault(before, { ...before, volumes: [{ name: 'shop_data', createdAt: 'now', mark: 'abc' }] }, {}, shop)).toBe('The volume shop_data was made anew.');
    expect(firstFault(before, { ...before, volumes: [{ name: 'shop_data', createdAt: 'then', mark: '' }] }, {}, shop)).toBe('What was written into the volume shop_data is not there any more.');
  });
});

describe('moved ports', () => {
  const port = (published: string): ServiceParts => ({ ports: [{ target: 80, published, protocol: 'tcp' }] });
  it('are judged by every published port and by the values that name them', () => {
    const was = model({ api: { ...port('8000'), environment: { URL: 'http://localhost:8000/', LIMIT: '30000' } }, web: port('8080-8082') });
    const now = model({ api: { ...port('8100'), environment: { URL: 'http://localhost:8100/', LIMIT: '30000' } }, web: port('8180-8182') });
    expect(publishedPorts(was)).toEqual([8000, 8080, 8081, 8082]);
    expect(portMoveFault(was, now, 100)).toBeNull();
    expect(portMoveFault(was, was, 100)).toBe('api should publish 8100 and publishes 8000.');
    expect(portMoveFault(was, model({ api: { ...port('8100'), environment: { URL: 'http://localhost:8100/', LIMIT: '30100' } }, web: port('8180-8182') }), 100)).toBe('The value of LIMIT of api changed, which names no port that moved.');
  });
  it('stay ports at every offset that is tried', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1 }), (ports) => {
        for (const offset of possibleOffsets(ports)) for (const one of ports) expect(one + offset).toBeLessThanOrEqual(65_535);
      }),
    );
  });
});

it('a report counts what passed and stays a table whatever the words are', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ id: fc.string(), title: fc.string(), ok: fc.boolean(), tookMs: fc.nat(), detail: fc.string() })), (points) => {
      const report = robustnessReport('shop', points, 1_000);
      expect(report.score).toBe(points.filter((point) => point.ok).length);
      expect(report.of).toBe(points.length);
      for (const row of report.markdown.split('\n').filter((line) => line.startsWith('| passed') || line.startsWith('| lost'))) expect(row.replaceAll('\\|', '').match(/\|/g)).toHaveLength(5);
    }),
  );
});
