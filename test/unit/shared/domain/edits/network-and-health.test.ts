import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ComposeModel, ComposeNetwork } from '@shared/domain/compose/model';
import { editHealthcheck, hasHealthcheck, healthcheckEntry, onlyPort, type HealthcheckRequest } from '@shared/domain/edits/healthcheck';
import { networkRename, renamedModel, renameNetwork, type NetworkRename } from '@shared/domain/edits/rename-network';

const FILE = `services:
  a:
    networks: [ops, other] # both
  b:
    networks:
      ops: { aliases: [ops] }
  c:
    networks:
      - ops   # short
networks:
  ops: # the one
    name: ops
  other:
`;
const renamed = (rename: NetworkRename, text = FILE): string => {
  const outcome = renameNetwork(text, rename);
  if (outcome.kind === 'by-hand') throw new Error(outcome.reason);
  return outcome.text;
};
const networks = (map: { readonly [key: string]: Partial<ComposeNetwork> }): ComposeModel => ({ name: 'p', services: {}, volumes: {}, secrets: {}, configs: {}, networks: Object.fromEntries(Object.entries(map).map(([key, one]) => [key, { name: `p_${key}`, ipam: {}, ...one }])) });

describe('renaming a network', () => {
  it('changes its key, who names it and its name', () => {
    expect(renamed({ key: 'ops', toKey: 'ops2', toName: 'ops2' })).toBe(`services:
  a:
    networks: [ops2, other] # both
  b:
    networks:
      ops2: { aliases: [ops] }
  c:
    networks:
      - ops2   # short
networks:
  ops2: # the one
    name: ops2
  other:
`);
  });
  it('there and back again gives every byte back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^n[a-z0-9_-]{0,8}x$/), (to) => {
        expect(renamed({ key: to, toKey: 'ops', toName: 'ops' }, renamed({ key: 'ops', toKey: to, toName: to }))).toBe(FILE);
      }),
    );
  });
  it('gives the default network a name', () => {
    expect(renamed({ key: 'default', toKey: 'default', toName: 'x' }, 'services:\n  a: { image: x }\n')).toBe('services:\n  a: { image: x }\nnetworks:\n  default:\n    name: x\n');
  });
  it('knows what a name means in a mode', () => {
    const model = networks({ ops: {}, named: { name: 'shop-net' }, far: { name: 'far', external: true }, default: {} });
    const find = (network: string, to: string): unknown => networkRename(model, network, to, (key) => (key === 'named' || key === 'far' ? key : undefined));
    expect(find('ops', 'ops2')).toEqual({ key: 'ops', toKey: 'ops2', toName: undefined });
    expect(find('p_ops', 'x')).toEqual({ key: 'ops', toKey: 'ops', toName: 'x' });
    expect(find('shop-net', 'x')).toEqual({ key: 'named', toKey: 'named', toName: 'x' });
    expect(find('default', 'x')).toEqual({ key: 'default', toKey: 'default', toName: 'x' });
    expect(find('ops', 'named')).toHaveProperty('refused');
    expect(find('nothing', 'x')).toBeUndefined();
    const after = renamedModel(model, { key: 'ops', toKey: 'ops2', toName: undefined }, (key) => `p_${key}`);
    expect(Object.entries(after.networks).map(([key, one]) => `${key}=${one.name}`)).toEqual(['ops2=p_ops2', 'named=shop-net', 'far=far', 'default=p_default']);
  });
});

const request: HealthcheckRequest = { kind: 'http', port: 8000, path: '/health', command: '', intervalSeconds: 10, timeoutSeconds: 5, retries: 3, startPeriodSeconds: 0 };
const SERVICE = 'services:\n  a:\n    image: x # base\n\n  b:\n    image: y\n';

describe('a health check', () => {
  it('is written below the service and taken away to the byte', () => {
    const set = editHealthcheck(SERVICE, 'a', request);
    if (set.kind === 'by-hand') throw new Error(set.reason);
    expect(set.text.replace(/ {4}healthcheck:\n(?: {6}.*\n)+/, '')).toBe(SERVICE);
    expect((parse(set.text) as { services: { a: { healthcheck: unknown } } }).services.a.healthcheck).toEqual(healthcheckEntry(request));
    expect(editHealthcheck(set.text, 'a', null)).toEqual({ kind: 'edited', text: SERVICE });
  });
  it('replaces the one that is there', () => {
    const first = editHealthcheck(SERVICE, 'a', request);
    const second = first.kind === 'edited' ? editHealthcheck(first.text, 'a', { ...request, kind: 'tcp', retries: 9 }) : first;
    expect(second.kind === 'edited' && /-z -w 1 127\.0\.0\.1 8000/.test(second.text) && !second.text.includes('wget') && second.text.includes('retries: 9')).toBe(true);
  });
  it('asks what a shell would run, and no variable of compose or end of quotes gets in', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }).filter((one) => !/[\uD800-\uDFFF]/.test(one)), (path) => {
        const [, command = ''] = healthcheckEntry({ ...request, path })['test'] as readonly string[];
        expect(command.split("'").length).toBe(9);
        expect(command.replace(/\$\$/g, '')).not.toContain('$');
      }),
    );
    expect((healthcheckEntry({ ...request, kind: 'command', command: 'test "$A" = 1' })['test'] as readonly string[])[1]).toBe('test "$$A" = 1');
  });
  it('is known again in the model, and its port is guessed only where there is one', () => {
    const entry = healthcheckEntry(request);
    expect(hasHealthcheck({ test: entry['test'] as string[], retries: 3 }, request)).toBe(true);
    expect(hasHealthcheck({ test: entry['test'] as string[], retries: 4 }, request)).toBe(false);
    expect([hasHealthcheck(undefined, null), hasHealthcheck(undefined, request)]).toEqual([true, false]);
    const service = { command: null, entrypoint: null };
    expect([onlyPort({ ...service, ports: [{ target: 80, protocol: 'tcp' }], expose: ['80'] }), onlyPort(service), onlyPort({ ...service, expose: ['1', '2'] })]).toEqual([80, undefined, undefined]);
  });
});
