import { Chance } from './chance';
import { NAMES, SERVICE_VALUES } from './service-values';
import { Tagged, yamlText, type Yaml } from './yaml-text';

/** Files of one set by their path; those in `merge` are loaded together, in this order. */
export interface MadeSet {
  readonly name: string;
  readonly files: { readonly [path: string]: string };
  readonly merge: readonly string[];
}

type Section = { [key: string]: Yaml };

/** No label_file: `config --hash` cannot be asked for the hash of a service that has it beside an env_file. */
const KEYS = Object.keys(SERVICE_VALUES).filter((key) => key !== 'label_file');

/** What services name besides compose files. */
export const SIDE_FILES: { readonly [path: string]: string } = {
  '.env': 'A=fromdotenv\nIMAGE_TAG=1.2\nQUOTED="a $A b"\nNOTHING_SET=\n',
  'a.env': '# first\nA=1\nSHARED=a\nexport X=\'literal $A\'\nREF=${SHARED}-x\n',
  'b.env': 'SHARED=b\nY: colon\nMULTI="two\\nlines"\nHOME\n',
  'raw.env': 'RAW="kept" # not a comment\nDOLLAR=$A\n',
  'labels.env': 'from.file=yes\ntraefik.enable=file\n',
};

function someKeys(chance: Chance, prefer: readonly string[]): string[] {
  const keys = new Set(prefer.filter(() => chance.percent(70)));
  for (const key of chance.some(KEYS, 1, 4)) keys.add(key);
  return [...keys];
}

function valueOf(chance: Chance, key: string, tags: boolean): Yaml {
  const value = chance.pick(SERVICE_VALUES[key] ?? [null]);
  if (!tags || !chance.percent(12)) return value;
  return chance.percent(50) ? new Tagged('!override', value) : new Tagged('!reset', Array.isArray(value) ? [] : null);
}

function service(chance: Chance, prefer: readonly string[], { tags, whole }: { readonly tags: boolean; readonly whole: boolean }): Section {
  const made: Section = {};
  if (whole || chance.percent(15)) made['image'] = chance.pick(['nginx', 'postgres:16', 'app:${IMAGE_TAG}', 'redis:${NONE:-7}-alpine']);
  for (const key of someKeys(chance, prefer)) made[key] = valueOf(chance, key, tags);
  if ('networks' in made && chance.percent(3)) made['network_mode'] = 'host';
  return made;
}

const NETWORK_VALUES: readonly Yaml[] = [
  null, {}, { driver: 'bridge' }, { external: true }, { name: 'custom', labels: ['a=b', 'c=d'] }, { labels: { a: 1, e: 'f' }, internal: true },
  { ipam: { driver: 'default', config: [{ subnet: '172.16.238.0/24', gateway: '172.16.238.1' }] } },
  { ipam: { config: [{ subnet: '172.16.238.0/24', ip_range: '172.16.238.128/25' }, { subnet: '2001:3984:3989::/64', aux_addresses: { host1: '2001:3984:3989::5' } }] }, enable_ipv6: true },
  { driver_opts: { 'com.docker.network.driver.mtu': 1450 }, attachable: true },
];
const VOLUME_VALUES: readonly Yaml[] = [
  null, {}, { driver: 'local' }, { driver: 'local', driver_opts: { type: 'none', o: 'bind', device: './dev' } }, { labels: ['l=1'] }, { labels: { l: '2', m: true }, name: 'named-${A}' },
  { driver_opts: { type: 'nfs', o: 'addr=10.40.0.199,nolock', size: 5 } },
];
const SECRET_VALUES: readonly Yaml[] = [{ file: './secret.txt' }, { environment: 'A' }, { file: '/abs/secret', labels: { a: 'b' } }];
const CONFIG_VALUES: readonly Yaml[] = [{ file: './nginx.conf' }, { content: 'debug=${A}\nx=$$y\n' }, { environment: 'A' }];

const OVER_VALUES: readonly Yaml[] = [null, { labels: { a: 'c' } }, { name: 'renamed' }];

/** The sections of a base (`whole`), or of what is laid over it. */
function sections(chance: Chance, whole: boolean): Section {
  const made: Section = {};
  const share = whole ? 100 : 25;
  const put = (section: string, names: readonly string[], values: readonly Yaml[]): void => {
    const chosen = names.filter(() => chance.percent(share));
    if (chosen.length > 0) made[section] = Object.fromEntries(chosen.map((name) => [name, chance.pick(values)]));
  };
  put('networks', NAMES.networks, NETWORK_VALUES);
  put('volumes', NAMES.volumes, whole && chance.percent(10) ? [...VOLUME_VALUES, { external: true, name: 'actual-name' }] : VOLUME_VALUES);
  put('secrets', NAMES.secrets, whole ? SECRET_VALUES : OVER_VALUES);
  put('configs', NAMES.configs, whole ? CONFIG_VALUES : OVER_VALUES);
  return made;
}

/** A base and one or two files over it; some with `extends`, `include` or profiles. */
export function mergeSet(seed: number): MadeSet {
  const chance = new Chance(seed);
  const services: Section = {};
  const keysOf: { [name: string]: string[] } = {};
  for (const name of NAMES.services) {
    const made = service(chance, [], { tags: false, whole: true });
    keysOf[name] = Object.keys(made).filter((key) => key in SERVICE_VALUES);
    services[name] = made;
  }
  // Nobody depends on itself or in a circle: the last ones depend on none.
  for (const name of ['db', 'cache']) for (const key of ['depends_on', 'links', 'volumes_from', 'pid', 'profiles']) delete (services[name] as Section)[key];
  const files: { [path: string]: string } = { ...SIDE_FILES };
  const base: Section = { ...(chance.percent(30) ? { name: 'made' } : {}), ...(chance.percent(20) ? { version: '3.8' } : {}), services, ...sections(chance, true) };
  if (chance.percent(25)) {
    const common = service(chance, keysOf['api'] ?? [], { tags: false, whole: true });
    for (const key of ['depends_on', 'links', 'volumes_from', 'pid']) delete common[key];
    const isFile = chance.percent(60);
    if (isFile) files['shared/common.yaml'] = yamlText({ services: { common, other: { extends: 'common', ...service(chance, [], { tags: false, whole: false }) } } });
    else services['common'] = common;
    services['api'] = { ...(services['api'] as Section), extends: isFile ? { file: 'shared/common.yaml', service: chance.pick(['common', 'other']) } : chance.pick(['common', { service: 'common' }]) };
  }
  if (chance.percent(20)) {
    const included = service(chance, [], { tags: false, whole: true });
    for (const key of ['depends_on', 'links', 'volumes_from', 'pid', 'networks', 'secrets', 'configs']) delete included[key];
    files['inner/compose.yaml'] = yamlText({ services: { inner: included }, volumes: { data: null, logs: null, media: null } });
    files['inner/.env'] = 'A=inner\nIMAGE_TAG=inner\n';
    base['include'] = [chance.pick<Yaml>(['inner/compose.yaml', { path: 'inner/compose.yaml', project_directory: '.' }, { path: ['./inner/compose.yaml'], env_file: './a.env' }])];
  }
  files['compose.yaml'] = yamlText(base);
  const merge = ['compose.yaml'];
  for (let index = 0; index < (chance.percent(20) ? 2 : 1); index += 1) {
    const over: Section = {};
    for (const name of chance.some(NAMES.services, 1, 3)) {
      const made = service(chance, keysOf[name] ?? [], { tags: true, whole: false });
      if (name === 'db' || name === 'cache') for (const key of ['depends_on', 'links', 'volumes_from', 'pid', 'profiles']) delete made[key];
      over[name] = chance.percent(5) ? new Tagged('!override', { image: 'over', ...made }) : chance.percent(2) ? new Tagged('!reset', null) : made;
    }
    const path = index === 0 ? 'compose.override.yaml' : 'compose.more.yaml';
    files[path] = yamlText({ services: over, ...sections(chance, false) });
    merge.push(path);
  }
  return { name: `merge-${seed}`, files, merge };
}
