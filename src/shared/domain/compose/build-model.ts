import type { Json } from '../../kernel/json';
import { decodePart, emptyJsonMap, type JsonMap } from './decode';
import { readEnvFile } from './env-files';
import { emptyEnvironment, type Environment } from './environment';
import { compareBytes } from './go-values';
import type { LoadContext } from './load-context';
import type { ComposeFileObject, ComposeModel, ComposeNetwork, ComposeService, ComposeVolume } from './model';
import { childList, childMap, textOf, type ComposeNode, type MapNode } from './node';
import { CONTENT_KEY } from './normalise';
import { composeInvalid } from './refusals';

/** The model of a normalised tree, before profiles: what each section decodes to. Throws compose-invalid for values that are not what they should be. */
export function decodeModel(root: MapNode, name: string): ComposeModel {
  const section = (key: string, part: string): JsonMap => {
    const result = emptyJsonMap();
    const map = childMap(root, key);
    for (const entry of [...(map?.entries.keys() ?? [])].sort(compareBytes)) {
      const node = map?.entries.get(entry);
      if (node?.kind === 'map') result[entry] = decodePart(part, node, [key, entry]);
    }
    return result;
  };
  const services = section('services', 'service') as unknown as Record<string, ComposeService>;
  for (const [key, service] of Object.entries(services)) services[key] = withScale(service);
  const configs = section('configs', 'fileObject') as unknown as Record<string, ComposeFileObject>;
  return {
    name,
    services,
    networks: section('networks', 'network') as unknown as Record<string, ComposeNetwork>,
    volumes: section('volumes', 'volume') as unknown as Record<string, ComposeVolume>,
    secrets: section('secrets', 'fileObject') as unknown as Record<string, ComposeFileObject>,
    configs,
  };
}

/** `scale` is also the number of replicas where there is a deploy section. */
function withScale(service: ComposeService): ComposeService {
  if (service.scale === undefined || service.deploy === undefined || service.deploy.replicas !== undefined) return service;
  return Object.assign(emptyJsonMap(), service, { deploy: Object.assign(emptyJsonMap(), service.deploy, { replicas: service.scale }) });
}

/** What secrets and configs hold that take a variable. */
export function variableContents(root: MapNode): { readonly [path: string]: string } {
  const contents: { [path: string]: string } = emptyEnvironment();
  for (const section of ['secrets', 'configs']) {
    for (const [key, node] of childMap(root, section)?.entries ?? []) {
      const value = node.kind === 'map' ? textOf(node.entries.get(CONTENT_KEY)) : undefined;
      if (value !== undefined) contents[`${section}.${key}`] = value;
    }
  }
  return contents;
}

/** Merges env_file and label_file of a service into it, as compose does before it hashes. */
export async function resolveServiceFiles(context: LoadContext, service: ComposeService, node: MapNode | undefined, environment: Environment, name: string, mayMiss = false): Promise<ComposeService> {
  const envFiles = childList(node, 'env_file');
  const labelFiles = childList(node, 'label_file');
  if (envFiles === undefined && labelFiles === undefined) return service;
  const resolved = Object.assign(emptyJsonMap(), service) as JsonMap;
  delete resolved['env_file'];
  if (envFiles !== undefined) setMap(resolved, 'environment', await mergedEnvironment(context, { service, name, files: envFiles.items, mayMiss }, environment));
  if (labelFiles !== undefined) {
    const labels = emptyEnvironment();
    for (const file of labelFiles.items) {
      const found = await readEnvFile(context, textOf(file) ?? '', labels, (name) => labels[name], 'dotenv', file.at, `labels of ${name}`);
      if (!found && !mayMiss) throw composeInvalid(`The label file ${textOf(file) ?? ''} does not exist.`, file.at);
    }
    setMap(resolved, 'labels', Object.assign(labels, service.labels));
  }
  return resolved as unknown as ComposeService;
}

interface ServiceFiles {
  readonly service: ComposeService;
  readonly name: string;
  readonly files: readonly ComposeNode[];
  readonly mayMiss: boolean;
}

async function mergedEnvironment(context: LoadContext, { service, name: serviceName, files, mayMiss }: ServiceFiles, environment: Environment): Promise<{ [name: string]: string | null }> {
  const own = service.environment ?? {};
  const values = emptyEnvironment();
  for (const [name, value] of Object.entries(own)) if (value !== null) values[name] = value;
  for (const file of files) {
    if (file.kind !== 'map') continue;
    const path = textOf(file.entries.get('path')) ?? '';
    const format = textOf(file.entries.get('format')) ?? '';
    if (format !== '' && format !== 'raw' && format !== '.env') throw composeInvalid(`The env_file format "${format}" is not known.`, file.at);
    const required = file.entries.get('required');
    const found = await readEnvFile(context, path, values, (name) => environment[name] ?? own[name] ?? undefined, format === 'raw' ? 'raw' : 'dotenv', file.at, serviceName);
    if (!found && !mayMiss && !(required?.kind === 'scalar' && required.value === false)) throw composeInvalid(`The env file ${path} does not exist.`, file.at);
  }
  return Object.assign(emptyEnvironment() as { [name: string]: string | null }, values, own);
}

function setMap(target: JsonMap, key: string, values: { readonly [name: string]: string | null }): void {
  const names = Object.keys(values).sort(compareBytes);
  if (names.length === 0) {
    delete target[key];
    return;
  }
  const map = emptyJsonMap();
  for (const name of names) map[name] = values[name] ?? null;
  target[key] = map;
}

/** The model without networks, volumes, secrets and configs that no enabled service uses. */
export function withoutUnused(model: ComposeModel): ComposeModel {
  const used = { networks: new Set<string>(), volumes: new Set<string>(), secrets: new Set<string>(), configs: new Set<string>() };
  for (const service of Object.values(model.services)) {
    for (const key of Object.keys(service.networks ?? {})) used.networks.add(key);
    for (const volume of service.volumes ?? []) if (volume.type === 'volume' && volume.source !== undefined) used.volumes.add(volume.source);
    for (const secret of [...(service.secrets ?? []), ...(service.build?.secrets ?? [])]) used.secrets.add(secret.source);
    for (const config of service.configs ?? []) used.configs.add(config.source);
  }
  const keep = <T>(map: { readonly [key: string]: T }, keys: ReadonlySet<string>): { readonly [key: string]: T } => {
    const result = Object.create(null) as { [key: string]: T };
    for (const [key, value] of Object.entries(map)) if (keys.has(key)) result[key] = value;
    return result;
  };
  return {
    ...model,
    networks: keep(model.networks, used.networks),
    volumes: keep(model.volumes, used.volumes),
    secrets: keep(model.secrets, used.secrets),
    configs: keep(model.configs, used.configs),
  };
}

/** Top-level `x-` keys as plain JSON. */
export function extensionsOf(root: MapNode): { readonly [key: string]: Json } {
  const result = emptyJsonMap();
  for (const [key, node] of root.entries) if (key.startsWith('x-')) result[key] = plainJson(node);
  return result;
}

function plainJson(node: ComposeNode): Json {
  if (node.kind === 'scalar') return node.value;
  // Compose drops the difference between an empty list and none here.
  if (node.kind === 'list') return node.items.length === 0 ? null : node.items.map(plainJson);
  const map = emptyJsonMap();
  for (const [key, value] of node.entries) map[key] = plainJson(value);
  return map;
}
