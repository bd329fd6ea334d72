import type { Json } from '../../kernel/json';
import { hashedFieldsOf } from './fields';
import { compareBytes } from './go-values';
import type { ComposeNetwork, ComposeService, ComposeVolume, HashDialect } from './model';

/** SHA-256 of a UTF-8 text as lower-case hex; injected, because this layer has no crypto. */
export type Sha256 = (text: string) => string;

/** What compose leaves out before it hashes a service. */
const NOT_HASHED = new Set(['profiles', 'build', 'pull_policy', 'scale', 'depends_on']);

/** The config hash of a service as docker compose puts it on containers. References to other services must be resolved to container ids first, where compose does so. */
export function serviceHash(service: ComposeService, dialect: HashDialect, sha256: Sha256): string {
  return sha256(goJson(service as unknown as Json, 'service', dialect));
}

/** The same in every dialect; most services read the same in all of them and are hashed once. */
export function serviceHashes(service: ComposeService, sha256: Sha256): { readonly [D in HashDialect]: string } {
  const v5 = serviceHash(service, 'v5', sha256);
  const v2 = service.volumes?.some((mount) => mount.bind !== undefined) === true ? serviceHash(service, 'v2', sha256) : v5;
  const ordered = Object.values(service.networks ?? {}).some((network) => network !== null && Object.keys(network).length > 1);
  return { v5, v2, 'v2.35': ordered ? serviceHash(service, 'v2.35', sha256) : v2 };
}

/** The config hash of a network as compose labels it. */
export function networkHash(network: ComposeNetwork, sha256: Sha256): string {
  return sha256(goJson(network as unknown as Json, 'network', 'v5'));
}

/** The config hash of a volume as compose labels it; no driver counts as `local`. */
export function volumeHash(volume: ComposeVolume, sha256: Sha256): string {
  return sha256(goJson({ ...volume, driver: volume.driver ?? 'local' } as unknown as Json, 'volume', 'v5'));
}

/** JSON as Go's encoder writes the part: fields in struct order, map keys sorted by bytes, HTML characters escaped. */
export function goJson(value: Json, part: string | undefined, dialect: HashDialect): string {
  if (value === null || typeof value !== 'object') return goScalar(value);
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item as Json, part, dialect)).join(',')}]`;
  const map = value as { readonly [key: string]: Json | undefined };
  const members: string[] = [];
  if (part === undefined) {
    for (const key of Object.keys(map).sort(compareBytes)) members.push(`${goScalar(key)}:${goJson(map[key] ?? null, undefined, dialect)}`);
    return `{${members.join(',')}}`;
  }
  // Names of fields hold nothing that is escaped.
  const put = (key: string, text: string): void => void members.push(`"${key}":${text}`);
  for (const [name, kind] of hashedFieldsOf(part, dialect)) {
    if (part === 'service' && NOT_HASHED.has(name)) continue;
    if (part === 'deploy' && name === 'replicas') continue;
    if (part === 'bind' && name === 'create_host_path' && dialect !== 'v5') {
      // Compose 2.35 to 2.40 writes the default and leaves out `false`.
      if (map[name] !== false) put(name, 'true');
      continue;
    }
    const field = map[name];
    if (field === undefined) continue;
    if (typeof kind === 'string') put(name, kind === 'ulimits' ? goUlimits(field, dialect) : goJson(field, undefined, dialect));
    else if (kind.as === 'map') put(name, goMapOf(field, kind.part, dialect));
    else put(name, goJson(field, kind.part, dialect));
  }
  return `{${members.join(',')}}`;
}

function goMapOf(value: Json, part: string, dialect: HashDialect): string {
  const map = value as { readonly [key: string]: Json | undefined };
  return `{${Object.keys(map)
    .sort(compareBytes)
    .map((key) => `${goScalar(key)}:${goJson(map[key] ?? null, part, dialect)}`)
    .join(',')}}`;
}

function goScalar(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Soft comes before hard, against the alphabet. */
function goUlimits(value: Json, dialect: HashDialect): string {
  const map = value as { readonly [key: string]: Json | undefined };
  const member = (limit: Json | undefined): string => {
    if (limit === null || typeof limit !== 'object' || Array.isArray(limit)) return goJson(limit ?? null, undefined, dialect);
    const pair = limit as { readonly soft?: number; readonly hard?: number };
    return `{${[pair.soft === undefined ? [] : [`"soft":${pair.soft}`], pair.hard === undefined ? [] : [`"hard":${pair.hard}`]].flat().join(',')}}`;
  };
  return `{${Object.keys(map)
    .sort(compareBytes)
    .map((key) => `${goScalar(key)}:${member(map[key])}`)
    .join(',')}}`;
}
