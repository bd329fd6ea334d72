import { childList, childMap, isNull, isString, isTrue, stringNode, textOf, type ComposeNode, type MapNode } from './node';
import { composeInvalid } from './refusals';
import { isIpAddress } from './short-syntax';

/** The few path rules of the host that the loader needs; main hands in node's. */
export interface HostPaths {
  readonly home: string;
  isAbsolute(path: string): boolean;
  join(...parts: string[]): string;
  dirname(path: string): string;
  basename(path: string): string;
}

/** Makes the paths of a tree absolute, in place: relative ones hang below `base`, `~` is the home folder. Throws compose-invalid for a bind without a source. */
export function resolvePaths(root: MapNode, base: string, paths: HostPaths): void {
  const absolute = (path: string): string => {
    const expanded = expandHome(path, paths);
    return expanded === '' || isAnyAbsolute(expanded, paths) ? expanded : paths.join(base, expanded);
  };
  // Compose takes an empty path for the folder itself at some places and leaves it empty at others.
  const orBase = (path: string): string => (path === '' ? base : absolute(path));
  const context = (path: string): string => (isRemoteContext(path) ? path : absolute(path));
  for (const service of childMap(root, 'services')?.entries.values() ?? []) {
    if (service.kind === 'map') resolveService(service, { absolute, orBase, context });
  }
  for (const section of ['configs', 'secrets']) {
    for (const object of childMap(root, section)?.entries.values() ?? []) if (object.kind === 'map') change(object, 'file', orBase);
  }
  for (const volume of childMap(root, 'volumes')?.entries.values() ?? []) {
    if (volume.kind !== 'map' || textOf(volume.entries.get('driver')) !== 'local') continue;
    const options = childMap(volume, 'driver_opts');
    if (options !== undefined && textOf(options.entries.get('o')) === 'bind') change(options, 'device', orBase);
  }
}

interface Resolvers {
  readonly absolute: (path: string) => string;
  readonly orBase: (path: string) => string;
  readonly context: (path: string) => string;
}

function resolveService(service: MapNode, { absolute, orBase, context }: Resolvers): void {
  const build = childMap(service, 'build');
  if (build !== undefined) {
    change(build, 'context', context);
    const contexts = childMap(build, 'additional_contexts');
    for (const [key, node] of contexts?.entries ?? []) if (isNull(node)) throw composeInvalid(`The build context ${key} is empty: it takes a folder, an address or an image.`, node.at);
    for (const key of contexts?.entries.keys() ?? []) if (contexts !== undefined) change(contexts, key, context);
    const ssh = childMap(build, 'ssh');
    for (const key of ssh?.entries.keys() ?? []) if (ssh !== undefined) change(ssh, key, orBase);
  }
  for (const file of childList(service, 'env_file')?.items ?? []) if (file.kind === 'map') change(file, 'path', absolute);
  const labelFiles = childList(service, 'label_file');
  labelFiles?.items.forEach((item, index) => {
    labelFiles.items[index] = changed(item, absolute);
  });
  for (const watch of childList(childMap(service, 'develop'), 'watch')?.items ?? []) if (watch.kind === 'map') change(watch, 'path', absolute);
  for (const mount of childList(service, 'volumes')?.items ?? []) {
    if (mount.kind !== 'map' || textOf(mount.entries.get('type')) !== 'bind') continue;
    if (!mount.entries.has('source')) throw composeInvalid('A volume of type bind needs a source.', mount.at);
    change(mount, 'source', orBase);
  }
}

function change(map: MapNode, key: string, to: (path: string) => string): void {
  const node = map.entries.get(key);
  if (node !== undefined) map.entries.set(key, changed(node, to));
}

function changed(node: ComposeNode, to: (path: string) => string): ComposeNode {
  return isString(node) ? stringNode(to(node.text), node.at) : node;
}

/** `~` and `~/x` below the home folder. */
export function expandHome(path: string, paths: HostPaths): string {
  return path.startsWith('~') ? paths.join(paths.home, path.slice(1)) : path;
}

/** Absolute here, or on the other kind of system: a Windows client may drive a Linux engine. */
function isAnyAbsolute(path: string, paths: HostPaths): boolean {
  return paths.isAbsolute(path) || path.startsWith('/') || /^[a-zA-Z]:[\\/]/.test(path) || /^\\\\[^\\]/.test(path);
}

/** True for what `build.context` names outside of this computer. */
export function isRemoteContext(path: string): boolean {
  return path.includes('://') || path.startsWith('service:') || path.startsWith('github.com/') || path.startsWith('git@');
}

/** Checks what compose refuses before it looks at paths: external volumes with options, file objects with two sources, ports on no address. Throws compose-invalid. */
export function validateSections(root: MapNode): void {
  for (const [key, volume] of childMap(root, 'volumes')?.entries ?? []) {
    if (volume.kind !== 'map' || !isTrue(volume.entries.get('external'))) continue;
    for (const [name, node] of volume.entries) {
      if (name !== 'name' && name !== 'external' && !name.startsWith('x-')) throw composeInvalid(`volumes.${key} is external, so it cannot have "${name}".`, node.at);
    }
  }
  for (const [name, service] of childMap(root, 'services')?.entries ?? []) {
    for (const watch of childList(childMap(service, 'develop'), 'watch')?.items ?? []) {
      const path = watch.kind === 'map' ? watch.entries.get('path') : undefined;
      if (path !== undefined && textOf(path) === '') throw composeInvalid(`services.${name}.develop.watch: the path is empty.`, path.at);
    }
    const reservations = childMap(childMap(childMap(service, 'deploy'), 'resources'), 'reservations');
    for (const request of [...(childList(reservations, 'devices')?.items ?? []), ...(childList(service, 'gpus')?.items ?? [])]) {
      const isTwice = request.kind === 'map' && request.entries.has('count') && request.entries.has('device_ids');
      if (isTwice) throw composeInvalid(`services.${name} asks for devices by count and by device_ids; it takes only one of them.`, request.at);
    }
    for (const port of childList(service, 'ports')?.items ?? []) {
      const address = port.kind === 'map' ? port.entries.get('host_ip') : undefined;
      if (address !== undefined && !isIpAddress(textOf(address) ?? '')) throw composeInvalid(`services.${name}.ports: "${textOf(address) ?? ''}" is not an IP address.`, address.at);
    }
  }
  for (const [section, sources] of [['configs', ['file', 'environment', 'content']], ['secrets', ['file', 'environment']]] as const) {
    for (const [key, object] of childMap(root, section)?.entries ?? []) {
      if (object.kind !== 'map') continue;
      const given = sources.filter((source) => object.entries.has(source));
      if (given.length > 1) throw composeInvalid(`${section}.${key} has more than one of ${sources.join(', ')}.`, object.at);
      if (given.length === 0 && !object.entries.has('driver') && !object.entries.has('external')) throw composeInvalid(`${section}.${key} needs one of ${sources.join(', ')}.`, object.at);
    }
  }
}
