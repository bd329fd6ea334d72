import { flavourOf } from '@shared/domain/storage/flavours';
import { AppError } from '@shared/kernel/app-error';
import type { MinioAdmin } from '@main/platform/s3/minio-admin';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { Steps } from './server-container';
import { bucketsOf, DEFAULT_KEYS, newKeys, type Keys, type KeptKeys, type S3Records } from './server-records';

const ADMIN_MS = 15_000;
const READY_MS = 3_000;
const REGION = 'us-east-1';

/** What handing out keys needs. */
export interface KeysDependencies {
  readonly records: S3Records;
  readonly openS3: (options: S3Options) => S3Door;
  readonly admin: (options: S3Options) => MinioAdmin;
}

/** Keys of the local server: its own, and one pair for each project where the server can have them. */
export class ServerKeys {
  constructor(private readonly deps: KeysDependencies) {}

  /** Keys of a project, made at the first time. They open what was allowed last. */
  async of(projectId: string): Promise<Keys> {
    const state = await this.deps.records.state();
    if (flavourOf(state.flavour)?.keysPerProject !== true) return this.root();
    const kept = await this.deps.records.projectKeys(projectId);
    if (kept !== null) return kept;
    const made: KeptKeys = { ...newKeys(), kind: 'generated', replacedBy: '', previous: null };
    await this.deps.records.putKeys(projectId, made);
    // With a link it is found when keys are replaced.
    await this.deps.records.patchLink(projectId, {});
    return made;
  }

  /** Lets the keys of a project open exactly its buckets. */
  async allow(projectId: string): Promise<void> {
    const state = await this.deps.records.state();
    if (flavourOf(state.flavour)?.keysPerProject !== true) return;
    const keys = await this.of(projectId);
    await (await this.admin()).allow(keys.accessKey, keys.secretKey, bucketsOf(await this.deps.records.link(projectId)));
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

  /** Which projects have keys of their own here. */
  async projects(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const projectId of (await this.deps.records.links()).keys()) if ((await this.deps.records.projectKeys(projectId)) !== null) found.push(projectId);
    return found;
  }

  /** New keys in the store; the ones before are kept beside them until the operation has ended. Null: the root keys. */
  async replace(steps: Steps, operationId: string, projectId: string | null, kind: KeptKeys['kind']): Promise<void> {
    await steps.effect('s3.keys.replace', { of: projectId }, async () => {
      const kept = projectId === null ? await this.deps.records.root() : await this.deps.records.projectKeys(projectId);
      if (kept?.replacedBy === operationId) return null;
      const previous = kept === null ? null : { accessKey: kept.accessKey, secretKey: kept.secretKey, kind: kept.kind };
      await this.deps.records.putKeys(projectId, { ...(kind === 'default' ? DEFAULT_KEYS : newKeys()), kind, replacedBy: operationId, previous });
      return null;
    });
  }

  /** Puts back what an operation replaced, in the store. Resolves with the access key that shall open nothing any more. */
  async putBack(operationId: string, projectId: string | null): Promise<string | null> {
    const kept = projectId === null ? await this.deps.records.root() : await this.deps.records.projectKeys(projectId);
    if (kept === null || kept.replacedBy !== operationId) return null;
    if (kept.previous !== null) await this.deps.records.putKeys(projectId, { ...kept.previous, replacedBy: '', previous: null });
    return kept.previous === null ? null : kept.accessKey;
  }

  /** Forgets what an operation replaced. Resolves with the access key of a project that shall open nothing any more. */
  async settle(operationId: string, projectId: string | null): Promise<string | null> {
    const kept = projectId === null ? await this.deps.records.root() : await this.deps.records.projectKeys(projectId);
    if (kept === null || kept.replacedBy !== operationId) return null;
    await this.deps.records.putKeys(projectId, { ...kept, replacedBy: '', previous: null });
    return projectId === null ? null : (kept.previous?.accessKey ?? null);
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
