import type { Environment } from './environment';
import { cleanContainerPath } from './go-values';
import { boolNode, childList, childMap, isNull, isString, isTrue, listNode, mapNode, nullNode, stringNode, textOf, type At, type ComposeNode, type MapNode } from './node';

/** Where a service shares another's namespace with `service:x`. */
export const NAMESPACE_KEYS = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const;

/** Lists of `K` become `K=value` where the project's environment has K; contents of secrets and configs from variables are noted in `x-#value`. In place. */
export function resolveEnvironment(root: MapNode, environment: Environment): void {
  for (const service of childMap(root, 'services')?.entries.values() ?? []) {
    const list = childList(service, 'environment');
    list?.items.forEach((item, index) => {
      const text = textOf(item) ?? '';
      const value = text.includes('=') ? undefined : environment[text];
      if (value !== undefined) list.items[index] = stringNode(`${text}=${value}`, item.at);
    });
  }
  for (const section of ['secrets', 'configs']) {
    for (const object of childMap(root, section)?.entries.values() ?? []) {
      if (object.kind !== 'map') continue;
      const name = textOf(object.entries.get('environment'));
      const value = name === undefined ? undefined : environment[name];
      if (value !== undefined) object.entries.set(CONTENT_KEY, stringNode(value, object.at));
    }
  }
}

/** Where a loaded secret or config keeps the value of its variable; no file can write this key. */
export const CONTENT_KEY = 'x-#value';

/** The last step on the tree: default network, build defaults, implied dependencies, names on the engine. In place. */
export function normalise(root: MapNode, projectName: string, environment: Environment): void {
  const services = childMap(root, 'services');
  normaliseNetworks(root, services);
  for (const service of services?.entries.values() ?? []) if (service.kind === 'map') normaliseService(service, environment);
  for (const section of ['networks', 'volumes', 'configs', 'secrets']) {
    const resources = childMap(root, section);
    for (const [key, node] of resources?.entries ?? []) {
      const resource = node.kind === 'map' ? node : mapNode([], node.at);
      if (isNull(resource.entries.get('name'))) {
        resource.entries.set('name', stringNode(isTrue(resource.entries.get('external')) ? key : `${projectName}_${key}`, resource.at));
      }
      resources?.entries.set(key, resource);
    }
  }
}

function normaliseNetworks(root: MapNode, services: MapNode | undefined): void {
  let defaultAt: At | undefined;
  for (const service of services?.entries.values() ?? []) {
    if (service.kind !== 'map' || service.entries.has('provider') || service.entries.has('network_mode')) continue;
    const networks = childMap(service, 'networks');
    if (networks === undefined || networks.entries.size === 0) {
      service.entries.set('networks', mapNode([['default', nullNode(service.at)]], service.at));
      defaultAt ??= service.at;
    } else if (networks.entries.has('default')) defaultAt ??= networks.at;
  }
  const networks = childMap(root, 'networks') ?? mapNode([], root.at);
  if (defaultAt !== undefined && !networks.entries.has('default')) networks.entries.set('default', nullNode(defaultAt));
  if (networks.entries.size > 0) root.entries.set('networks', networks);
}

function normaliseService(service: MapNode, environment: Environment): void {
  const pullPolicy = service.entries.get('pull_policy');
  if (pullPolicy !== undefined && textOf(pullPolicy) === 'if_not_present') service.entries.set('pull_policy', stringNode('missing', pullPolicy.at));
  const build = childMap(service, 'build');
  if (build !== undefined) {
    if (isNull(build.entries.get('context'))) build.entries.set('context', stringNode('.', build.at));
    if (isNull(build.entries.get('dockerfile')) && isNull(build.entries.get('dockerfile_inline'))) build.entries.set('dockerfile', stringNode('Dockerfile', build.at));
    resolveValues(build, 'args', environment, false);
  }
  resolveValues(service, 'environment', environment, true);
  addImpliedDependencies(service);
  const volumes = childList(service, 'volumes');
  for (const volume of volumes?.items ?? []) {
    const target = volume.kind === 'map' ? volume.entries.get('target') : undefined;
    if (volume.kind === 'map' && target !== undefined) volume.entries.set('target', stringNode(cleanContainerPath(textOf(target) ?? ''), target.at));
  }
}

/** Entries without a value take it from the project's environment; what is nowhere set stays empty or goes. */
function resolveValues(owner: MapNode, key: string, environment: Environment, keepEmpty: boolean): void {
  const node = owner.entries.get(key);
  if (node?.kind === 'map') {
    for (const [name, value] of node.entries) {
      if (!isNull(value)) continue;
      const found = environment[name];
      if (found !== undefined) node.entries.set(name, stringNode(found, value.at));
      else if (!keepEmpty) node.entries.delete(name);
    }
  } else if (node?.kind === 'list') {
    const items: ComposeNode[] = [];
    for (const item of node.items) {
      const text = textOf(item) ?? '';
      const found = text.includes('=') ? undefined : environment[text];
      if (text.includes('=') || (found === undefined && keepEmpty)) items.push(item);
      else if (found !== undefined) items.push(stringNode(`${text}=${found}`, item.at));
    }
    owner.entries.set(key, listNode(items, node.at));
  }
}

function addImpliedDependencies(service: MapNode): void {
  const depends = childMap(service, 'depends_on') ?? mapNode([], service.at);
  const add = (name: string, restart: boolean, at: At): void => {
    if (depends.entries.has(name)) return;
    depends.entries.set(name, mapNode([['condition', stringNode('service_started', at)], ['restart', boolNode(restart, at)], ['required', boolNode(true, at)]], at));
  };
  for (const link of childList(service, 'links')?.items ?? []) {
    const parts = (textOf(link) ?? '').split(':');
    add(parts.length === 2 ? (parts[0] ?? '') : (textOf(link) ?? ''), true, link.at);
  }
  for (const key of NAMESPACE_KEYS) {
    const node = service.entries.get(key);
    if (isString(node) && node.text.startsWith('service:')) add(node.text.slice('service:'.length), true, node.at);
  }
  for (const source of childList(service, 'volumes_from')?.items ?? []) {
    const text = textOf(source) ?? '';
    if (!text.startsWith('container:')) add(text.split(':')[0] ?? '', false, source.at);
  }
  if (depends.entries.size > 0) service.entries.set('depends_on', depends);
}
