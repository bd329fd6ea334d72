import { COMPOSE_FILE, type Shape } from '@shared/domain/compose/shape';
import { composeKeyWords as words } from '../../locales/en/compose-keys';
import type { ComposePlace } from './compose-place';

/** One thing that may be typed. */
export interface ComposeOption {
  readonly label: string;
  /** What is put into the text. */
  readonly insert: string;
  readonly detail: string;
  readonly kind: 'key' | 'value' | 'name';
}

/** Values that the specification knows beside those of its schema, by the last key. */
const VALUES: { readonly [key: string]: readonly string[] } = {
  restart: ['no', 'always', 'on-failure', 'unless-stopped'],
  pull_policy: ['always', 'never', 'missing', 'build', 'daily', 'weekly'],
  network_mode: ['bridge', 'host', 'none'],
  protocol: ['tcp', 'udp'],
  driver: ['bridge', 'local', 'host', 'overlay'],
  stop_signal: ['SIGTERM', 'SIGINT', 'SIGQUIT'],
  cap_add: ['NET_ADMIN', 'NET_BIND_SERVICE', 'SYS_ADMIN', 'SYS_PTRACE'],
  cap_drop: ['ALL'],
};

/** What may stand at a place, from the schema of the specification and from the names of the file itself. */
export function composeOptions(place: ComposePlace, text: string): readonly ComposeOption[] {
  const names = namesAt(place, text);
  const shape = shapeAt(place.path);
  if (shape === undefined) return names;
  if (place.kind === 'value') return [...valuesOf(shape, place.path.at(-1) ?? ''), ...names];
  if (place.isItem) return [...names, ...keysOf(shape, place), ...valuesOf(shape, place.path.at(-2) ?? '')];
  return [...keysOf(shape, place), ...names.filter((name) => !place.siblings.has(name.label)).map((name) => ({ ...name, insert: `${name.label}:` }))];
}

/** What the schema says of a place; undefined where it knows nothing. */
export function shapeAt(path: readonly string[]): Shape | undefined {
  let shape: Shape | undefined = COMPOSE_FILE;
  for (const key of path) {
    if (shape === undefined) return undefined;
    shape = key === '*' ? shape.items : shape.keys !== undefined && Object.hasOwn(shape.keys, key) ? shape.keys[key] : shape.each;
  }
  return shape;
}

function keysOf(shape: Shape, { path, siblings }: ComposePlace): readonly ComposeOption[] {
  const described = describedAt(path);
  return Object.entries(shape.keys ?? {})
    .filter(([key]) => !siblings.has(key))
    .map(([key, of]) => ({ label: key, insert: of.scalars === undefined || of.scalars.every((type) => type === 'null') ? `${key}:` : `${key}: `, detail: Object.hasOwn(described, key) ? (described[key] ?? '') : '', kind: 'key' }));
}

/** The table of words for the keys of a place. */
function describedAt(path: readonly string[]): { readonly [key: string]: string } {
  if (path.length === 0) return words.file;
  const [section, , part, item] = path;
  if (section !== 'services') return path.length === 2 ? words.named : {};
  if (path.length === 2) return words.service;
  if (part === 'build' && path.length === 3) return words.build;
  if (part === 'healthcheck') return words.healthcheck;
  if (part === 'ports' && item === '*') return words.port;
  if (part === 'volumes' && item === '*') return words.mount;
  return {};
}

function valuesOf(shape: Shape, key: string): readonly ComposeOption[] {
  const value = (label: string): ComposeOption => ({ label, insert: label === 'no' ? '"no"' : label, detail: '', kind: 'value' });
  const known = shape.oneOf ?? (Object.hasOwn(VALUES, key) ? VALUES[key] : undefined) ?? [];
  const flags = shape.scalars?.includes('bool') === true ? ['true', 'false'] : [];
  return [...known, ...flags].map(value);
}

const SECTIONS: { readonly [key: string]: string } = { networks: 'networks', depends_on: 'services', links: 'services', volumes_from: 'services', secrets: 'secrets', configs: 'configs', volumes: 'volumes', models: 'models' };

/** Names of the file that are meant where a service names them. */
function namesAt({ path, kind, isItem }: ComposePlace, text: string): readonly ComposeOption[] {
  const [section, service, key] = path;
  if (section !== 'services' || service === undefined || key === undefined) return [];
  const option = (label: string, insert = label): ComposeOption => ({ label, insert, detail: '', kind: 'name' });
  if (kind === 'value' && key === 'network_mode') return namesOf(text, 'services').filter((name) => name !== service).map((name) => option(`service:${name}`));
  if (kind === 'value' && (path.join('.') === `services.${service}.extends.service` || path.join('.') === `services.${service}.extends`)) return namesOf(text, 'services').filter((name) => name !== service).map((name) => option(name));
  const of = Object.hasOwn(SECTIONS, key) ? SECTIONS[key] : undefined;
  if (of === undefined) return [];
  const isName = (isItem && path.length === 4) || (!isItem && kind === 'key' && path.length === 3 && (key === 'networks' || key === 'depends_on' || key === 'models')) || (kind === 'value' && path.at(-1) === 'source');
  if (!isName) return [];
  return namesOf(text, of)
    .filter((name) => !(of === 'services' && name === service))
    .map((name) => option(name, key === 'volumes' && kind === 'key' ? `${name}:` : name));
}

/** Names that a section of the file declares, told from its lines. */
export function namesOf(text: string, section: string): readonly string[] {
  const found: string[] = [];
  let inside = false;
  let indent = -1;
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const own = /^ */.exec(line)?.[0].length ?? 0;
    if (own === 0) {
      inside = new RegExp(`^["']?${section}["']?[ \\t]*:`).test(line);
      indent = -1;
      continue;
    }
    if (!inside) continue;
    if (indent === -1) indent = own;
    const name = own === indent ? /^ *(?:"([^"]+)"|'([^']+)'|([^\s:#]+))[ \t]*:(?:\s|$)/.exec(line) : null;
    if (name !== null) found.push(name[1] ?? name[2] ?? name[3] ?? '');
  }
  return [...new Set(found)];
}
