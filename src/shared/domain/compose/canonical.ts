import { asNames } from './merge';
import { boolNode, childList, childMap, intNode, isString, listNode, mapNode, stringNode, textOf, type ComposeNode, type MapNode } from './node';
import { composeInvalid, dotted } from './refusals';
import { longMount, longPorts } from './short-syntax';

/** Turns every short form into its long one, in place (ports, volumes, build, depends_on, networks, secrets, …). */
export function canonicalise(root: MapNode): void {
  const services = childMap(root, 'services');
  for (const [name, service] of services?.entries ?? []) if (service.kind === 'map') canonicaliseService(service, name);
  for (const section of ['volumes', 'networks', 'secrets', 'configs']) {
    for (const [key, resource] of childMap(root, section)?.entries ?? []) if (resource.kind === 'map') adoptExternalName(resource, [section, key]);
  }
}

function canonicaliseService(service: MapNode, name: string): void {
  const at = (key: string): readonly string[] => ['services', name, key];
  replace(service, 'build', (node) => (isString(node) ? mapNode([['context', node]], node.at) : node));
  const build = childMap(service, 'build');
  if (build !== undefined) canonicaliseBuild(build);
  replace(service, 'depends_on', (node) => withDependencyDefaults(asNames(node, true)));
  replace(service, 'env_file', (node) => listNode(listOf(node).map(longEnvFile), node.at));
  replace(service, 'label_file', (node) => listNode(listOf(node), node.at));
  replace(service, 'networks', (node) => asNames(node, false));
  replace(service, 'models', (node) => asNames(node, false));
  replace(service, 'dns', (node) => listNode(listOf(node).filter((item) => textOf(item) !== undefined && textOf(item) !== ''), node.at));
  replace(service, 'gpus', (node) => (node.kind === 'list' ? node : listNode([mapNode([['count', stringNode('all', node.at)]], node.at)], node.at)));
  replace(service, 'ports', (node) => (node.kind === 'list' ? listNode(node.items.flatMap((item) => longPort(item, at('ports'))), node.at) : node));
  replaceItems(service, 'volumes', (item) => (isString(item) ? longMount(item) : item));
  replaceItems(service, 'devices', (item) => (isString(item) ? longDevice(item) : item));
  for (const key of ['secrets', 'configs']) replaceItems(service, key, longReference);
  canonicaliseUlimits(childMap(service, 'ulimits'));
  for (const watch of childList(childMap(service, 'develop'), 'watch')?.items ?? []) {
    if (watch.kind !== 'map') continue;
    for (const key of ['ignore', 'include']) replace(watch, key, (node) => listNode(listOf(node), node.at));
  }
}

function canonicaliseBuild(build: MapNode): void {
  replaceItems(build, 'secrets', longReference);
  for (const key of ['provenance', 'sbom']) replace(build, key, (node) => (node.kind === 'scalar' && node.type !== 'string' ? stringNode(node.text, node.at) : node));
  replace(build, 'additional_contexts', (node) => (node.kind === 'list' ? pairsToMap(node.items, node.at, 'additional_contexts') : node));
  replace(build, 'ssh', (node) => (node.kind === 'list' ? sshToMap(node) : node));
  canonicaliseUlimits(childMap(build, 'ulimits'));
}

function canonicaliseUlimits(ulimits: MapNode | undefined): void {
  for (const [key, value] of ulimits?.entries ?? []) {
    if (value.kind === 'scalar' && value.type !== 'int') throw composeInvalid(`The ulimit ${key} must be a number.`, value.at);
  }
}

function replace(map: MapNode, key: string, change: (node: ComposeNode) => ComposeNode): void {
  const node = map.entries.get(key);
  if (node !== undefined) map.entries.set(key, change(node));
}

function replaceItems(map: MapNode, key: string, change: (node: ComposeNode) => ComposeNode): void {
  const list = childList(map, key);
  if (list !== undefined) map.entries.set(key, listNode(list.items.map(change), list.at));
}

function listOf(node: ComposeNode): ComposeNode[] {
  return node.kind === 'list' ? node.items : [node];
}

function longPort(item: ComposeNode, path: readonly string[]): ComposeNode[] {
  if (item.kind === 'map') return [item];
  if (item.kind === 'scalar' && item.type === 'float') throw composeInvalid(`${dotted(path)}: ${item.text} is not a port.`, item.at, 'Put ports in quotes: "8080:80".');
  return item.kind === 'scalar' ? longPorts(item) : [item];
}

function longEnvFile(item: ComposeNode): ComposeNode {
  if (item.kind === 'map') {
    if (!item.entries.has('required')) item.entries.set('required', boolNode(true, item.at));
    return item;
  }
  return mapNode([['path', item], ['required', boolNode(true, item.at)]], item.at);
}

function longReference(item: ComposeNode): ComposeNode {
  return isString(item) ? mapNode([['source', item]], item.at) : item;
}

function longDevice(node: ComposeNode & { kind: 'scalar' }): MapNode {
  const [source = '', target, permissions = 'rwm', more] = node.text.split(':');
  if (more !== undefined) throw composeInvalid(`The device "${node.text}" has too many colons.`, node.at);
  const text = (value: string): ComposeNode => stringNode(value, node.at);
  return mapNode([['source', text(source)], ['target', text(target === undefined || target === '' ? source : target)], ['permissions', text(permissions)]], node.at);
}

function withDependencyDefaults(node: MapNode): MapNode {
  for (const dependency of node.entries.values()) {
    if (dependency.kind !== 'map') continue;
    if (!dependency.entries.has('condition')) dependency.entries.set('condition', stringNode('service_started', dependency.at));
    if (!dependency.entries.has('required')) dependency.entries.set('required', boolNode(true, dependency.at));
  }
  return node;
}

function pairsToMap(items: readonly ComposeNode[], at: MapNode['at'], name: string): MapNode {
  return mapNode(
    items.map((item) => {
      const text = textOf(item) ?? '';
      const equals = text.indexOf('=');
      if (equals === -1) throw composeInvalid(`${name}: "${text}" must be written as name=value.`, item.at);
      return [text.slice(0, equals), stringNode(text.slice(equals + 1), item.at)] as const;
    }),
    at,
  );
}

function sshToMap(node: ComposeNode & { kind: 'list' }): MapNode {
  return mapNode(
    node.items.map((item) => {
      const text = textOf(item) ?? '';
      const equals = text.indexOf('=');
      if (equals !== -1) return [text.slice(0, equals), stringNode(text.slice(equals + 1), item.at)] as const;
      if (text !== 'default') throw composeInvalid(`The ssh key "${text}" needs a path: write ${text}=path.`, item.at);
      return [text, { kind: 'scalar', type: 'null', value: null, text: '', at: item.at }] as const;
    }),
    node.at,
  );
}

/** The old `external: {name: x}`. */
function adoptExternalName(resource: MapNode, path: readonly string[]): void {
  const external = childMap(resource, 'external');
  if (external === undefined) return;
  resource.entries.set('external', boolNode(true, external.at));
  const old = external.entries.get('name');
  const name = resource.entries.get('name');
  if (old === undefined) return;
  if (name !== undefined && textOf(name) !== textOf(old)) throw composeInvalid(`${dotted(path)}: name and external.name differ; keep name only.`, old.at);
  if (name === undefined) resource.entries.set('name', old);
}

/** Fills in what compose takes for granted, in place. */
export function applyDefaults(root: MapNode): void {
  for (const service of childMap(root, 'services')?.entries.values() ?? []) {
    if (service.kind !== 'map') continue;
    const build = childMap(service, 'build');
    if (build !== undefined && !build.entries.has('context')) build.entries.set('context', stringNode('.', build.at));
    for (const secret of childList(service, 'secrets')?.items ?? []) {
      if (secret.kind === 'map' && !secret.entries.has('target')) secret.entries.set('target', stringNode(`/run/secrets/${textOf(secret.entries.get('source')) ?? ''}`, secret.at));
    }
    for (const port of childList(service, 'ports')?.items ?? []) {
      if (port.kind !== 'map') continue;
      if (!port.entries.has('protocol')) port.entries.set('protocol', stringNode('tcp', port.at));
      if (!port.entries.has('mode')) port.entries.set('mode', stringNode('ingress', port.at));
    }
    for (const mount of childList(service, 'volumes')?.items ?? []) {
      const bind = childMap(mount, 'bind');
      if (bind !== undefined && !bind.entries.has('create_host_path')) bind.entries.set('create_host_path', boolNode(true, bind.at));
    }
    const reservations = childMap(childMap(childMap(service, 'deploy'), 'resources'), 'reservations');
    for (const request of [...(childList(reservations, 'devices')?.items ?? []), ...(childList(service, 'gpus')?.items ?? [])]) {
      if (request.kind === 'map' && !request.entries.has('count') && !request.entries.has('device_ids')) request.entries.set('count', intNode(-1, request.at));
    }
  }
}
