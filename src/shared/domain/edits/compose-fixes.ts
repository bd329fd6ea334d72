import type { ComposeAction } from '../checks/fix-actions';
import { splitColons } from '../checks/compose-edit';
import { editYaml, type YamlEdit, type YamlEditOutcome } from '../yaml/edit-yaml';
import type { YamlValue } from '../yaml/write-yaml';
import { ByHand, meaningOf, nodeAt, pairAt, pathAt, type YamlPath } from '../yaml/yaml-places';
import { healthcheckEntry } from './healthcheck';
import { dropReference, renameReference } from './service-references';

/** What the editor of health checks proposes for a port. */
const TIMES = { intervalSeconds: 10, timeoutSeconds: 5, retries: 3, startPeriodSeconds: 10 } as const;

/** Makes the change of a fix in one compose file; the same text where the file has nothing of it. */
export function editForFix(text: string, action: ComposeAction): YamlEditOutcome {
  switch (action.kind) {
    case 'rename-reference':
      return renameReference(text, action.service, action.section, action.from, action.to);
    case 'drop-reference':
      return dropReference(text, action.service, action.section, action.name);
    default:
      return guarded(() => editYaml(text, editsOf(text, action)));
  }
}

function guarded(make: () => YamlEditOutcome): YamlEditOutcome {
  try {
    return make();
  } catch (error) {
    if (error instanceof ByHand) return { kind: 'by-hand', reason: error.message };
    throw error;
  }
}

function editsOf(text: string, action: Exclude<ComposeAction, { kind: 'rename-reference' | 'drop-reference' }>): readonly YamlEdit[] {
  switch (action.kind) {
    case 'declare':
      // What another mode needs may be written already.
      return pairAt(text, [action.section, action.name]) === undefined ? [{ kind: 'set', path: [action.section, action.name], value: action.value }] : [];
    case 'set-healthcheck':
      return [{ kind: 'set', path: [...declared(text, action.service), 'healthcheck'], value: action.port === null ? { disable: true } : healthcheckEntry({ kind: 'tcp', port: action.port, path: '/', command: '', ...TIMES }) }];
    case 'join-network':
      return joinEdits(text, action.service, action.network, action.has);
    case 'set-build':
      return buildEdits(text, action.service, action.key, action.to);
    case 'mount-volume':
      return mountEdits(text, action.service, action.volume, action.target);
    case 'use-external':
      return [
        { kind: 'set', path: [action.section, action.key, 'name'], value: action.name },
        { kind: 'set', path: [action.section, action.key, 'external'], value: true },
      ];
    case 'use-own':
      return [isAlone(valueAt(text, [action.section, action.key])) ? { kind: 'set', path: [action.section, action.key], value: {} } : { kind: 'remove', path: [action.section, action.key, 'name'] }];
    case 'remove-entry':
      return [{ kind: 'remove', path: entryPath(text, action), upTo: action.path[0] === 'services' ? 3 : undefined }];
    case 'rename-key':
      return [{ kind: 'rename', path: entryPath(text, action), to: action.to }];
  }
}

/** Nothing else would be left. */
function isAlone(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 1;
}

/** The path of a service that this file declares. */
function declared(text: string, service: string): YamlPath {
  const path = ['services', service];
  if (pairAt(text, path) === undefined) throw new ByHand(`${service} is not declared in this file.`);
  return path;
}

function joinEdits(text: string, service: string, network: string, has: readonly string[]): readonly YamlEdit[] {
  const path = [...declared(text, service), 'networks'];
  const written = valueAt(text, path);
  if (Array.isArray(written)) return [{ kind: 'append', path, value: network }];
  if (typeof written === 'object' && written !== null) return [{ kind: 'set', path: [...path, network], value: {} }];
  return [{ kind: 'set', path, value: [...has, network] }];
}

/** The short form of a build is its context; anything else needs the long one. */
function buildEdits(text: string, service: string, key: string, to: string | null): readonly YamlEdit[] {
  const path = [...declared(text, service), 'build'];
  const written = valueAt(text, path);
  if (typeof written !== 'string') return [to === null ? { kind: 'remove', path: [...path, key] } : { kind: 'set', path: [...path, key], value: to }];
  if (to === null) return [];
  return [{ kind: 'set', path, value: key === 'context' ? to : { context: written, [key]: to } }];
}

/** At a place where something else is mounted the volume takes its place. */
function mountEdits(text: string, service: string, volume: string, target: string): readonly YamlEdit[] {
  const path = [...declared(text, service), 'volumes'];
  const written = valueAt(text, path);
  const index = Array.isArray(written) ? written.findIndex((item: unknown) => targetOf(item) === target) : -1;
  if (index === -1) return [{ kind: 'append', path, value: `${volume}:${target}` }];
  const item: unknown = Array.isArray(written) ? written[index] : undefined;
  if (typeof item === 'string') return [{ kind: 'set', path: [...path, index], value: [volume, ...splitColons(item).slice(1)].join(':') }];
  const edits: YamlEdit[] = [{ kind: 'set', path: [...path, index, 'type'], value: 'volume' }, { kind: 'set', path: [...path, index, 'source'], value: volume }];
  return [...edits, ...['bind', 'tmpfs'].filter((key) => valueAt(text, [...path, index, key]) !== undefined).map((key): YamlEdit => ({ kind: 'remove', path: [...path, index, key] }))];
}

function targetOf(item: unknown): string | undefined {
  if (typeof item === 'string') return splitColons(item)[1];
  const target = typeof item === 'object' && item !== null ? (item as { readonly target?: unknown }).target : undefined;
  return typeof target === 'string' ? target : undefined;
}

/** Where an entry stands in this file: a list of several files has other numbers than its own. */
function entryPath(text: string, { path, line, column }: { readonly path: readonly string[]; readonly line: number; readonly column: number }): YamlPath {
  const found = pathAt(text, line, column);
  const last = path.at(-1) ?? '';
  if (found !== undefined && (typeof found.at(-1) === 'number' ? /^\d+$/.test(last) : String(found.at(-1)) === last)) return found;
  if (nodeAt(text, path) !== undefined || pairAt(text, path) !== undefined) return path;
  throw new ByHand(`${path.join('.')} is not written here.`);
}

function valueAt(text: string, path: YamlPath): unknown {
  return path.reduce<unknown>((now, key) => (typeof now === 'object' && now !== null ? (now as { readonly [key: string]: unknown })[String(key)] : undefined), meaningOf(text));
}

/** A value that can be written for a volume which is declared as it is in another mode. */
export function volumeDeclaration(name: string, isOwnName: boolean, isExternal: boolean): YamlValue {
  return { ...(isOwnName ? {} : { name }), ...(isExternal ? { external: true } : {}) };
}
