import { join } from 'node:path';
import type { Manifest } from '@shared/domain/snapshots/types';
import { isSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import { severalNamed, snapshotsNamed } from '@shared/domain/snapshots/snapshot-name';
import { AppError } from '@shared/kernel/app-error';
import type { Sealer } from '@main/platform/seal';
import type { RepositoryKeys, SnapshotRepository } from '@main/platform/snapshots/types';
import type { AddedRepository, SnapshotRecords } from './records';
import type { Repositories } from './types';

/** Where a bucket is, with the keys that open it. */
export interface BucketPlace {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** A repository with what it is reached through. */
export interface OpenedRepository {
  readonly repository: SnapshotRepository;
  close(): Promise<void>;
}

/** What repositories are opened with. */
export interface RepositoriesDependencies {
  readonly records: SnapshotRecords;
  readonly stateDir: string;
  /** Seals with the key of this installation. */
  readonly sealer: () => Promise<Sealer>;
  /** Both make the repository at its first use. */
  readonly openFolder: (dir: string, keys: RepositoryKeys) => Promise<OpenedRepository>;
  readonly openBucket: (place: BucketPlace, keys: RepositoryKeys) => Promise<OpenedRepository>;
  /** The S3 of a project, as it is now. */
  readonly s3: (projectId: string) => Promise<Pick<BucketPlace, 'endpoint' | 'region' | 'accessKey' | 'secretKey'>>;
}

/** A repository of a project, whether it can be opened or not. */
export interface KnownRepository {
  readonly name: string;
  readonly kind: 'folder' | 'bucket';
  readonly place: string;
}

/** A snapshot of a project with where it is. */
export interface ListedSnapshot {
  readonly name: string;
  readonly repository: SnapshotRepository;
  readonly manifest: Manifest;
  readonly pinned: boolean;
  /** Nobody with the key of the repository vouches for it. */
  readonly foreign: boolean;
}

interface Opened {
  /** What it was opened with: other keys, another door. */
  readonly by: string;
  readonly opened: Promise<OpenedRepository>;
}

/** The folder of this machine. */
export const LOCAL = 'local';

/** The repositories of every project. `local` is one for all of them: what they have in common is stored once. */
export class OpenRepositories implements Repositories {
  private readonly opened = new Map<string, Opened>();

  constructor(private readonly deps: RepositoriesDependencies) {}

  async known(projectId: string): Promise<readonly KnownRepository[]> {
    const added = (await this.deps.records.all()).repositories.filter((one) => one.projectId === projectId);
    return [{ name: LOCAL, kind: 'folder', place: this.folder() }, ...added.map(({ name, bucket, prefix }) => ({ name, kind: 'bucket' as const, place: prefix === '' ? bucket : `${bucket}/${prefix}` }))];
  }

  async open(projectId: string, name: string): Promise<SnapshotRepository> {
    if (name === LOCAL) return this.once(LOCAL, LOCAL, async () => this.deps.openFolder(this.folder(), { install: await this.deps.sealer(), passphrase: null }));
    const added = (await this.deps.records.all()).repositories.find((one) => one.projectId === projectId && one.name === name);
    if (added === undefined) throw new AppError('not-found', `There is no snapshot repository "${name}".`, { hint: 'berth snapshots list shows them; berth snapshots add-repository adds a bucket.' });
    const place = await this.placeOf(added);
    return this.once(`${projectId}:${name}`, JSON.stringify([place, added.passphraseRef]), () => this.openBucket(added, place));
  }

  /** Opens a bucket that is not added yet: it is made where nothing is, and refused where its passphrase is another. */
  async tryBucket(added: AddedRepository): Promise<void> {
    const opened = await this.openBucket(added, await this.placeOf(added));
    await opened.close();
  }

  async chosen(projectId: string): Promise<string> {
    return (await this.deps.records.settings(projectId)).repository;
  }

  async find(projectId: string, ref: string): Promise<ListedSnapshot> {
    if (ref === 'last-good') return this.lastGood(projectId);
    if (!isSnapshotId(ref)) return this.named(projectId, ref);
    const { deleted, made } = await this.deps.records.all();
    if (deleted.has(ref)) throw new AppError('not-found', `The snapshot ${ref} was deleted.`, { hint: `berth snapshots undelete ${ref} brings it back.` });
    let damage: unknown;
    for (const { name } of await this.known(projectId)) {
      try {
        const repository = await this.open(projectId, name);
        const manifest = await repository.manifest(ref);
        if (!belongs(manifest, projectId, made.has(`${name}:${ref}`) ? made.get(`${name}:${ref}`)?.projectId : undefined)) continue;
        const listed = (await repository.list()).manifests.find((one) => one.manifest.id === ref);
        return { name, repository, manifest, pinned: listed?.pinned ?? false, foreign: listed?.foreign ?? true };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        if (error.code !== 'not-found') damage ??= error;
      }
    }
    if (damage !== undefined) throw damage as AppError;
    throw new AppError('not-found', `There is no snapshot ${ref} of this project.`, { hint: 'berth snapshots list shows them.' });
  }

  /** Every snapshot of a project in one repository, newest first; deleted ones left out. */
  async snapshots(projectId: string, name: string): Promise<{ readonly repository: SnapshotRepository; readonly found: readonly ListedSnapshot[]; readonly damaged: Awaited<ReturnType<SnapshotRepository['list']>>['damaged'] }> {
    const repository = await this.open(projectId, name);
    const [{ manifests, damaged }, { deleted, made }] = await Promise.all([repository.list(), this.deps.records.all()]);
    const own = manifests.filter(({ manifest }) => !deleted.has(manifest.id) && belongs(manifest, projectId, made.get(`${name}:${manifest.id}`)?.projectId));
    return { repository, found: own.map(({ manifest, pinned, foreign }) => ({ name, repository, manifest, pinned, foreign })), damaged };
  }

  async close(): Promise<void> {
    const all = [...this.opened.values()];
    this.opened.clear();
    await Promise.all(all.map(({ opened }) => opened.then((one) => one.close()).catch(() => undefined)));
  }

  /** By a tag, or the beginning of an id. */
  private async named(projectId: string, name: string): Promise<ListedSnapshot> {
    const [found, ...more] = snapshotsNamed(name, (await this.everywhere(projectId)).map((one) => ({ id: one.manifest.id, tag: one.manifest.tag, one })));
    if (found === undefined) throw new AppError('not-found', `There is no snapshot ${name} of this project.`, { hint: 'berth snapshots list shows them.' });
    if (more.length > 0) throw new AppError('input-invalid', severalNamed(name, [found, ...more]), { hint: 'Name the one you mean by its id.' });
    return found.one;
  }

  /** Every snapshot of a project in the repositories that can be reached. */
  private async everywhere(projectId: string): Promise<readonly ListedSnapshot[]> {
    const all: ListedSnapshot[] = [];
    for (const { name } of await this.known(projectId)) all.push(...((await this.snapshots(projectId, name).catch(onlyExpected))?.found ?? []));
    return all;
  }

  private async lastGood(projectId: string): Promise<ListedSnapshot> {
    const good = (await this.everywhere(projectId)).filter(({ manifest }) => manifest.health === 'healthy');
    const [newest] = good.sort((a, b) => Date.parse(b.manifest.createdAt) - Date.parse(a.manifest.createdAt));
    if (newest === undefined) throw new AppError('not-found', 'There is no snapshot from when all services were well.', { hint: 'berth snapshots list shows those there are; berth snapshots create makes one.' });
    return newest;
  }

  private async openBucket(added: AddedRepository, place: BucketPlace): Promise<OpenedRepository> {
    const passphrase = added.passphraseRef === '' ? null : await this.deps.records.passphrase(added.passphraseRef);
    return this.deps.openBucket(place, { install: null, passphrase });
  }

  private async placeOf({ projectId, bucket, prefix }: AddedRepository): Promise<BucketPlace> {
    const { endpoint, region, accessKey, secretKey } = await this.deps.s3(projectId);
    return { endpoint, region, accessKey, secretKey, bucket, prefix };
  }

  private async once(key: string, by: string, open: () => Promise<OpenedRepository>): Promise<SnapshotRepository> {
    const known = this.opened.get(key);
    if (known?.by === by) return (await known.opened).repository;
    void known?.opened.then((one) => one.close()).catch(() => undefined);
    const opened = open().catch((error: unknown) => {
      // Whoever asks next tries again.
      if (this.opened.get(key)?.opened === opened) this.opened.delete(key);
      throw error;
    });
    this.opened.set(key, { by, opened });
    return (await opened).repository;
  }

  private folder(): string {
    return join(this.deps.stateDir, 'snapshots');
  }
}

/** One that was taken in is of the project that took it in. */
function belongs(manifest: Manifest, projectId: string, notedFor: string | undefined): boolean {
  return (notedFor ?? manifest.project.id) === projectId;
}

function onlyExpected(error: unknown): null {
  if (error instanceof AppError) return null;
  throw error;
}
