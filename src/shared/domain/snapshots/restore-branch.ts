import { isMap, isScalar, parseAllDocuments, type Document, type YAMLMap } from 'yaml';

/** What of a service would meet the one it is a copy of: fixed names and addresses. */
const OF_SERVICE: readonly string[] = ['container_name', 'mac_address'];
const OF_ATTACHMENT: readonly string[] = ['ipv4_address', 'ipv6_address', 'mac_address', 'link_local_ips'];

/**
 * A compose file for a copy that runs beside the original: names of its own for the project, its containers, volumes, networks and built images, and no fixed
 * addresses. `named`: write the project's name also where the file says none. Null where the file is no YAML that can be changed.
 */
export function branchedFile(text: string, project: string, named: boolean): string | null {
  const documents = parseAllDocuments(text, { merge: true, version: '1.2', keepSourceTokens: false });
  if (!Array.isArray(documents) || documents.some((one) => one.errors.length > 0)) return null;
  const changed = documents.map((one, index) => changeDocument(one, project, named && index === 0)).some(Boolean);
  return changed ? documents.map((one) => one.toString({ lineWidth: 0 })).join('') : text;
}

function changeDocument(document: Document, project: string, named: boolean): boolean {
  const root = document.contents;
  if (!isMap(root)) return false;
  let changed = false;
  if (named || root.has('name')) {
    document.set('name', project);
    changed = true;
  }
  for (const service of mapsIn(root, 'services')) {
    for (const key of OF_SERVICE) changed = service.delete(key) || changed;
    // A build of the copy must not take over the name the original runs from.
    if (service.has('build')) changed = service.delete('image') || changed;
    for (const attachment of mapsIn(service, 'networks')) for (const key of OF_ATTACHMENT) changed = attachment.delete(key) || changed;
  }
  for (const volume of mapsIn(root, 'volumes')) for (const key of ['name', 'external']) changed = volume.delete(key) || changed;
  for (const network of mapsIn(root, 'networks')) {
    if (isExternal(network)) continue;
    for (const key of ['name', 'ipam']) changed = network.delete(key) || changed;
  }
  return changed;
}

function mapsIn(map: YAMLMap, key: string): readonly YAMLMap[] {
  const found = map.get(key, true);
  return isMap(found) ? found.items.flatMap(({ value }) => (isMap(value) ? [value] : [])) : [];
}

function isExternal(network: YAMLMap): boolean {
  const external = network.get('external', true);
  return isMap(external) || (isScalar(external) && external.value === true);
}

/** An env file for a copy: where it names the project, the copy's name. */
export function branchedEnv(text: string, project: string): string {
  return text.replace(/^(\s*(?:export\s+)?COMPOSE_PROJECT_NAME\s*=).*$/gm, `$1${project}`);
}

/** What a copy would share with something that is there already; empty when it can be started. */
export function branchClashes(wanted: { readonly containers: readonly string[]; readonly volumes: readonly string[]; readonly networks: readonly string[] }, there: { readonly containers: ReadonlySet<string>; readonly volumes: ReadonlySet<string>; readonly networks: ReadonlySet<string> }): readonly string[] {
  return [
    ...wanted.containers.filter((name) => there.containers.has(name)).map((name) => `the container name ${name}`),
    ...wanted.volumes.filter((name) => there.volumes.has(name)).map((name) => `the volume ${name}`),
    ...wanted.networks.filter((name) => there.networks.has(name)).map((name) => `the network ${name}`),
  ];
}
