import type { ComposeModel, ComposeNetwork } from '../compose/model';
import { editYaml, type YamlEdit, type YamlEditOutcome } from '../yaml/edit-yaml';
import { rewriteScalars } from '../yaml/rewrite-scalars';
import { meaningOf, ByHand } from '../yaml/yaml-places';

/** What a rename of a network does: to its key in the files, to the name it has on the engine, or to both. */
export interface NetworkRename {
  readonly key: string;
  /** The key afterwards; the same when only the engine's name changes. */
  readonly toKey: string;
  /** What `name:` is to say; undefined leaves what it says. */
  readonly toName: string | undefined;
}

/** What a rename means in one mode, where a network is named by its key or by its name on the engine. Undefined when the mode has none of that name; a sentence when it cannot be done. */
export function networkRename(model: ComposeModel, network: string, to: string, writtenName: (key: string) => string | undefined): NetworkRename | { readonly refused: string } | undefined {
  const entry = Object.entries(model.networks).find(([key]) => key === network) ?? Object.entries(model.networks).find(([, one]) => one.name === network);
  if (entry === undefined) return undefined;
  const [key, { name, external }] = entry;
  if (model.networks[to] !== undefined && to !== key) return { refused: `There is already a network called ${to}.` };
  // `default` is what services without networks are on: its key is no name that can be chosen.
  if (key === 'default') return external === true ? { refused: outside(name) } : { key, toKey: key, toName: to };
  const isByName = key !== network;
  const hasName = writtenName(key) !== undefined;
  if (external === true) return isByName ? { refused: outside(name) } : { key, toKey: to, toName: hasName ? undefined : name };
  return { key, toKey: isByName ? key : to, toName: isByName || (hasName && name === network) ? to : undefined };
}

function outside(name: string): string {
  return `The network ${name} is made outside of this project, so Berth does not rename it.`;
}

/** Renames a network in one compose file: where it is defined, and in every service that names it, short or long. */
export function renameNetwork(text: string, { key, toKey, toName }: NetworkRename, isDefinedElsewhere = false): YamlEditOutcome {
  const short = rewriteScalars(text, [['services', '*', 'networks', '*']], ({ path, value }) => (typeof path.at(-1) === 'number' && value === key ? toKey : undefined));
  if (short.kind === 'by-hand') return short;
  try {
    const root = mapOf(meaningOf(short.text));
    const edits: YamlEdit[] = [];
    for (const [service, definition] of Object.entries(mapOf(root['services']))) {
      const networks = mapOf(definition)['networks'];
      if (toKey !== key && !Array.isArray(networks) && Object.hasOwn(mapOf(networks), key)) edits.push({ kind: 'rename', path: ['services', service, 'networks', key], to: toKey });
    }
    const isDefined = Object.hasOwn(mapOf(root['networks']), key);
    if (isDefined && toKey !== key) edits.push({ kind: 'rename', path: ['networks', key], to: toKey });
    if (toName !== undefined && (isDefined || (key === 'default' && !isDefinedElsewhere))) edits.push({ kind: 'set', path: ['networks', toKey, 'name'], value: toName });
    return editYaml(short.text, edits);
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

function mapOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as { readonly [key: string]: unknown }) : {};
}

/** What the model must be afterwards: the network's name, and those who name it, and nothing else. */
export function renamedModel(model: ComposeModel, { key, toKey, toName }: NetworkRename, nameOfKey: (key: string) => string): ComposeModel {
  const renamed = <T>(map: { readonly [name: string]: T }): { readonly [name: string]: T } => Object.fromEntries(Object.entries(map).map(([name, value]) => [name === key ? toKey : name, value]));
  const network = model.networks[key];
  const wasImplicit = network?.name === nameOfKey(key);
  const name = toName ?? (wasImplicit ? nameOfKey(toKey) : (network?.name ?? ''));
  const networks: { readonly [name: string]: ComposeNetwork } = network === undefined ? model.networks : { ...renamed(model.networks), [toKey]: { ...network, name } };
  const services = Object.entries(model.services).map(([service, definition]) => [service, definition.networks === undefined ? definition : { ...definition, networks: renamed(definition.networks) }] as const);
  return { ...model, networks, services: Object.fromEntries(services) };
}
