import { splitCommand } from '../compose/go-values';
import type { Lookup } from '../compose/environment';
import { rewriteScalars } from '../yaml/rewrite-scalars';
import type { YamlEdit, YamlEditOutcome } from '../yaml/edit-yaml';
import { meaningOf } from '../yaml/yaml-places';
import { splitAt } from './container-facts';
import { resolveText } from './symbolic';

type Loose = { readonly [key: string]: unknown };

/** One word of a command and where it is written: an item of a list, or a part of the one text. */
interface WrittenWord {
  readonly text: string;
  /** Index in the list; null where the command is one text. */
  readonly item: number | null;
}

/** A bucket as a command names it: `remote:bucket/prefix`. */
export interface WrittenTarget {
  readonly remote: string;
  /** As written, variables and all. */
  readonly path: string;
  /** Folder of a mount or source of a copy. */
  readonly place: string;
  readonly word: WrittenWord;
}

/** A service of a compose file that mounts buckets or copies to them, as it is written. */
export interface WrittenService {
  readonly service: string;
  readonly role: 'mount' | 'sync';
  readonly targets: readonly WrittenTarget[];
  readonly image: string;
  readonly containerName: string;
  /** True when the command needs Berth's own image: several in one, or again and again. */
  readonly ownForm: boolean;
  /** Keys and values of its environment, written as a mapping; null where it is a list, shared, or missing. */
  readonly environment: Readonly<Record<string, string>> | null;
  readonly volumes: readonly string[];
}

/** What a file says of storage: the services whose commands can be read, and names of those that only a person can change. */
export interface WrittenStorage {
  readonly services: readonly WrittenService[];
  /** Services that use rclone in a script. */
  readonly scripts: readonly string[];
}

/** Reads the services of a compose file that mount buckets or copy to them, for changing them where they are written. */
export function writtenStorage(text: string): WrittenStorage {
  const root = meaningOf(text);
  const services = isLoose(root) && isLoose(root['services']) ? root['services'] : {};
  const found: WrittenService[] = [];
  const scripts: string[] = [];
  for (const [name, definition] of Object.entries(services)) {
    if (!isLoose(definition)) continue;
    const one = serviceOf(name, definition);
    if (one !== undefined) found.push(one);
    else if (/\brclone\b/.test(JSON.stringify([definition['entrypoint'] ?? '', definition['command'] ?? '']))) scripts.push(name);
  }
  return { services: found, scripts };
}

function serviceOf(service: string, definition: Loose): WrittenService | undefined {
  const all = wordsOf(definition['command']);
  const words = /(?:^|\/)rclone$/.test(all[0]?.text ?? '') ? all.slice(1) : all;
  const [first] = words;
  if (definition['entrypoint'] !== undefined || first === undefined || !['mount', 'every', 'copy', 'sync'].includes(first.text)) return undefined;
  const targets = targetsOf(words);
  if (targets.length === 0) return undefined;
  const environment = definition['environment'];
  return {
    service,
    role: first.text === 'mount' ? 'mount' : 'sync',
    targets,
    image: typeof definition['image'] === 'string' ? definition['image'] : '',
    containerName: typeof definition['container_name'] === 'string' ? definition['container_name'] : service,
    ownForm: first.text === 'every' || words.some((one) => one.text === ';'),
    environment: isLoose(environment) ? Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value ?? '')])) : null,
    volumes: Array.isArray(definition['volumes']) ? definition['volumes'].map((one: unknown) => (typeof one === 'string' ? one : '')) : [],
  };
}

function wordsOf(command: unknown): readonly WrittenWord[] {
  if (Array.isArray(command)) return command.map((one: unknown, item) => ({ text: String(one), item }));
  return typeof command === 'string' ? (splitCommand(command) ?? []).map((text) => ({ text, item: null })) : [];
}

function targetsOf(words: readonly WrittenWord[]): readonly WrittenTarget[] {
  return splitAt(words.map((_, index) => (words[index]?.text === ';' ? ';' : String(index))), ';').flatMap((group) => {
    const own = group.flatMap((index) => words[Number(index)] ?? []);
    const from = own[0]?.text === 'every' ? 2 : 0;
    const [verb, one, other] = own.slice(from);
    if (verb === undefined || one === undefined || other === undefined) return [];
    const [target, place] = verb.text === 'mount' ? [one, other] : [other, one];
    const found = /^([\w-]+):(.*)$/.exec(target.text);
    return found === null || !place.text.startsWith('/') ? [] : [{ remote: found[1] ?? '', path: found[2] ?? '', place: place.text, word: target }];
  });
}

/** Writes another target where one stands. */
export function retarget(text: string, service: string, target: WrittenTarget, to: string): YamlEditOutcome {
  const { item, text: old } = target.word;
  if (item !== null) return rewriteScalars(text, [['services', service, 'command', String(item)]], ({ value }) => (value === old ? to : undefined));
  return rewriteScalars(text, [['services', service, 'command']], ({ value }) => value.split(' ').map((word) => (word === old ? to : word)).join(' '));
}

/** The bucket of a target with what is known of its variables put in. */
export function bucketOfTarget(target: WrittenTarget, variables: Lookup): ReturnType<typeof resolveText> {
  const path = pathOfTarget(target, variables);
  return { ...path, text: path.text.split('/')[0] ?? '' };
}

/** The same with its folders: `bucket/folder`, without slashes at its ends. */
export function pathOfTarget(target: WrittenTarget, variables: Lookup): ReturnType<typeof resolveText> {
  const resolved = resolveText(target.path, variables);
  return { ...resolved, text: resolved.text.replace(/^\/+|\/+$/g, '') };
}

/** Gives a remote's settings in a service's environment another name: what is read by the old one is read by the new one. */
export function renameRemote(service: WrittenService, from: string, to: string, keepOld: boolean): readonly YamlEdit[] {
  const old = `RCLONE_CONFIG_${from.toUpperCase()}_`;
  const edits: YamlEdit[] = [];
  for (const [name, value] of Object.entries(service.environment ?? {})) {
    if (!name.startsWith(old)) continue;
    const renamed = `RCLONE_CONFIG_${to.toUpperCase()}_${name.slice(old.length)}`;
    if (service.environment?.[renamed] === undefined) edits.push({ kind: 'set', path: ['services', service.service, 'environment', renamed], value });
    if (!keepOld) edits.push({ kind: 'remove', path: ['services', service.service, 'environment', name] });
  }
  return edits;
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
