import { randomBytes } from 'node:crypto';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import type { BucketUses, KeyRole } from '@shared/domain/storage/bucket-grants';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { RecordKind, Store } from '@main/platform/types';

/** What Berth remembers of the machine's S3 server. */
export interface ServerState {
  /** It shall run. */
  readonly wanted: boolean;
  /** Ids of the projects whose storage runs. */
  readonly users: readonly string[];
  /** Which set of names is its own; 0 before the first start. */
  readonly slot: number;
  readonly apiPort: number;
  readonly consolePort: number;
  /** As the user wants them; 0: the usual ones, or the next free. */
  readonly askedApiPort: number;
  readonly askedConsolePort: number;
  readonly console: boolean;
  /** What runs; empty: to be looked for. */
  readonly image: string;
  readonly flavour: string;
  readonly imageNotices: readonly string[];
  readonly portNotices: readonly string[];
  /** Keys that shall open nothing any more, and were not told so to the server yet. */
  readonly obsoleteKeys: readonly string[];
}

/** A pair of keys. */
export interface Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Keys as they are kept, with those an operation replaced, until it has ended. */
export interface KeptKeys extends Keys {
  readonly kind: 'generated' | 'default';
  readonly replacedBy: string;
  readonly previous: (Keys & { readonly kind: 'generated' | 'default' }) | null;
}

/** Which S3 a project uses. */
export interface ProjectLink {
  readonly origin: 'local' | 'external';
  readonly endpoint: string;
  readonly region: string;
  /** Where the keys of an external endpoint are kept; empty for the local server. */
  readonly keysRef: string;
  /** Buckets of its storage file, and those made by hand: together what its keys open. */
  readonly buckets: readonly string[];
  readonly ownBuckets: readonly string[];
  /** What mounts and copies do with which of them; null before they were started once: then they have no keys of their own. */
  readonly uses: BucketUses | null;
}

/** The keys MinIO itself had, known to everybody. */
export const DEFAULT_KEYS: Keys = { accessKey: 'minioadmin', secretKey: 'minioadmin' };

const STATE_ID = 's3-server';
const ROOT_ID = 's3-root';
const LINK_PREFIX = 's3:';
const KEYS_PREFIX = 's3-keys:';
const GIVEN_PREFIX = 's3-given:';

const NEW_STATE: ServerState = {
  wanted: false, users: [], slot: 0, apiPort: 0, consolePort: 0, askedApiPort: 0, askedConsolePort: 0, console: true, image: '', flavour: '', imageNotices: [], portNotices: [], obsoleteKeys: [],
};
const NEW_LINK: ProjectLink = { origin: 'local', endpoint: '', region: 'us-east-1', keysRef: '', buckets: [], ownBuckets: [], uses: null };

/** Random keys: 20 and 40 characters, as S3 clients are used to. */
export function newKeys(): Keys {
  return { accessKey: `BERTH${randomBytes(12).toString('hex').toUpperCase().slice(0, 15)}`, secretKey: randomBytes(30).toString('base64url') };
}

/** The part of the store that is used here. */
export type RecordStore = Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord' | 'listRecords'>;

/** What is kept about S3: the server and links as `storage`, keys as `secret`, all of it sealed. */
export class S3Records {
  /** `learned`: told every secret that is read or made, so that logs never show one. */
  constructor(
    private readonly store: RecordStore,
    private readonly learned: (secret: string) => void,
  ) {}

  async state(): Promise<ServerState> {
    return { ...NEW_STATE, ...((await this.data('storage', STATE_ID)) as Partial<ServerState> | null) };
  }

  async patchState(patch: Partial<ServerState>): Promise<void> {
    await this.store.patchRecord('storage', STATE_ID, patch as JsonObject);
  }

  async link(projectId: string): Promise<ProjectLink> {
    return { ...NEW_LINK, ...((await this.data('storage', LINK_PREFIX + projectId)) as Partial<ProjectLink> | null) };
  }

  async patchLink(projectId: string, patch: Partial<ProjectLink>): Promise<void> {
    await this.store.patchRecord('storage', LINK_PREFIX + projectId, patch as JsonObject);
  }

  /** Links of every project, by its id. */
  async links(): Promise<ReadonlyMap<string, ProjectLink>> {
    const records = (await this.store.listRecords('storage')).filter(({ id }) => id.startsWith(LINK_PREFIX));
    return new Map(records.map(({ id, data }) => [id.slice(LINK_PREFIX.length), { ...NEW_LINK, ...(data as Partial<ProjectLink>) }]));
  }

  root(): Promise<KeptKeys | null> {
    return this.kept(ROOT_ID);
  }

  /** Keys of a holder; null: of the server itself. */
  keysOf(holder: string | null): Promise<KeptKeys | null> {
    return holder === null ? this.root() : this.kept(KEYS_PREFIX + holder);
  }

  async putKeys(holder: string | null, keys: KeptKeys): Promise<void> {
    this.learn(keys);
    await this.store.patchRecord('secret', holder === null ? ROOT_ID : KEYS_PREFIX + holder, keys as unknown as JsonObject);
  }

  /** Keeps keys that somebody gave, and resolves with what may be written down instead of them. */
  async keepGiven(keys: Keys): Promise<string> {
    const ref = randomBytes(12).toString('hex');
    this.learned(keys.secretKey);
    await this.store.patchRecord('secret', GIVEN_PREFIX + ref, { ...keys });
    return ref;
  }

  async given(ref: string): Promise<Keys> {
    const data = await this.data('secret', GIVEN_PREFIX + ref);
    if (data === null) throw new AppError('input-invalid', 'The keys of the external endpoint are not kept any more.', { hint: 'Give them again: berth storage use external --endpoint …' });
    const keys = { accessKey: textOf(data, 'accessKey'), secretKey: textOf(data, 'secretKey') };
    this.learned(keys.secretKey);
    return keys;
  }

  /** Keys that no project names any more go. */
  async forgetUnusedGiven(): Promise<void> {
    const used = new Set([...(await this.links()).values()].map(({ keysRef }) => GIVEN_PREFIX + keysRef));
    for (const { id } of await this.store.listRecords('secret')) if (id.startsWith(GIVEN_PREFIX) && !used.has(id)) await this.store.removeRecord('secret', id);
  }

  /** What everybody knows is no secret, and a word of sentences. */
  private learn(keys: KeptKeys): void {
    if (keys.kind !== 'default') this.learned(keys.secretKey);
  }

  private async kept(id: string): Promise<KeptKeys | null> {
    const data = (await this.data('secret', id)) as unknown as KeptKeys | null;
    if (data !== null) this.learn(data);
    return data;
  }

  private async data(kind: RecordKind, id: string): Promise<JsonObject | null> {
    return (await this.store.getRecord(kind, id))?.data ?? null;
  }
}

/** Who has a pair of keys: a project, its mounts, or its copies. */
export function holderOf(projectId: string, role: KeyRole): string {
  return role === 'project' ? projectId : `${projectId}:${role}`;
}

/** Buckets that the keys of a project open. */
export function bucketsOf(link: ProjectLink): readonly string[] {
  return [...new Set([...textsOf({ all: link.buckets }, 'all'), ...textsOf({ all: link.ownBuckets }, 'all')])].sort();
}
