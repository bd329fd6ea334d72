import type { ObservedImage } from '../engine/observed';
import { fieldOf, objectOf, textOf, textsOf } from '../engine/read-json';
import type { Json, JsonObject } from '../../kernel/json';

/** Of a container's settings, what the engine made up itself. */
const ENGINE_MADE_CONFIG: ReadonlySet<string> = new Set(['AttachStdin', 'AttachStdout', 'AttachStderr', 'OnBuild', 'ArgsEscaped']);
const ENGINE_MADE_HOST: ReadonlySet<string> = new Set(['ContainerIDFile', 'ConsoleSize', 'MaskedPaths', 'ReadonlyPaths']);
const ENDPOINT_FIELDS = ['IPAMConfig', 'Links', 'Aliases', 'DriverOpts'] as const;

/** The settings of a container without what the engine and its image add: name, payload, and the networks it is in. Holds values of environment variables. */
export function containerDocument(inspected: JsonObject, image: ObservedImage | null): JsonObject {
  const id = textOf(fieldOf(inspected, 'Id'));
  const fromImage = new Set(image?.environment ?? []);
  const config: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(objectOf(fieldOf(inspected, 'Config')))) {
    if (ENGINE_MADE_CONFIG.has(name) || isNothing(value)) continue;
    if (name === 'Hostname' && id.startsWith(String(value))) continue;
    config[name] = name === 'Env' ? textsOf(value).filter((one) => !fromImage.has(one)) : (value as Json);
  }
  const host: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(objectOf(fieldOf(inspected, 'HostConfig')))) if (!ENGINE_MADE_HOST.has(name) && !isNothing(value)) host[name] = value as Json;
  return { Name: textOf(fieldOf(inspected, 'Name')).replace(/^\//, ''), ...config, HostConfig: host, NetworkingConfig: { EndpointsConfig: endpointsOf(inspected, id) } };
}

function endpointsOf(inspected: JsonObject, id: string): JsonObject {
  const networks = objectOf(fieldOf(inspected, 'NetworkSettings', 'Networks'));
  return Object.fromEntries(
    Object.entries(networks).map(([network, endpoint]) => {
      const kept: { [name: string]: Json } = {};
      for (const field of ENDPOINT_FIELDS) {
        const value = fieldOf(endpoint, field);
        if (isNothing(value)) continue;
        // The engine makes the short id of a container one of its names.
        kept[field] = field === 'Aliases' ? textsOf(value).filter((alias) => !id.startsWith(alias)) : (value as Json);
      }
      return [network, kept];
    }),
  );
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
