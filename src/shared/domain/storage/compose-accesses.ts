import { lookupIn, type Environment } from '../compose/environment';
import { parseByteSize, splitCommand } from '../compose/go-values';
import { child, childList, childMap, textOf, type ComposeNode, type MapNode, type ScalarNode } from '../compose/node';
import { longMount } from '../compose/short-syntax';
import { nodeFromWire, type WireDocument } from '../compose/wire-tree';
import type { S3Access } from './access';
import { accessesOf, type AccessOptions, type ContainerFacts, type FactMount } from './container-facts';
import type { StorageResources } from './definition';
import { sharesToMillis } from './shares';
import { resolveText } from './symbolic';

/** Compose files of one project, in merge order, and what they are read with. */
export interface ComposeAccessRequest {
  readonly files: readonly { readonly file: string; readonly documents: readonly WireDocument[] }[];
  /** Name of the project on the engine, for the names of its volumes. */
  readonly project: string;
  /** Folder of the project, absolute: relative sources lie beneath it. */
  readonly projectDir: string;
  readonly environment: Environment;
  /** Texts of files that services mount, by absolute path on the host: rclone configurations. */
  readonly hostFiles?: ReadonlyMap<string, string> | undefined;
  /** Variables of the env files of services, by service. */
  readonly serviceEnvironments?: ReadonlyMap<string, Environment> | undefined;
  readonly fallback?: AccessOptions['fallback'];
}

/**
 * Accesses to S3 of every service, with what is not known of a variable kept as written; the model of the loader would have made it empty.
 * Later files win as in a merge; services that come by `extends` or `include` are read from their own files only.
 */
export function composeAccesses(request: ComposeAccessRequest): readonly S3Access[] {
  const variables = lookupIn(request.environment);
  const text: TextOf = (node) => {
    const found = textOf(node);
    return found === undefined ? undefined : resolveText(found, variables).text;
  };
  const roots = request.files.flatMap(({ file, documents }) => documents.map((document) => nodeFromWire(document.root, file)));
  const reading: Reading = { request, text, section: (name) => new Map(roots.flatMap((root) => [...(childMap(root, name)?.entries ?? [])])) };
  return servicesOf(roots).flatMap(([service, nodes]) => accessesOf(factsOf(reading, service, nodes), { variables, fallback: request.fallback }));
}

type TextOf = (node: ComposeNode | undefined) => string | undefined;

interface Reading {
  readonly request: ComposeAccessRequest;
  readonly text: TextOf;
  /** Top-level entries of a section; of those that several files have, the last. */
  section(name: 'volumes' | 'configs'): ReadonlyMap<string, ComposeNode>;
}

function servicesOf(roots: readonly ComposeNode[]): readonly (readonly [string, readonly MapNode[]])[] {
  const services = new Map<string, MapNode[]>();
  for (const root of roots) {
    for (const [name, node] of childMap(root, 'services')?.entries ?? []) {
      if (node.kind === 'map') services.set(name, [...(services.get(name) ?? []), node]);
    }
  }
  return [...services];
}

function factsOf(reading: Reading, service: string, nodes: readonly MapNode[]): ContainerFacts {
  const { request, text } = reading;
  const last = (key: string): ComposeNode | undefined => nodes.map((node) => child(node, key)).findLast((one) => one !== undefined);
  const configs = configsOf(reading, nodes);
  const volumes = nodes.flatMap((node) => (childList(node, 'volumes')?.items ?? []).flatMap((item) => mountOf(item, reading)));
  const mounts = [...new Map([...volumes, ...configs.mounts].map((one) => [one.target, one])).values()];
  const command = last('command');
  const at = command?.at ?? nodes.at(-1)?.at;
  return {
    container: text(last('container_name')) ?? service,
    service,
    group: 'host',
    startup: false,
    image: text(last('image')) ?? '',
    entrypoint: wordsOf(last('entrypoint'), text),
    command: wordsOf(command, text),
    environment: environmentOf(request, service, nodes, text),
    mounts,
    files: new Map([...mountedFiles(mounts, request.hostFiles ?? new Map<string, string>()), ...configs.files]),
    resources: resourcesOf(nodes, text),
    schedule: null,
    where: at === undefined ? undefined : { file: at.file, line: at.line, column: at.column },
  };
}

function wordsOf(node: ComposeNode | undefined, text: TextOf): readonly string[] | null {
  if (node === undefined || (node.kind === 'scalar' && node.type === 'null')) return null;
  if (node.kind === 'list') return node.items.map((item) => text(item) ?? '');
  return splitCommand(text(node) ?? '') ?? [];
}

function environmentOf(request: ComposeAccessRequest, service: string, nodes: readonly MapNode[], text: TextOf): ReadonlyMap<string, string> {
  const found = new Map<string, string>(Object.entries(request.serviceEnvironments?.get(service) ?? {}));
  const set = (name: string, value: string | undefined): void => {
    const known = value ?? request.environment[name];
    if (known !== undefined) found.set(name, known);
  };
  for (const node of nodes) {
    const entries = child(node, 'environment');
    if (entries?.kind === 'map') for (const [name, value] of entries.entries) set(name, text(value));
    if (entries?.kind !== 'list') continue;
    for (const item of entries.items) {
      const [name = '', ...value] = (text(item) ?? '').split('=');
      set(name, value.length === 0 ? undefined : value.join('='));
    }
  }
  return found;
}

function mountOf(node: ComposeNode, { request, text, section }: Reading): readonly FactMount[] {
  const resolved: ComposeNode = node.kind === 'scalar' ? { ...node, text: text(node) ?? '' } : node;
  if (resolved.kind === 'scalar' && resolved.text.split(':').some((one) => one === '')) return [];
  const long = resolved.kind === 'scalar' ? longMount(resolved satisfies ScalarNode) : resolved;
  const target = text(child(long, 'target'));
  const source = text(child(long, 'source'));
  if (target === undefined || source === undefined) return [];
  const part = text(child(child(long, 'volume'), 'subpath'));
  const volume = section('volumes').get(source);
  const name = text(child(volume, 'name')) ?? (text(child(volume, 'external')) === 'true' ? source : `${request.project}_${source}`);
  const store = text(child(long, 'type')) === 'bind' ? `host:${hostPath(source, request.projectDir)}` : `volume:${name}${part === undefined ? '' : `/${part}`}`;
  return [{ target, store, readOnly: text(child(long, 'read_only')) === 'true' }];
}

/** Files that `configs:` puts into a service: never written there. */
function configsOf({ request, text, section }: Reading, nodes: readonly MapNode[]): { readonly mounts: readonly FactMount[]; readonly files: ReadonlyMap<string, string> } {
  const mounts: FactMount[] = [];
  const files = new Map<string, string>();
  for (const item of nodes.flatMap((node) => childList(node, 'configs')?.items ?? [])) {
    const source = text(item) ?? text(child(item, 'source')) ?? '';
    const target = text(child(item, 'target')) ?? `/${source}`;
    const config = section('configs').get(source);
    const path = text(child(config, 'file'));
    const content = text(child(config, 'content')) ?? (path === undefined ? undefined : request.hostFiles?.get(hostPath(path, request.projectDir)));
    mounts.push({ target, store: `config:${source}`, readOnly: true });
    if (content !== undefined) files.set(target, content);
  }
  return { mounts, files };
}

function hostPath(source: string, projectDir: string): string {
  if (source.startsWith('/') || source.startsWith('$') || source.startsWith('~') || /^[A-Za-z]:/.test(source)) return source.replace(/(?<=.)\/+$/, '');
  const parts = `${projectDir}/${source}`.split('/');
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '..') kept.pop();
    else if (part !== '.' && part !== '') kept.push(part);
  }
  return `/${kept.join('/')}`;
}

/** Files of the host that a container sees, under the paths it sees them at. */
export function mountedFiles(mounts: readonly FactMount[], hostFiles: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const mount of mounts) {
    for (const [path, content] of hostFiles) {
      const store = `host:${path}`;
      if (store === mount.store) files.set(mount.target, content);
      else if (store.startsWith(`${mount.store}/`)) files.set(`${mount.target.replace(/\/$/, '')}${store.slice(mount.store.length)}`, content);
    }
  }
  return files;
}

function resourcesOf(nodes: readonly MapNode[], text: TextOf): StorageResources {
  const at = (...path: readonly string[]): string | undefined =>
    nodes.map((node) => text(path.reduce<ComposeNode | undefined>((one, key) => child(one, key), node))).findLast((one) => one !== undefined);
  const bytes = (value: string | undefined): number | null => {
    const found = value === undefined ? undefined : parseByteSize(value);
    return found === undefined ? null : Number(found);
  };
  const millis = (value: string | undefined): number | null => (value === undefined || !/^[0-9.]+$/.test(value) ? null : Math.round(Number(value) * 1000));
  const shares = at('cpu_shares');
  return {
    requestMemoryBytes: bytes(at('deploy', 'resources', 'reservations', 'memory') ?? at('mem_reservation')),
    requestCpuMillis: millis(at('deploy', 'resources', 'reservations', 'cpus')) ?? (shares === undefined ? null : sharesToMillis(Number(shares))),
    limitMemoryBytes: bytes(at('deploy', 'resources', 'limits', 'memory') ?? at('mem_limit')),
    limitCpuMillis: millis(at('deploy', 'resources', 'limits', 'cpus') ?? at('cpus')),
  };
}
