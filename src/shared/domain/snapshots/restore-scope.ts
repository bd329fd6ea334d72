import type { Manifest, ManifestPart, SnapshotPartKind, VolumeFacts } from './types';

/** What of a snapshot is brought back. */
export interface RestoreScope {
  /** Parts of the manifest, in its order. */
  readonly parts: readonly ManifestPart[];
  readonly files: boolean;
  readonly settings: boolean;
  /** Containers and images: every service, those that are named, or none. */
  readonly services: 'all' | readonly string[];
  /** Nothing was left out by the one who asked. */
  readonly whole: boolean;
  /** What was asked for and is not in the snapshot. */
  readonly unknown: readonly string[];
}

const GROUPS: { readonly [word: string]: SnapshotPartKind } = { volumes: 'volume', binds: 'bind', buckets: 'bucket' };
const SINGLE: { readonly [prefix: string]: SnapshotPartKind } = { volume: 'volume', bind: 'bind', bucket: 'bucket' };

/** Reads `only` against a manifest. Without it: everything but the contents of folders and buckets, which are only brought back when they are named. */
export function restoreScope(manifest: Pick<Manifest, 'parts'>, only: readonly string[] | null): RestoreScope {
  if (only === null || only.length === 0) {
    const parts = manifest.parts.filter((one) => one.kind !== 'bind' && one.kind !== 'bucket');
    return { parts, files: has(parts, 'files'), settings: has(parts, 'settings'), services: has(parts, 'containers') ? 'all' : [], whole: true, unknown: [] };
  }
  const chosen = new Set<ManifestPart>();
  const services = new Set<string>();
  const unknown: string[] = [];
  let all = false;
  for (const word of only) {
    const found = partsOf(manifest, word);
    if (found.length === 0) unknown.push(word);
    for (const part of found) chosen.add(part);
    if (word === 'containers' && found.length > 0) all = true;
    const service = word.startsWith('service:') ? word.slice('service:'.length) : null;
    if (service !== null && found.length > 0) services.add(service);
  }
  const parts = manifest.parts.filter((one) => chosen.has(one));
  return { parts, files: has(parts, 'files'), settings: has(parts, 'settings'), services: all ? 'all' : [...services].sort(), whole: false, unknown };
}

function partsOf(manifest: Pick<Manifest, 'parts'>, word: string): readonly ManifestPart[] {
  const group = GROUPS[word];
  if (group !== undefined) return manifest.parts.filter((one) => one.kind === group);
  if (word === 'containers') return manifest.parts.filter((one) => one.kind === 'containers' || one.kind === 'images');
  const cut = word.indexOf(':');
  if (cut === -1) return manifest.parts.filter((one) => one.kind === word);
  const [prefix, name] = [word.slice(0, cut), word.slice(cut + 1)];
  if (prefix === 'service') return partsOfService(manifest, name);
  const kind = SINGLE[prefix];
  return kind === undefined ? [] : manifest.parts.filter((one) => one.kind === kind && (one.name === name || (kind === 'volume' && keyOf(one.facts as VolumeFacts) === name)));
}

/** While no file could be read nothing but its label says it. */
function keyOf({ key, labels }: VolumeFacts): string | null {
  return key ?? labels?.['com.docker.compose.volume'] ?? null;
}

/** The container of a service with its image and the volumes it mounts. None when the snapshot does not know the service. */
function partsOfService(manifest: Pick<Manifest, 'parts'>, service: string): readonly ManifestPart[] {
  const volumes = manifest.parts.filter((one) => one.kind === 'volume' && Object.hasOwn((one.facts as VolumeFacts).services ?? {}, service));
  const known = manifest.parts.some((one) => (one.kind === 'containers' || one.kind === 'images') && factRows(one.facts).some((row) => row['service'] === service));
  if (volumes.length === 0 && !known) return [];
  return [...manifest.parts.filter((one) => one.kind === 'containers' || one.kind === 'images'), ...volumes];
}

/** The rows of a part whose facts are a list, under whatever name it stands. */
export function factRows(facts: ManifestPart['facts']): readonly { readonly [name: string]: unknown }[] {
  const list = Object.values(facts).find((one) => Array.isArray(one));
  return Array.isArray(list) ? list.filter((one): one is { readonly [name: string]: never } => typeof one === 'object' && one !== null && !Array.isArray(one)) : [];
}

function has(parts: readonly ManifestPart[], kind: SnapshotPartKind): boolean {
  return parts.some((one) => one.kind === kind);
}
