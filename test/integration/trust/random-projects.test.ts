import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import { loadCompose } from '@shared/domain/compose/load-compose';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { AppError } from '@shared/kernel/app-error';
import { factsOfModel } from '@main/projects/service';
import { EngineOracle } from '../../support/engine-oracle';
import { judgeAll, outsideOf } from '../../support/judged-calls';
import { DEEP } from '../../support/random';

/** With BERTH_DEEP=1 many more. */
const RUNS = DEEP ? 20_000 : 400;

let parent = '';
let dir = '';
beforeAll(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'bt-random-')));
  dir = join(parent, 'shop');
  for (const folder of ['data', '../outside']) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, 'Dockerfile'), 'FROM scratch\n');
  await symlink(outsideOf(dir), join(dir, 'out'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** Loads a text without a process or a file: a random tree has the same meaning, thousands of times faster. */
async function load(text: string): Promise<LoadedCompose> {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new AppError('compose-invalid', parsed.message);
  return loadCompose(
    { files: [join(dir, 'compose.yml')], envFiles: [], profiles: [], projectName: 'shop', environment: Object.create(null) as { [name: string]: string } },
    {
      parse: () => Promise.resolve(parsed.documents),
      readText: () => Promise.resolve(undefined),
      paths: { home: '/root', isAbsolute: (path) => path.startsWith('/'), join: (...parts) => join(...parts), dirname: (path) => join(path, '..'), basename: (path) => path.split('/').at(-1) ?? '' },
    },
    (bytes) => String(bytes.length),
  );
}

/** Only a few of the fields at once: a tree with everything in it loads almost never. */
function some(fields: { readonly [name: string]: fc.Arbitrary<unknown> }, most: number): fc.Arbitrary<{ readonly [name: string]: unknown }> {
  const names = Object.keys(fields);
  return fc.subarray(names, { maxLength: most }).chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, fields[name] ?? fc.constant(null)]))));
}

const path = fc.constantFrom('./data', './out', '.', '..', '../outside', '/', '/etc', '/var/run/docker.sock', '/run', '~/.ssh', './out/deep', '/proc', 'data', './data/../..', '//etc', '/var/run/../run/docker.sock');
const mode = fc.constantFrom('host', 'none', 'bridge', 'private', 'container:stranger', 'service:db', 'service:web', 'shareable', '');
const word = fc.constantFrom('x', 'host', 'local', 'bridge', 'SYS_ADMIN', 'ALL', 'unconfined', 'always', '/dev/sda', 'true', 'web', 'db', '__proto__', 'constructor', '');
const scalar = fc.oneof(word, path, fc.boolean(), fc.integer({ min: -1, max: 70_000 }), fc.constant(null));
const labels = fc.dictionary(fc.constantFrom('a', 'com.docker.compose.project', 'com.docker.compose.service', 'dev.berth.tx', 'com.docker.compose.x', 'Dev.Berth.mode', 'constructor'), word, { maxKeys: 2 });
const options = fc.record({ type: fc.constantFrom('none', 'tmpfs', 'nfs', 'overlay', 'ext4'), o: fc.constantFrom('bind', 'size=1m', 'rbind,ro', 'addr=1.2.3.4', 'lowerdir=/etc', ''), device: path }, { requiredKeys: [] });
const mount = fc.oneof(
  fc.tuple(path, fc.constantFrom('', ':ro', ':z', ':rshared', ':ro,Z', ':nocopy')).map(([source, more]) => `${source}:/t${more}`),
  fc.record({ type: fc.constantFrom('bind', 'volume', 'tmpfs', 'npipe', 'cluster', 'image'), source: path, target: fc.constant('/m'), read_only: fc.boolean(), bind: fc.record({ propagation: fc.constantFrom('rshared', 'rslave', 'private'), selinux: fc.constantFrom('z', 'Z'), create_host_path: fc.boolean() }, { requiredKeys: [] }) }, { requiredKeys: ['type', 'target'] }),
);
const build = fc.oneof(
  path,
  some({ context: path, dockerfile: fc.oneof(fc.constant('Dockerfile'), path), network: mode, labels, privileged: fc.boolean(), ssh: fc.constant(['default']), secrets: fc.constant(['key']), additional_contexts: fc.dictionary(fc.constant('x'), path), entitlements: fc.constant(['security.insecure']), args: fc.dictionary(word, word) }, 3),
);
const service = some(
  {
    build, privileged: fc.boolean(), network_mode: mode, pid: mode, ipc: mode, uts: mode, userns_mode: mode, cgroup: mode,
    cap_add: fc.array(word, { maxLength: 2 }), devices: fc.array(path, { maxLength: 2 }), device_cgroup_rules: fc.array(word, { maxLength: 1 }),
    security_opt: fc.array(fc.constantFrom('seccomp:unconfined', 'apparmor=x', 'no-new-privileges:true', 'systempaths=unconfined', 'label:disable'), { maxLength: 2 }),
    volumes: fc.array(mount, { maxLength: 3 }), volumes_from: fc.array(fc.constantFrom('container:stranger', 'db', 'web:ro'), { maxLength: 1 }), labels,
    runtime: fc.constantFrom('runc', 'sysbox-runc'), cgroup_parent: path, logging: fc.record({ driver: fc.constantFrom('json-file', 'syslog', 'none', 'local') }), restart: fc.constantFrom('always', 'no', 'on-failure:3', 'odd'),
    gpus: fc.constantFrom('all'), annotations: fc.dictionary(word, word, { maxKeys: 1 }), networks: fc.oneof(fc.array(fc.constantFrom('lan', 'default'), { maxLength: 2 }), fc.constant({ lan: { driver_opts: { a: 'b' } } })),
    use_api_socket: fc.boolean(), provider: fc.constant({ type: 'x' }), secrets: fc.constant(['key']), configs: fc.constant(['key']), tmpfs: path, volume_driver: word, links: fc.constant(['db']), external_links: fc.constant(['stranger']),
    ports: fc.array(fc.constantFrom('80', '127.0.0.1:80:80', '0.0.0.0:1-2:1-2'), { maxLength: 2 }), sysctls: fc.dictionary(word, word, { maxKeys: 1 }), group_add: fc.array(word, { maxLength: 1 }), domainname: word, command: word, post_start: fc.constant([{ command: 'x' }]),
    deploy: fc.constant({ resources: { reservations: { devices: [{ driver: 'cdi', device_ids: ['a/b=c'], capabilities: ['cdi'] }] } } }),
  },
  4,
).map((fields) => ({ image: 'busybox', ...fields }));
const scalarService = fc.dictionary(fc.constantFrom('privileged', 'image', 'network_mode', 'volumes', 'x-any'), scalar, { maxKeys: 2 });
const tree = some(
  {
    networks: fc.record({ lan: some({ driver: fc.constantFrom('bridge', 'macvlan', 'host', 'x/y'), driver_opts: fc.dictionary(fc.constantFrom('com.docker.network.bridge.name', 'parent'), word), labels, ipam: fc.record({ driver: fc.constantFrom('default', 'x') }) }, 2) }),
    volumes: fc.record({ data: some({ driver: fc.constantFrom('local', 'x/y'), driver_opts: options, labels, name: fc.constantFrom('other_data', 'mine') }, 2) }),
  },
  2,
).chain((top) =>
  fc.record({ web: service, db: fc.oneof({ weight: 9, arbitrary: service }, { weight: 1, arbitrary: scalarService }) }).map((services) => ({
    services,
    // What services name is there, or hardly any tree would load.
    networks: { lan: {}, default: {} },
    volumes: { data: {} },
    secrets: { key: { file: './data' } },
    configs: { key: { content: 'x' } },
    ...top,
  })),
);

describe('random projects', () => {
  it('send only what the second opinion lets pass; untrusted ones send nothing; nothing is polluted', { timeout: RUNS * 60 }, async () => {
    const seen = { loaded: 0, refused: 0, sent: 0 };
    await fc.assert(
      fc.asyncProperty(tree, async (random) => {
        const loaded = await load(stringify(random)).catch((error: unknown) => {
          if (!(error instanceof AppError)) throw error;
          return null;
        });
        expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
        if (loaded === null) return;
        seen.loaded += 1;
        const oracle = () => new EngineOracle([{ project: 'shop', roots: [dir], trusted: true, grants: [] }]);
        expect((await judgeAll(loaded, dir, null)).sent).toEqual([]);
        const { sent, recorded, refused } = await judgeAll(loaded, dir, []);
        expect(oracle().violations(recorded)).toEqual([]);
        seen.sent += sent.length;
        seen.refused += refused.length;
        // What was agreed to passes, as far as it can be agreed to at all: model and payload name the same facts.
        const facts = await factsOfModel(loaded, dir);
        const trusting = await judgeAll(loaded, dir, facts.map((fact) => fact.key));
        const unknown = trusting.refused.filter((error) => error.code === 'trust-required').flatMap((error) => (error.details?.['facts'] as readonly { readonly key: string }[]).map((fact) => fact.key));
        expect(unknown.filter((key) => !key.startsWith('foreign-volume:'))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    // The trees are worth something only when many of them load and are judged.
    expect(seen.loaded).toBeGreaterThan(RUNS / 4);
    expect(seen.sent).toBeGreaterThan(RUNS / 4);
    expect(seen.refused).toBeGreaterThan(RUNS / 4);
    process.stdout.write(`${String(RUNS)} trees: ${String(seen.loaded)} loaded, ${String(seen.sent)} calls sent, ${String(seen.refused)} refused\n`);
  });
});
