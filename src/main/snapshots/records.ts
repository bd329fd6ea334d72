import { randomBytes } from 'node:crypto';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { Store } from '@main/platform/types';
import type { SnapshotNotes, SnapshotSettings } from './types';

/** A snapshot that was deleted and can be brought back. */
export interface DeletedSnapshot {
  readonly id: string;
  readonly projectId: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly createdAt: string;
  /** ISO time. */
  readonly until: string;
}

/** A volume that holds what a restore put aside. */
export interface ReplacedVolume {
  readonly volume: string;
  readonly of: string;
  readonly projectId: string;
  readonly snapshotId: string | null;
  readonly since: string;
}

/** What is noted of a snapshot beside its manifest. */
export interface MadeNote {
  readonly projectId: string;
  readonly storedBytes: number;
  readonly verified: { readonly at: string; readonly ok: boolean } | null;
}

/** A bucket of the S3 of a project. */
export interface AddedRepository {
  readonly name: string;
  readonly projectId: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Where its passphrase is kept; empty without one. */
  readonly passphraseRef: string;
}

/** What a project has until something is chosen. */
export const DEFAULT_SETTINGS: SnapshotSettings = {
  repository: 'local',
  retention: { keepLast: 20, keepHourly: 24, keepDaily: 7, keepWeekly: 4, keepReplacedHours: 24 },
  everyMinutes: null,
  volumes: false,
  consistency: {},
};

type RecordStore = Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord' | 'listRecords'>;

const KIND = 'snapshots';
const PASSPHRASE_PREFIX = 'snapshot-passphrase:';

/** What Berth keeps about snapshots in its own store. Lost, nothing of a repository is lost with it. */
export class SnapshotRecords implements SnapshotNotes {
  /** `changed`: told of every project whose snapshots are otherwise. `learned`: told every secret that is read, so that logs never show one. */
  constructor(
    private readonly deps: { readonly store: RecordStore; readonly clock: Pick<Clock, 'now'>; readonly changed: (projectId: string) => void; readonly learned: (secret: string) => void },
  ) {}

  async settings(projectId: string): Promise<SnapshotSettings> {
    const data = (await this.data(`settings:${projectId}`)) as Partial<SnapshotSettings> | null;
    return { ...DEFAULT_SETTINGS, ...data, retention: { ...DEFAULT_SETTINGS.retention, ...data?.retention } };
  }

  async configure(projectId: string, settings: SnapshotSettings): Promise<void> {
    await this.put(`settings:${projectId}`, settings as unknown as JsonObject, projectId);
  }

  async made(projectId: string, repository: string, snapshotId: string, storedBytes: number): Promise<void> {
    await this.put(`made:${repository}:${snapshotId}`, { projectId, storedBytes, verified: null }, projectId);
  }

  async verified(projectId: string, repository: string, snapshotId: string, ok: boolean): Promise<void> {
    const id = `made:${repository}:${snapshotId}`;
    const known = (await this.data(id)) === null ? { projectId, storedBytes: 0 } : {};
    await this.put(id, { ...known, verified: { at: this.nowIso(), ok } }, projectId);
  }

  async replaced(projectId: string, { volume, of, snapshotId }: Parameters<SnapshotNotes['replaced']>[1]): Promise<void> {
    await this.put(`replaced:${volume}`, { projectId, volume, of, snapshotId, since: this.nowIso() }, projectId);
  }

  async notReplaced(volume: string): Promise<void> {
    const known = await this.data(`replaced:${volume}`);
    await this.deps.store.removeRecord(KIND, `replaced:${volume}`);
    if (known !== null) this.deps.changed(textOf(known, 'projectId'));
  }

  async deleted(one: DeletedSnapshot): Promise<void> {
    await this.put(`deleted:${one.id}`, { ...one }, one.projectId);
  }

  /** Brought back, or gone for good. */
  async notDeleted({ id, projectId }: Pick<DeletedSnapshot, 'id' | 'projectId'>): Promise<void> {
    await this.deps.store.removeRecord(KIND, `deleted:${id}`);
    this.deps.changed(projectId);
  }

  async forget(repository: string, snapshotId: string): Promise<void> {
    await this.deps.store.removeRecord(KIND, `made:${repository}:${snapshotId}`);
  }

  async addRepository(one: AddedRepository): Promise<void> {
    await this.put(`repository:${one.projectId}:${one.name}`, { ...one }, one.projectId);
  }

  async removeRepository({ projectId, name }: Pick<AddedRepository, 'projectId' | 'name'>): Promise<void> {
    await this.deps.store.removeRecord(KIND, `repository:${projectId}:${name}`);
    this.deps.changed(projectId);
  }

  /** Everything noted, in one reading. */
  async all(): Promise<{
    readonly made: ReadonlyMap<string, MadeNote>;
    readonly deleted: ReadonlyMap<string, DeletedSnapshot>;
    readonly replaced: readonly ReplacedVolume[];
    readonly repositories: readonly AddedRepository[];
  }> {
    const records = await this.deps.store.listRecords(KIND);
    const of = (prefix: string): readonly { readonly id: string; readonly data: JsonObject }[] => records.filter(({ id }) => id.startsWith(prefix)).map(({ id, data }) => ({ id: id.slice(prefix.length), data }));
    return {
      made: new Map(of('made:').map(({ id, data }) => [id, data as unknown as MadeNote])),
      deleted: new Map(of('deleted:').map(({ id, data }) => [id, data as unknown as DeletedSnapshot])),
      replaced: of('replaced:').map(({ data }) => data as unknown as ReplacedVolume),
      repositories: of('repository:').map(({ data }) => data as unknown as AddedRepository),
    };
  }

  /** Keeps a passphrase sealed, and resolves with what may be written down instead of it. */
  async keepPassphrase(passphrase: string): Promise<string> {
    const ref = randomBytes(12).toString('hex');
    this.deps.learned(passphrase);
    await this.deps.store.patchRecord('secret', PASSPHRASE_PREFIX + ref, { passphrase });
    return ref;
  }

  async passphrase(ref: string): Promise<string> {
    const record = await this.deps.store.getRecord('secret', PASSPHRASE_PREFIX + ref);
    if (record === null) throw new AppError('passphrase-wrong', 'The passphrase of this repository is not kept any more.', { hint: 'Give it again: berth snapshots add-repository, with BERTH_SNAPSHOT_PASSPHRASE.' });
    const passphrase = textOf(record.data, 'passphrase');
    this.deps.learned(passphrase);
    return passphrase;
  }

  /** Passphrases that no repository names any more go. */
  async forgetUnusedPassphrases(): Promise<void> {
    const used = new Set((await this.all()).repositories.map((one) => PASSPHRASE_PREFIX + one.passphraseRef));
    for (const { id } of await this.deps.store.listRecords('secret')) if (id.startsWith(PASSPHRASE_PREFIX) && !used.has(id)) await this.deps.store.removeRecord('secret', id);
  }

  private async put(id: string, data: JsonObject, projectId: string): Promise<void> {
    await this.deps.store.patchRecord(KIND, id, data);
    this.deps.changed(projectId);
  }

  private async data(id: string): Promise<JsonObject | null> {
    return (await this.deps.store.getRecord(KIND, id))?.data ?? null;
  }

  private nowIso(): string {
    return new Date(this.deps.clock.now()).toISOString();
  }
}
