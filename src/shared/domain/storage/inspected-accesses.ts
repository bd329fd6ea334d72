import type { Json, JsonObject } from '../../kernel/json';
import type { S3Access } from './access';
import { mountedFiles } from './compose-accesses';
import { accessesOf, type AccessOptions, type ContainerFacts, type FactMount } from './container-facts';
import { sharesToMillis } from './shares';

/** Accesses to S3 of a container that is there, from the whole answer of an inspect. `hostFiles` as for compose files. */
export function inspectedAccesses(inspected: JsonObject, options: AccessOptions, hostFiles: ReadonlyMap<string, string> = new Map<string, string>()): readonly S3Access[] {
  const config = objectAt(inspected, 'Config');
  const host = objectAt(inspected, 'HostConfig');
  const labels = objectAt(config, 'Labels');
  const mounts = listAt(inspected, 'Mounts').flatMap(mountOf);
  const facts: ContainerFacts = {
    container: textAt(inspected, 'Name').replace(/^\//, ''),
    service: textAt(labels, 'com.docker.compose.service') === '' ? null : textAt(labels, 'com.docker.compose.service'),
    group: 'host',
    startup: false,
    image: textAt(config, 'Image'),
    entrypoint: wordsAt(config, 'Entrypoint'),
    command: wordsAt(config, 'Cmd'),
    environment: new Map(
      (wordsAt(config, 'Env') ?? []).map((one): [string, string] => {
        const equals = one.indexOf('=');
        return equals === -1 ? [one, ''] : [one.slice(0, equals), one.slice(equals + 1)];
      }),
    ),
    mounts,
    files: mountedFiles(mounts, hostFiles),
    resources: {
      requestMemoryBytes: positive(host, 'MemoryReservation'),
      requestCpuMillis: ifThere(positive(host, 'CpuShares'), sharesToMillis),
      limitMemoryBytes: positive(host, 'Memory'),
      limitCpuMillis: ifThere(positive(host, 'NanoCpus'), (nano) => Math.round(nano / 1e6)),
    },
    schedule: null,
    where: undefined,
  };
  return accessesOf(facts, options);
}

function mountOf(value: Json): readonly FactMount[] {
  if (!isObject(value)) return [];
  const type = textAt(value, 'Type');
  const store = type === 'volume' ? `volume:${textAt(value, 'Name')}` : type === 'bind' ? `host:${textAt(value, 'Source')}` : '';
  return store === '' ? [] : [{ target: textAt(value, 'Destination'), store, readOnly: value['RW'] === false }];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const found = value[key];
  return isObject(found) ? found : {};
}

function listAt(value: JsonObject, key: string): readonly Json[] {
  const found = value[key];
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

function textAt(value: JsonObject, key: string): string {
  const found = value[key];
  return typeof found === 'string' ? found : '';
}

function wordsAt(value: JsonObject, key: string): readonly string[] | null {
  const found = value[key];
  if (typeof found === 'string') return [found];
  return Array.isArray(found) ? (found as readonly Json[]).map(String) : null;
}

function positive(value: JsonObject, key: string): number | null {
  const found = value[key];
  return typeof found === 'number' && found > 0 ? found : null;
}

function ifThere(value: number | null, change: (value: number) => number): number | null {
  return value === null ? null : change(value);
}
