/** What begins so is no object: somebody still writes it, or never finished. */
export const TEMPORARY = '.tmp-';
/** Where objects of a repository are, by docs/snapshot-format.md. */
export const REPOSITORY_FILE = 'berth-repository.json';

export function packName(hash: string): string {
  return `packs/${hash.slice(0, 2)}/${hash}`;
}

export function indexName(hash: string): string {
  return `index/${hash}`;
}

export function manifestName(id: string): string {
  return `snapshots/${id}.json`;
}

export function lockName(id: string): string {
  return `locks/${id}.json`;
}

export function pinName(id: string): string {
  return `pins/${id}`;
}

/** The hash in the name of a pack or an index; null where it is no such name. */
export function hashInName(name: string): string | null {
  const match = /^(?:index|packs\/([0-9a-f]{2}))\/([0-9a-f]{64})$/.exec(name);
  const [, folder, hash] = match ?? [];
  return hash === undefined || (folder !== undefined && !hash.startsWith(folder)) ? null : hash;
}
