import { childList, childMap, isString, textOf, type ComposeNode, type ListNode, type MapNode } from './node';
import { mountTarget } from './short-syntax';
import { composeInvalid } from './refusals';

type KeyOf = (item: ComposeNode) => string;

const keyValue: KeyOf = (item) => {
  if (!isString(item)) throw composeInvalid('An entry of this list must be a text.', item.at);
  const equals = item.text.indexOf('=');
  return equals === -1 ? item.text : item.text.slice(0, equals);
};
const plain: KeyOf = (item) => textOf(item) ?? '';
const fileReference =
  (folder: string): KeyOf =>
  (item) =>
    item.kind === 'map' ? (textOf(item.entries.get('target')) ?? `${folder}/${textOf(item.entries.get('source')) ?? ''}`) : `${folder}/${plain(item)}`;
const volume: KeyOf = (item) => {
  if (item.kind !== 'map') return isString(item) ? mountTarget(item) : '';
  const target = textOf(item.entries.get('target'));
  if (target === undefined) throw composeInvalid('This volume has no target.', item.at);
  return target;
};
const device: KeyOf = (item) => {
  if (item.kind === 'map') return textOf(item.entries.get('target')) ?? textOf(item.entries.get('source')) ?? '';
  const [source = '', target] = plain(item).split(':');
  return target ?? source;
};
const port: KeyOf = (item) => {
  if (item.kind !== 'map') return plain(item);
  const part = (key: string): string | undefined => textOf(item.entries.get(key));
  const target = part('target');
  if (target === undefined) throw composeInvalid('This port has no target.', item.at);
  return `${part('host_ip') ?? '0.0.0.0'}:${part('published') ?? ''}:${target}/${part('protocol') ?? 'tcp'}`;
};
const envFile: KeyOf = (item) => (item.kind === 'map' ? (textOf(item.entries.get('path')) ?? '') : plain(item));

const SERVICE_LISTS: readonly (readonly [string, KeyOf])[] = [
  ['annotations', keyValue], ['cap_add', keyValue], ['cap_drop', keyValue], ['devices', device], ['configs', fileReference('')], ['dns', keyValue], ['dns_opt', keyValue],
  ['dns_search', keyValue], ['environment', keyValue], ['env_file', envFile], ['expose', plain], ['labels', keyValue], ['links', keyValue], ['ports', port],
  ['profiles', keyValue], ['secrets', fileReference('/run/secrets')], ['sysctls', keyValue], ['tmpfs', keyValue], ['volumes', volume],
];
const BUILD_LISTS: readonly (readonly [string, KeyOf])[] = [
  ['args', keyValue], ['additional_contexts', keyValue], ['tags', keyValue], ['labels', keyValue],
];

/** Leaves one entry per key in the lists that are sets to compose: the later one wins, at the place of the first. */
export function enforceUnique(root: MapNode): void {
  for (const service of childMap(root, 'services')?.entries.values() ?? []) {
    if (service.kind !== 'map') continue;
    for (const [key, keyOf] of SERVICE_LISTS) uniqueList(childList(service, key), keyOf);
    for (const [key, keyOf] of BUILD_LISTS) uniqueList(childList(childMap(service, 'build'), key), keyOf);
    uniqueList(childList(childMap(service, 'deploy'), 'labels'), keyValue);
    for (const network of childMap(service, 'networks')?.entries.values() ?? []) {
      uniqueList(childList(network, 'aliases'), keyValue);
      uniqueList(childList(network, 'link_local_ips'), keyValue);
    }
  }
  for (const network of childMap(root, 'networks')?.entries.values() ?? []) uniqueList(childList(network, 'labels'), keyValue);
}

function uniqueList(list: ListNode | undefined, keyOf: KeyOf): void {
  if (list === undefined) return;
  const kept: ComposeNode[] = [];
  const places = new Map<string, number>();
  for (const item of list.items) {
    const key = keyOf(item);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, kept.length);
      kept.push(item);
    } else kept[place] = item;
  }
  list.items.splice(0, list.items.length, ...kept);
}
