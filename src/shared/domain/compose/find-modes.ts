import type { Where } from '../../kernel/app-error';
import type { ModeDefinition } from '../projects/project';
import { childMap, isNull, isString, nodeKey, textOf, type ComposeNode, type MapNode } from './node';
import { asNames } from './merge';
import { composeInvalid } from './refusals';

/** Names docker compose takes without being told, the preferred first. */
export const BASE_NAMES: readonly string[] = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
/** Names laid over a base file without being told. */
export const OVERRIDE_NAMES: readonly string[] = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml'];
/** The file in which a project may name its modes. */
export const SETTINGS_NAMES: readonly string[] = ['berth.yaml', 'berth.yml'];

const DEV_WORDS = ['dev', 'development', 'local'];
const PROD_WORDS = ['clean', 'prod', 'production'];

/** The files of a folder that modes are made from. */
export interface ModeFiles {
  readonly base: string | undefined;
  readonly override: string | undefined;
  readonly dev: string | undefined;
  readonly prod: string | undefined;
}

/** Sorts the names of a folder by the parts they can play. */
export function sortModeFiles(names: readonly string[]): ModeFiles {
  const all = new Set(names);
  const first = (candidates: readonly string[]): string | undefined => candidates.find((name) => all.has(name));
  const variant = (words: readonly string[]): string | undefined => words.map((word) => first(variantNames(word))).find((name) => name !== undefined);
  return { base: first(BASE_NAMES), override: first(OVERRIDE_NAMES), dev: variant(DEV_WORDS), prod: variant(PROD_WORDS) };
}

function variantNames(word: string): readonly string[] {
  const stems = [`docker-compose.${word}`, `compose.${word}`, `docker-compose-${word}`, `compose-${word}`, `${word}.docker-compose`, `${word}.compose`];
  return stems.flatMap((stem) => [`${stem}.yml`, `${stem}.yaml`]);
}

/** The files whose content decides whether they stand alone. */
export function filesToInspect(files: ModeFiles): readonly string[] {
  return [files.base, files.dev, files.prod].filter((file) => file !== undefined);
}

/**
 * The modes of a folder by its usual file names; `fragments` are the files that need a base file below them. A dev
 * file, or base and override, is `dev`; a clean or prod file is `prod`; where only one of them is there, a complete
 * base file is the other. One plain file is `default`. Empty when there is nothing.
 */
export function modesByName(files: ModeFiles, fragments: ReadonlySet<string>): readonly ModeDefinition[] {
  const { base, override, dev, prod } = files;
  const standsAlone = base !== undefined && !fragments.has(base);
  const withBase = (file: string): readonly string[] => (base !== undefined && fragments.has(file) ? [base, file] : [file]);
  const modes: ModeDefinition[] = [];
  const add = (name: string, list: readonly string[]): void => {
    modes.push({ name, files: list, envFiles: [], profiles: [] });
  };
  if (dev !== undefined) add('dev', withBase(dev));
  else if (base !== undefined && override !== undefined) add('dev', [base, override]);
  else if (base !== undefined && prod !== undefined && standsAlone) add('dev', [base]);
  if (prod !== undefined) add('prod', withBase(prod));
  else if (base !== undefined && modes.length > 0 && standsAlone) add('prod', [base]);
  if (modes.length === 0 && base !== undefined) add('default', [base]);
  return modes;
}

/** Whether a file only makes sense on top of another: a service without image and build, or names that it does not define. */
export function isFragment(root: MapNode): boolean {
  const services = childMap(root, 'services');
  if (services === undefined) return !root.entries.has('include');
  if (root.entries.has('include')) return false;
  return [...services.entries.values()].some((service) => service.kind !== 'map' || isPartial(service, root, services));
}

function isPartial(service: MapNode, root: MapNode, services: MapNode): boolean {
  if (!['image', 'build', 'extends', 'provider'].some((key) => !isNull(service.entries.get(key)))) return true;
  const dependencies = service.entries.get('depends_on');
  if (dependencies !== undefined && [...asNames(dependencies, true).entries.keys()].some((name) => !services.entries.has(name))) return true;
  const networks = service.entries.get('networks');
  return networks !== undefined && [...asNames(networks, false).entries.keys()].some((name) => name !== 'default' && childMap(root, 'networks')?.entries.has(name) !== true);
}

/** The modes a `berth.yaml` names; undefined when it names none. It holds `modes` and `display` only: any other key throws compose-invalid with its line. */
export function modesFromSettings(root: ComposeNode): readonly ModeDefinition[] | undefined {
  if (isNull(root)) return undefined;
  const settings = expectMap(root, 'berth.yaml');
  refuseOthers(settings, ['modes', 'display'], 'berth.yaml');
  const display = settings.entries.get('display');
  if (!isNull(display)) checkDisplay(expectMap(display, 'display'));
  const modes = settings.entries.get('modes');
  if (isNull(modes)) return undefined;
  const found = [...expectMap(modes, 'modes').entries].map(([name, node]) => modeFrom(name, node));
  return found.length === 0 ? undefined : found;
}

/** Where a `berth.yaml` names a file or env file of a mode; undefined where it does not. */
export function placeInSettings(root: ComposeNode, mode: string, isFile: (path: string) => boolean): Where | undefined {
  const modes = root.kind === 'map' ? root.entries.get('modes') : undefined;
  const node = modes?.kind === 'map' ? modes.entries.get(mode) : undefined;
  const lists = node?.kind === 'map' ? [node.entries.get('files'), node.entries.get('envFiles')] : [node];
  return lists.flatMap((list) => (list === undefined ? [] : list.kind === 'list' ? list.items : [list])).find((item) => isFile(textOf(item) ?? ''))?.at;
}

function modeFrom(name: string, node: ComposeNode): ModeDefinition {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw composeInvalid(`"${name}" is not a mode name: it has letters, digits, dots, dashes and underscores.`, node.at);
  if (node.kind !== 'map') return { name, files: pathsOf(node, `modes.${name}`), envFiles: [], profiles: [] };
  refuseOthers(node, ['files', 'envFiles', 'profiles'], `modes.${name}`);
  const files = node.entries.get('files');
  if (isNull(files)) throw composeInvalid(`modes.${name} needs the key "files".`, node.at);
  const list = (key: string): readonly string[] => {
    const entry = node.entries.get(key);
    return entry === undefined || isNull(entry) ? [] : textsOf(entry, `modes.${name}.${key}`);
  };
  return { name, files: pathsOf(files as ComposeNode, `modes.${name}.files`), envFiles: list('envFiles'), profiles: list('profiles') };
}

function pathsOf(node: ComposeNode, place: string): readonly string[] {
  const paths = textsOf(node, place);
  if (paths.length === 0) throw composeInvalid(`${place} names no compose file.`, node.at);
  return paths;
}

function textsOf(node: ComposeNode, place: string): readonly string[] {
  const items = node.kind === 'list' ? node.items : [node];
  return items.map((item) => {
    if (!isString(item) || item.text === '') throw composeInvalid(`${place} must be a text or a list of texts, not ${nodeKey(item)}.`, item.at);
    return item.text;
  });
}

/** What a project may say about how it is shown. */
const DISPLAY_KEYS = ['name', 'description', 'icon', 'color', 'order'];

function checkDisplay(display: MapNode): void {
  refuseOthers(display, DISPLAY_KEYS, 'display');
  for (const [key, node] of display.entries) {
    if (key === 'order') textsOf(node, 'display.order');
    else if (textOf(node) === undefined) throw composeInvalid(`display.${key} must be a text.`, node.at);
  }
}

function expectMap(node: ComposeNode | undefined, place: string): MapNode {
  if (node === undefined || node.kind !== 'map') throw composeInvalid(`${place} must be a mapping.`, node?.at);
  return node;
}

function refuseOthers(map: MapNode, known: readonly string[], place: string): void {
  for (const [key, node] of map.entries) {
    if (!known.includes(key)) throw composeInvalid(`${place} has the key "${key}", which Berth does not know.`, node.at, `It takes ${known.join(', ')}.`);
  }
}
