import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComposeModel, LoadedCompose } from '@shared/domain/compose/model';
import { asTwin, freeSuffix, portsOfTwin, shifted, twinName, twinTrust, volumeCopies } from '@shared/domain/projects/twin';

const TWIN = { of: 'p_1', suffix: '-test', portOffset: 10_000 };
const DIR = '/state/twins/op_1/work/shop';

function loaded(model: unknown): LoadedCompose {
  return { model: { services: {}, networks: {}, volumes: {}, configs: {}, secrets: {}, ...(model as Partial<ComposeModel>) }, projectDir: DIR } as unknown as LoadedCompose;
}

describe('asTwin', () => {
  const twin = asTwin(
    loaded({
      name: 'shop-test',
      services: {
        api: {
          container_name: 'the-api',
          image: 'registry/shop-api',
          build: { context: `${DIR}/api`, tags: ['registry/shop-api:9'] },
          mac_address: '02:42:ac:11:65:43',
          ports: [{ target: 80, published: '8080', protocol: 'tcp' }, { target: 81, protocol: 'tcp' }],
          networks: { front: { ipv4_address: '10.5.0.5', aliases: ['a'] }, back: null },
          volumes: [
            { type: 'bind', source: `${DIR}/data`, target: '/d' },
            { type: 'bind', source: '/home/me/photos', target: '/p' },
            { type: 'bind', source: '/var/run/docker.sock', target: '/s' },
            { type: 'volume', source: 'data', target: '/v' },
          ],
        },
        db: { image: 'postgres:16' },
      },
      networks: { front: { name: 'shop-test_front', ipam: { config: [{ subnet: '10.5.0.0/16' }] } }, back: { name: 'fixed' }, shared: { name: 'everybody', external: true } },
      volumes: { data: { name: 'shop-test_data', driver: 'local', driver_opts: { device: '/srv/data', o: 'bind' } }, named: { name: 'the-data' }, outer: { name: 'outer', external: true } },
    }),
    TWIN,
  );

  it('takes over no container name, image name, address or port of the original', () => {
    const { api, db } = twin.model.services;
    expect(api).toMatchObject({ container_name: 'the-api-test', build: { context: `${DIR}/api` }, ports: [{ published: '18080' }, { target: 81 }], networks: { front: { aliases: ['a'] }, back: null } });
    expect(api).not.toHaveProperty('image');
    expect(api?.build).not.toHaveProperty('tags');
    expect(api).not.toHaveProperty('mac_address');
    expect(api?.networks?.['front']).not.toHaveProperty('ipv4_address');
    expect(db?.image).toBe('postgres:16');
  });

  it('writes to nothing of the host outside its folder', () => {
    expect(twin.model.services['api']?.volumes?.map((one) => [one.source, one.read_only === true])).toEqual([[`${DIR}/data`, false], ['/home/me/photos', true], ['/var/run/docker.sock', false], ['data', false]]);
  });

  it('has networks and volumes of its own, and says whose data they begin with', () => {
    expect(Object.values(twin.model.networks).map((one) => one.name)).toEqual(['shop-test_front', 'fixed-test', 'shop-test_shared']);
    expect(twin.model.networks['front']?.ipam).toEqual({});
    expect(Object.values(twin.model.volumes)).toEqual([{ name: 'shop-test_data' }, { name: 'the-data-test' }, { name: 'shop-test_outer' }]);
    const original = loaded({ name: 'shop', volumes: { data: { name: 'shop_data' }, named: { name: 'the-data' }, outer: { name: 'outer', external: true } } });
    expect(volumeCopies(original, twin)).toEqual([{ from: 'shop_data', to: 'shop-test_data' }, { from: 'the-data', to: 'the-data-test' }, { from: 'outer', to: 'shop-test_outer' }]);
  });

  it('judges mounts by the folder of the twin, not by that of its first compose file', () => {
    const nested = asTwin({ ...loaded({ name: 'x-test', services: { a: { volumes: [{ type: 'bind', source: `${DIR}/src`, target: '/s' }] } } }), projectDir: `${DIR}/deploy` }, TWIN, DIR);
    expect(nested.model.services['a']?.volumes?.[0]).not.toHaveProperty('read_only');
  });
});

describe('ports of a twin', () => {
  it('stay ports, keep their range, and never meet those of the original', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_000 }), fc.integer({ min: 0, max: 500 }), fc.integer({ min: 600, max: 30_000 }), (first, length, offset) => {
        const last = Math.min(first + length, 65_535);
        const moved = (shifted({ target: 80, published: `${String(first)}-${String(last)}` } as never, offset).published ?? '').split('-').map(Number);
        fc.pre(first > offset || last + offset <= 65_535);
        expect((moved[1] ?? 0) - (moved[0] ?? 0)).toBe(last - first);
        expect(moved[0]).toBeGreaterThan(0);
        expect(moved[1]).toBeLessThanOrEqual(65_535);
        expect((moved[0] ?? 0) > last || (moved[1] ?? 0) < first).toBe(true);
      }),
    );
  });

  it('are all named, each once, also where several modes publish the same', () => {
    const mode = loaded({ services: { a: { ports: [{ published: '8000-8002' }, { published: '53', protocol: 'udp' }, {}] } } });
    expect(portsOfTwin([mode, mode], 10_000)).toEqual([18_000, 18_001, 18_002, 10_053]);
  });

  it('are refused where two would meet', () => {
    expect(portsOfTwin([loaded({ services: { a: { ports: [{ published: '60000' }, { published: '40000' }] } } })], 10_000)).toBeNull();
  });
});

describe('name and trust of a twin', () => {
  it('takes a name that no project on the engine has', () => {
    expect(freeSuffix('shop', '-test', new Set(['shop']))).toBe('-test');
    expect(freeSuffix('shop', '-test', new Set(['shop-test', 'shop-test2']))).toBe('-test3');
    expect(twinName('shop', { suffix: '-test3' })).toBe('shop-test3');
  });

  it('may do what the original may, at the places of the copy, and writes nowhere new', () => {
    expect(twinTrust(['bind-outside:api:/srv/x:rw', 'build-outside:/work/lib', 'privileged:api'], '/state/twins/op_1')).toEqual([
      'bind-outside:api:/srv/x:ro',
      'bind-outside:api:/srv/x:rw',
      'bind-outside:api:/state/twins/op_1/srv/x:ro',
      'bind-outside:api:/state/twins/op_1/srv/x:rw',
      'build-outside:/state/twins/op_1/work/lib',
      'build-outside:/work/lib',
      'privileged:api',
    ]);
    expect(twinTrust([], '/state')).toEqual([]);
  });
});
