import { grantsOf, type BucketUses, type KeyRole } from '@shared/domain/storage/bucket-grants';
import { flavourOf } from '@shared/domain/storage/flavours';
import { AppError } from '@shared/kernel/app-error';
import type { MinioAdmin } from '@main/platform/s3/minio-admin';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { Steps } from './server-container';
import { bucketsOf, DEFAULT_KEYS, holderOf, newKeys, type Keys, type KeptKeys, type S3Records } from './server-records';

const ADMIN_MS = 15_000;
const READY_MS = 3_000;
const REGION = 'us-east-1';

/** What handing out keys needs. */
export interface KeysDependencies {
  readonly records: S3Records;
  readonly openS3: (options: S3Options) => S3Door;
  readonly admin: (options: S3Options) => MinioAdmin;
}

const ROLES: readonly KeyRole[] = ['project', 'mount', 'sync'];
const NO_USES: BucketUses = { read: [], write: [], copy: [], mirror: [] };

/** Keys of the local server: its own, and where the server can have them a pair for each project, one for its mounts and one for its copies. */
export class ServerKeys {
  constructor(private readonly deps: KeysDependencies) {}

  /** Keys of a project, or of its mounts or copies, made at the first time. They open what was allowed last. */
  async of(projectId: string, role: KeyRole = 'project'): Promise<Keys> {
    const { records } = this.deps;
    if (flavourOf((await records.state()).flavour)?.keysPerProject !== true) return this.root();
    // Until it is known what they do with which bucket, the containers have what the project has.
    if (role !== 'project' && (await records.link(projectId)).uses === null) return this.of(projectId);
    const kept = await records.keysOf(holderOf(projectId, role));
    if (kept !== null) return kept;
    await records.putKeys(holderOf(projectId, role), { ...newKeys(), kind: 'generated', replacedBy: '', previous: null });
    // With a link it is found when keys are replaced.
    await records.patchLink(projectId, {});
    if (role !== 'project') await this.allowRole(projectId, role);
    return this.of(projectId, role);
  }

  /** Lets the keys of a project, of its mounts and of its copies open exactly their buckets, each for what it does there. */
  async allow(projectId: string): Promise<void> {
    const { records } = this.deps;
    if (flavourOf((await records.state()).flavour)?.keysPerProject !== true) return;
    const { uses } = await records.link(projectId);
    for (const role of ROLES) if (role === 'project' || uses !== null) await this.allowRole(projectId, role);
  }

  private async allowRole(projectId: string, role: KeyRole): Promise<void> {
    const link = await this.deps.records.link(projectId);
    const { accessKey, secretKey } = await this.of(projectId, role);
    await (await this.admin()).allow(accessKey, secretKey, grantsOf(role, bucketsOf(link), link.uses ?? NO_USES));
  }

  /** False while the server answers already and cannot be used yet. */
  async isReady(): Promise<boolean> {
    const { flavour } = await this.deps.records.state();
    const door = await this.rootDoor(READY_MS);
    try {
      await door.bucketNames();
      return flavourOf(flavour)?.keysPerProject !== true || (await (await this.admin()).ready());
    } catch (error) {
      if (error instanceof AppError && error.code === 'service-unreachable') return false;
      throw error;
    } finally {
      door.close();
    }
  }

  /** Takes keys back that were replaced while the server did not run. */
  async forbidObsolete(): Promise<void> {
    const { obsoleteKeys, flavour } = await this.deps.records.state();
    if (obsoleteKeys.length === 0) return;
    if (flavourOf(flavour)?.keysPerProject === true) for (const key of obsoleteKeys) await (await this.admin()).forbid(key);
    await this.deps.records.patchState({ obsoleteKeys: [] });
  }

  /** Everybody who has keys here, by project. */
  async holders(): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = new Map<string, readonly string[]>();
    for (const projectId of (await this.deps.records.links()).keys()) {
      const own: string[] = [];
      for (const role of ROLES) if ((await this.deps.records.keysOf(holderOf(projectId, role))) !== null) own.push(holderOf(projectId, role));
      if (own.length > 0) found.set(projectId, own);
    }
    return found;
  }

  /** New keys in the store; the ones before are kept beside them until the operation has ended. Null: the root keys. */
  async replace(steps: Steps, operationId: string, holder: string | null, kind: KeptKeys['kind']): Promise<void> {
    await steps.effect('s3.keys.replace', { of: holder }, async () => {
      const kept = await this.deps.records.keysOf(holder);
      if (kept?.replacedBy === operationId) return null;
      const previous = kept === null ? null : { accessKey: kept.accessKey, secretKey: kept.secretKey, kind: kept.kind };
      await this.deps.records.putKeys(holder, { ...(kind === 'default' ? DEFAULT_KEYS : newKeys()), kind, replacedBy: operationId, previous });
      return null;
    });
  }

  /** Puts back what an operation replaced, in the store. Resolves with the access key that shall open nothing any more. */
  async putBack(operationId: string, holder: string | null): Promise<string | null> {
    const kept = await this.deps.records.keysOf(holder);
    if (kept === null || kept.replacedBy !== operationId) return null;
    if (kept.previous !== null) await this.deps.records.putKeys(holder, { ...kept.previous, replacedBy: '', previous: null });
    return kept.previous === null ? null : kept.accessKey;
  }

  /** Forgets what an operation replaced. Resolves with the access key that shall open nothing any more. */
  async settle(operationId: string, holder: string | null): Promise<string | null> {
    const kept = await this.deps.records.keysOf(holder);
    if (kept === null || kept.replacedBy !== operationId) return null;
    await this.deps.records.putKeys(holder, { ...kept, replacedBy: '', previous: null });
    return holder === null ? null : (kept.previous?.accessKey ?? null);
  }

  async root(): Promise<KeptKeys> {
    const kept = await this.deps.records.root();
    if (kept === null) throw new AppError('service-unreachable', 'The S3 server was never started.', { hint: 'Start it: berth storage start' });
    return kept;
  }

  /** With everything allowed; close it afterwards. */
  async rootDoor(deadlineMs: number): Promise<S3Door> {
    return this.deps.openS3(await this.rootOptions(deadlineMs));
  }

  private async admin(): Promise<MinioAdmin> {
    return this.deps.admin(await this.rootOptions(ADMIN_MS));
  }

  private async rootOptions(deadlineMs: number): Promise<S3Options> {
    const { apiPort } = await this.deps.records.state();
    const { accessKey, secretKey } = await this.root();
    return { endpoint: `http://127.0.0.1:${String(apiPort)}`, region: REGION, accessKey, secretKey, deadlineMs, keysHint: 'Somebody changed the keys of the S3 server outside of Berth: berth storage rotate-credentials makes new ones.' };
  }
}
