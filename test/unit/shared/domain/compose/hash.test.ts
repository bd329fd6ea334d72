import { describe, expect, it } from 'vitest';
import { goJson, networkHash, serviceHash, volumeHash } from '@shared/domain/compose/hash';
import type { ComposeService } from '@shared/domain/compose/model';
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

  it('of networks and volumes', () => {
    expect(networkHash({ name: 'n', ipam: {}, labels: { b: '1', a: '2' } }, identity)).toBe('{"name":"n","ipam":{},"labels":{"a":"2","b":"1"}}');
    expect(volumeHash({ name: 'v' }, identity)).toBe('{"name":"v","driver":"local"}');
  });

  it('escapes line separators as Go does', () => {
    expect(goJson('\u2028<', undefined, 'v5')).toBe('"\\u2028\\u003c"');
  });
});
