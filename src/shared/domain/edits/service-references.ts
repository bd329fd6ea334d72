import { splitColons } from '../checks/compose-edit';
import { editYaml, type YamlEdit, type YamlEditOutcome } from '../yaml/edit-yaml';
import { ByHand, meaningOf, type YamlPath } from '../yaml/yaml-places';

/** What a service names: other services, and what the file defines at its top. */
export type ReferenceSection = 'services' | 'networks' | 'volumes' | 'secrets' | 'configs';

/** One place where a service names something. */
interface Spot {
  /** What goes when the name goes. */
  readonly whole: YamlPath;
  /** Where the name stands. */
  readonly at: YamlPath;
  /** The name is the key of an entry. */
  readonly isKey: boolean;
  /** What stands there with another name. */
  readonly renamed: (to: string) => string;
}

const NAMESPACES = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const;

/** Takes out every place where a service names something; the same text where it names it nowhere. A list that holds nothing else goes along. */
export function dropReference(text: string, service: string, section: ReferenceSection, name: string): YamlEditOutcome {
  return withSpots(text, service, section, name, (spots) => [...spots].reverse().map(({ whole }): YamlEdit => ({ kind: 'remove', path: whole, upTo: 3 })));
}

/** Writes another name wherever a service names something; the same text where it names it nowhere. */
export function renameReference(text: string, service: string, section: ReferenceSection, from: string, to: string): YamlEditOutcome {
  return withSpots(text, service, section, from, (spots) => spots.map(({ at, isKey, renamed }): YamlEdit => (isKey ? { kind: 'rename', path: at, to } : { kind: 'set', path: at, value: renamed(to) })));
}

function withSpots(text: string, service: string, section: ReferenceSection, name: string, edits: (spots: readonly Spot[]) => readonly YamlEdit[]): YamlEditOutcome {
  try {
    const definition = mapOf(mapOf(mapOf(meaningOf(text))['services'])[service]);
    return editYaml(text, edits(section === 'services' ? serviceSpots(definition, service, name) : objectSpots(definition, service, section, name)));
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

function serviceSpots(definition: { readonly [key: string]: unknown }, service: string, name: string): readonly Spot[] {
  const base = ['services', service];
  const first = (text: string): string => splitColons(text)[0] ?? '';
  const others = (key: 'links' | 'volumes_from'): readonly Spot[] =>
    itemsOf(definition[key]).flatMap((item, index) => (typeof item === 'string' && first(item) === name ? [spotOf([...base, key, index], (to) => to + item.slice(name.length))] : []));
  const spaces = NAMESPACES.flatMap((key) => (definition[key] === `service:${name}` ? [spotOf([...base, key], (to) => `service:${to}`)] : []));
  const contexts = mapOf(mapOf(definition['build'])['additional_contexts']);
  const built = Object.entries(contexts).flatMap(([key, value]) => (value === `service:${name}` ? [spotOf([...base, 'build', 'additional_contexts', key], (to) => `service:${to}`)] : []));
  return [...namesIn(definition['depends_on'], [...base, 'depends_on'], name), ...others('links'), ...others('volumes_from'), ...spaces, ...built];
}

function objectSpots(definition: { readonly [key: string]: unknown }, service: string, section: Exclude<ReferenceSection, 'services'>, name: string): readonly Spot[] {
  const base = ['services', service, section];
  if (section === 'networks') return namesIn(definition[section], base, name);
  return itemsOf(definition[section]).flatMap((item, index): readonly Spot[] => {
    const whole = [...base, index];
    if (typeof item === 'string') {
      const [source, ...rest] = section === 'volumes' ? splitColons(item) : [item];
      return source === name ? [spotOf(whole, (to) => [to, ...rest].join(':'))] : [];
    }
    return mapOf(item)['source'] === name && mapOf(item)['type'] !== 'bind' ? [{ ...spotOf(whole, (to) => to), at: [...whole, 'source'] }] : [];
  });
}

/** Names of a list, or the keys of a mapping. */
function namesIn(value: unknown, base: YamlPath, name: string): readonly Spot[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => (item === name ? [spotOf([...base, index], (to) => to)] : []));
  return Object.hasOwn(mapOf(value), name) ? [{ ...spotOf([...base, name], (to) => to), isKey: true }] : [];
}

function spotOf(at: YamlPath, renamed: Spot['renamed']): Spot {
  return { whole: at, at, isKey: false, renamed };
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function mapOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: unknown }) : {};
}
