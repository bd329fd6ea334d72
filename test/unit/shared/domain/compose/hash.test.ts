import { describe, expect, it } from 'vitest';
import { goJson, networkHash, serviceHash, serviceHashes, volumeHash } from '@shared/domain/compose/hash';
import { HASH_DIALECTS, type ComposeService } from '@shared/domain/compose/model';
import { loadText } from './virtual-files';

const identity = (text: string): string => text;

describe('the text that is hashed', () => {
  it('has struct fields in compose\'s order, sorted maps, escaped HTML, and command and entrypoint always', async () => {
    const loaded = await loadText(
      'services:\n  a:\n    image: x\n    build: .\n    scale: 1\n    profiles: []\n    depends_on: [b]\n    volumes: ["./a:/a:ro"]\n    environment: {"10": a, "9": b, B: "<&>", A: }\n    ulimits: {nofile: {hard: 2, soft: 1}}\n    deploy: {replicas: 1}\n  b: {image: y, entrypoint: []}\n',
    );
    const service = loaded.model.services['a'] as ComposeService;
    expect(serviceHash(service, 'v5', identity)).toBe(
      '{"command":null,"deploy":{"resources":{},"placement":{}},"entrypoint":null,"environment":{"10":"a","9":"b","A":null,"B":"\\u003c\\u0026\\u003e"},"image":"x","networks":{"default":null},' +
        '"ulimits":{"nofile":{"soft":1,"hard":2}},"volumes":[{"type":"bind","source":"/shop/a","target":"/a","read_only":true,"bind":{}}]}',
    );
    expect(serviceHash(service, 'v2', identity)).toContain('"bind":{"create_host_path":true}');
    expect(serviceHash(loaded.model.services['b'] as ComposeService, 'v5', identity)).toBe('{"command":null,"entrypoint":[],"image":"y","networks":{"default":null}}');
  });

  it('has the keys of a network in the order of the version', async () => {
    const loaded = await loadText('services:\n  a: {image: x, networks: {n: {priority: 3, aliases: [b], ipv4_address: 10.0.0.2, driver_opts: {k: v}, gw_priority: 1}}}\nnetworks: {n: {}}\n');
    const service = loaded.model.services['a'] as ComposeService;
    expect(serviceHash(service, 'v2', identity)).toContain('{"n":{"aliases":["b"],"driver_opts":{"k":"v"},"gw_priority":1,"ipv4_address":"10.0.0.2","priority":3}}');
    expect(serviceHash(service, 'v2.35', identity)).toContain('{"n":{"priority":3,"gw_priority":1,"aliases":["b"],"ipv4_address":"10.0.0.2","driver_opts":{"k":"v"}}}');
  });

  it.each([
    ['nothing that differs', '{image: x}'],
    ['a bind', '{image: x, volumes: ["./a:/a"]}'],
    ['a bind that makes no folder', '{image: x, volumes: [{type: bind, source: ./a, target: /a, bind: {create_host_path: false}}]}'],
    ['one key of a network', '{image: x, networks: {n: {priority: 3}}}'],
    ['several keys of a network, and a bind', '{image: x, networks: {n: {priority: 3, aliases: [b]}}, volumes: ["./a:/a"]}'],
  ])('is hashed once for all dialects that agree: %s', async (_what, definition) => {
    const loaded = await loadText(`services:\n  a: ${definition}\nnetworks: {n: {}}\n`);
    const service = loaded.model.services['a'] as ComposeService;
    expect(serviceHashes(service, identity)).toEqual(Object.fromEntries(HASH_DIALECTS.map((dialect) => [dialect, serviceHash(service, dialect, identity)])));
  });

  it('of networks and volumes', () => {
    expect(networkHash({ name: 'n', ipam: {}, labels: { b: '1', a: '2' } }, identity)).toBe('{"name":"n","ipam":{},"labels":{"a":"2","b":"1"}}');
    expect(volumeHash({ name: 'v' }, identity)).toBe('{"name":"v","driver":"local"}');
  });

  it('escapes line separators as Go does', () => {
    expect(goJson('\u2028<', undefined, 'v5')).toBe('"\\u2028\\u003c"');
  });
});
