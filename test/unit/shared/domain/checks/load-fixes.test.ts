import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cycleEdges } from '@shared/domain/checks/cycle-edges';
import { runChecks } from '@shared/domain/checks/run-checks';
import { nearestName } from '@shared/domain/compose/nearest-name';
import { loadVirtual } from '../compose/virtual-files';
import { input, model } from './check-input';

async function fixesOf(code: string, services: string, more = ''): Promise<readonly string[]> {
  const compose = await loadVirtual({ 'compose.yaml': `services:\n${services}${more}` });
  return runChecks({ ...input(compose.model), compose }).flatMap(({ finding, fixes }) => (finding.code === code ? fixes.map(({ id, title }) => `${id.split(':')[0] ?? ''}: ${title}`) : []));
}

describe('fixes of names that lead nowhere', () => {
  it.each([
    ['UNDEFINED_SERVICE', '  api: { image: a, depends_on: [databse] }\n  database: { image: d }\n', '', ['rename-reference: Write database in place of databse', 'drop-reference: Let api no longer depend on databse']],
    ['UNDEFINED_SERVICE', '  api: { image: a, depends_on: [nobody] }\n  db: { image: d }\n', '', ['drop-reference: Let api no longer depend on nobody']],
    ['UNDEFINED_SERVICE', '  api: { image: a, depends_on: [debug] }\n  debug: { image: d, profiles: [debug] }\n', '', ['set-depends-on: Let api wait for debug only where its profile is active', 'drop-reference: Let api no longer depend on debug']],
    ['UNDEFINED_NETWORK', '  api: { image: a, networks: [frontt] }\n', 'networks: { front: {}, back: {} }\n', ['rename-reference: Write front in place of frontt', 'declare: Define the network frontt', 'drop-reference: Take the network frontt out of api']],
    ['UNDEFINED_NETWORK', '  api: { image: a, networks: [frontt, front] }\n', 'networks: { front: {}, back: {} }\n', ['declare: Define the network frontt', 'drop-reference: Take the network frontt out of api']],
    ['UNDEFINED_VOLUME', '  api: { image: a, volumes: ["data:/d"] }\n', '', ['declare: Define the volume data', 'drop-reference: Take the volume data out of api']],
    ['INVALID_VALUE', '  api: { image: a, secrets: [tokn] }\n', 'secrets: { token: { file: ./t } }\n', ['rename-reference: Write token in place of tokn', 'drop-reference: Take the secret tokn out of api']],
    ['UNKNOWN_KEY', '  api: { image: a, retsart: always }\n', '', ['rename-key: Write restart in place of retsart', 'remove-entry: Take services.api.retsart out']],
    ['UNSUPPORTED_KEY', '  api: { image: a, isolation: hyperv }\n', '', ['remove-entry: Take services.api.isolation out']],
    ['UNSUPPORTED_KEY', '  api: { build: { context: "https://example.org/a.git" } }\n', '', []],
    ['UNSUPPORTED_KEY', '  api: { image: a, deploy: { endpoint_mode: vip } }\n', '', []],
    ['INVALID_VALUE', '  api: { image: a, network_mode: host, networks: [default] }\n', '', ['remove-entry: Take services.api.network_mode out']],
    ['INVALID_VALUE', '  api: { restart: always }\n', '', []],
    ['DEPENDENCY_CYCLE', '  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [a] }\n', '', ['drop-reference: Let b no longer depend on a', 'drop-reference: Let a no longer depend on b']],
  ])('%s in %j %s', async (code, services, more, expected) => {
    expect(await fixesOf(code, services, more)).toEqual(expected);
  });
});

describe('the dependencies of a circle', () => {
  const waiting = (all: { readonly [name: string]: readonly string[] }) => model(Object.fromEntries(Object.entries(all).map(([name, on]) => [name, { depends_on: Object.fromEntries(on.map((one) => [one, { condition: 'service_started' as const, required: true }])) }])));
  it('are all there, those first without which no circle is left', () => {
    const two = waiting({ a: ['b'], b: ['a', 'c'], c: ['a'] });
    expect(cycleEdges(two, 'b', 'a')[0]).toEqual(['a', 'b']);
    expect(cycleEdges(waiting({ a: ['b'], b: ['c'], c: ['a'] }), 'c', 'a')).toEqual([['c', 'a'], ['a', 'b'], ['b', 'c']]);
    expect(cycleEdges(waiting({ a: ['a'] }), 'a', 'a')).toEqual([['a', 'a']]);
  });
  it('are dependencies, whatever depends on whatever', () => {
    const names = ['a', 'b', 'c', 'd'];
    fc.assert(
      fc.property(fc.array(fc.subarray(names), { minLength: 4, maxLength: 4 }), fc.nat(3), (lists, at) => {
        const all = Object.fromEntries(names.map((name, index) => [name, lists[index] ?? []]));
        const from = names[at] ?? 'a';
        for (const to of all[from] ?? []) for (const [one, other] of cycleEdges(waiting(all), from, to)) expect(all[one]).toContain(other);
      }),
    );
  });
});

describe('the nearest name', () => {
  it('is a slip away, and short ones only where that is asked', () => {
    expect([nearestName('restrat', ['restart', 'image']), nearestName('mem-limit', ['mem_limit']), nearestName('abc', ['abd']), nearestName('RUNN', ['RUN', 'ENV'], { shortToo: true }), nearestName('curl', ['RUN'], { shortToo: true })]).toEqual(['restart', 'mem_limit', undefined, 'RUN', undefined]);
  });
});
