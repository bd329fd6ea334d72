import type { BucketUses, KeyRole } from '@shared/domain/storage/bucket-grants';
import { flavourOf } from '@shared/domain/storage/flavours';
import { AppError } from '@shared/kernel/app-error';
import { toDisposable, type Disposable } from '@shared/kernel/disposable';
import { InTurn } from '@shared/kernel/in-turn';
import type { JsonObject } from '@shared/kernel/json';
import type { RecoveryContext } from '@main/operations/types';
import type { MinioAdmin } from '@main/platform/s3/minio-admin';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { Logger } from '@main/platform/types';
import { S3Container, type ContainerDependencies, type Steps } from './server-container';
import { externalPlace, externalStatus, type ExternalDependencies } from './server-external';
import { ServerKeys } from './server-keys';
import { bucketsOf, S3Records, type ProjectLink, type RecordStore, type ServerState } from './server-records';
import { localStatus } from './server-status';
import { S3Supervisor } from './server-supervisor';
import type { ImageConsent, S3Place, S3Server, S3ServerStatus, StepContext } from './types';

const DOOR_MS = 15_000;
const REGION = 'us-east-1';
const NO_CONSENT: ImageConsent = { pull: false, build: false };

/** Everything the S3 server is made with. */
export interface S3ServerDependencies extends Omit<ContainerDependencies, 'records' | 'isReady'> {
  readonly store: RecordStore;
  readonly openS3: (options: S3Options) => S3Door;
  readonly admin: (options: S3Options) => MinioAdmin;
  /** Null for a project that is not open any more. */
  readonly projectName: (projectId: string) => Promise<string | null>;
  /** Told every secret, so that logs never show one. */
  readonly hide: (secret: string) => void;
  /** Told when health or place of the server changed by itself. */
  readonly onChanged: () => void;
  readonly log: Logger;
}

/** Told of projects whose keys or place are others from now on. Rejecting fails what changed them. */
export type KeysListener = (projectIds: readonly string[], context: Steps) => Promise<void>;

/** The S3 server behind everything: the local container, or an external endpoint per project. */
export class MachineS3 implements S3Server {
  readonly records: S3Records;
  readonly keys: ServerKeys;
  readonly supervisor: S3Supervisor;
  /** Whatever changes the server itself, one after the other. */
  readonly turn = new InTurn();
  private readonly container: S3Container;
  private readonly external: ExternalDependencies;
  private readonly listeners = new Set<KeysListener>();

  constructor(private readonly deps: S3ServerDependencies) {
    this.records = new S3Records(deps.store, deps.hide);
    this.keys = new ServerKeys({ records: this.records, openS3: deps.openS3, admin: deps.admin });
    this.container = new S3Container({ ...deps, records: this.records, isReady: () => this.keys.isReady() });
    this.external = { engine: deps.engine, ports: deps.ports, records: this.records, openS3: deps.openS3 };
    this.supervisor = new S3Supervisor({ container: this.container, turn: this.turn, engine: deps.engine, clock: deps.clock, log: deps.log, onChanged: deps.onChanged });
  }

  /** Who uses S3 in containers is told of new keys and places, within the operation that changes them. */
  onKeysChanged(listener: KeysListener): Disposable {
    this.listeners.add(listener);
    return toDisposable(() => this.listeners.delete(listener));
  }

  async status(projectId: string): Promise<S3ServerStatus> {
    const link = await this.records.link(projectId);
    if (link.origin === 'external') return externalStatus(this.external, link);
    return localStatus({ container: this.container, records: this.records, trouble: () => this.supervisor.trouble(), nowMs: () => this.deps.clock.now() });
  }

  async place(projectId: string, role: KeyRole = 'project'): Promise<S3Place> {
    const link = await this.records.link(projectId);
    if (link.origin === 'external') return externalPlace(this.external, link);
    const { state, names } = await this.running();
    const { accessKey, secretKey } = await this.keys.of(projectId, role);
    const inside = flavourOf(state.flavour)?.apiPort ?? state.apiPort;
    return { origin: 'local', endpoint: this.container.endpointOf(state) ?? '', endpointInside: `http://${names.container}:${String(inside)}`, network: names.network, hostGateway: false, unreachable: { containers: null, services: null }, region: REGION, accessKey, secretKey };
  }

  async door(projectId: string): Promise<S3Door> {
    const { endpoint, region, accessKey, secretKey } = await this.place(projectId);
    return this.deps.openS3({ endpoint, region, accessKey, secretKey, deadlineMs: DOOR_MS });
  }

  /** For whole buckets: with the root keys of the local server, with the given ones of an external. Close it afterwards. */
  async bucketDoor(projectId: string): Promise<S3Door> {
    if ((await this.records.link(projectId)).origin === 'external') return this.door(projectId);
    await this.running();
    return this.keys.rootDoor(DOOR_MS);
  }

  async headBucket(projectId: string, bucket: string, signal?: AbortSignal): Promise<void> {
    const door = await this.bucketDoor(projectId);
    try {
      await door.headBucket(bucket, signal);
    } finally {
      door.close();
    }
  }

  async start(context: StepContext, projectId: string, consent: ImageConsent): Promise<void> {
    const link = await this.records.link(projectId);
    if (link.origin === 'external') await this.lookAtExternal(projectId, context.signal);
    await this.turn.run(async () => {
      const before = await this.records.state();
      await this.container.remember(context, { users: [...new Set([...before.users, projectId])].sort() });
      try {
        await this.settle(context, consent);
      } catch (error) {
        await this.records.patchState({ users: before.users, wanted: before.wanted });
        throw error;
      }
    });
    if (link.origin === 'local') await this.keys.allow(projectId);
  }

  async stop(context: StepContext, projectId: string): Promise<void> {
    await this.turn.run(async () => {
      const { users } = await this.records.state();
      if (users.includes(projectId)) await this.container.remember(context, { users: users.filter((one) => one !== projectId) });
      if (!(await this.settle(context, NO_CONSENT))) return;
      context.log('The S3 server stays: storage of another project uses it.');
    });
  }

  async ensureBuckets(context: StepContext, projectId: string, buckets: readonly string[], uses?: BucketUses): Promise<void> {
    for (const bucket of buckets) await this.refuseForeign(projectId, bucket);
    const door = await this.bucketDoor(projectId);
    try {
      for (const bucket of buckets) await this.ensureBucket(context, door, bucket);
    } finally {
      door.close();
    }
    await this.own(context, projectId, { buckets: [...buckets], ...(uses === undefined ? {} : { uses }) });
  }

  async ensureOwnBucket(context: StepContext, projectId: string, bucket: string): Promise<void> {
    await this.refuseForeign(projectId, bucket);
    const door = await this.bucketDoor(projectId);
    try {
      await this.ensureBucket(context, door, bucket);
    } finally {
      door.close();
    }
    const link = await this.records.link(projectId);
    if (!bucketsOf(link).includes(bucket)) await this.own(context, projectId, { ownBuckets: [...link.ownBuckets, bucket] });
  }

  /** Rejects with `blocked` for a bucket of the local server that belongs to another open project. */
  async refuseForeign(projectId: string, bucket: string): Promise<void> {
    const owner = await this.ownerOf(projectId, bucket);
    if (owner === null) return;
    throw new AppError('blocked', `The bucket ${bucket} belongs to the project ${owner}.`, { hint: 'Each project has buckets of its own: give this one another name (in .env, where its storage file takes it from there).', details: { bucket, owner } });
  }

  /** The other open project whose keys open a bucket of the local server. */
  async ownerOf(projectId: string, bucket: string): Promise<string | null> {
    const links = await this.records.links();
    if ((await this.records.link(projectId)).origin === 'external') return null;
    for (const [other, link] of links) {
      if (other === projectId || !bucketsOf(link).includes(bucket)) continue;
      const name = await this.deps.projectName(other);
      if (name !== null) return name;
    }
    return null;
  }

  /** Changes which buckets the keys of a project open, and tells the server. */
  async own(steps: Steps, projectId: string, change: Partial<Pick<ProjectLink, 'buckets' | 'ownBuckets' | 'uses'>>): Promise<void> {
    const { buckets, ownBuckets, uses, origin } = await this.records.link(projectId);
    await steps.effect('s3.buckets.own', { projectId, before: { buckets, ownBuckets, uses } as unknown as JsonObject }, async () => {
      await this.records.patchLink(projectId, change);
      if (origin === 'local') await this.keys.allow(projectId);
      return null;
    });
  }

  /** Brings the server where it has to be by what is remembered. Within a turn. Resolves with whether it is wanted. */
  async settle(steps: Steps, consent: ImageConsent): Promise<boolean> {
    const before = await this.records.state();
    const links = await this.records.links();
    const wanted = before.users.some((projectId) => (links.get(projectId)?.origin ?? 'local') === 'local');
    if (wanted) {
      await this.container.bring(steps, consent);
      await this.keys.forbidObsolete();
    } else await this.container.halt(steps);
    if (wanted !== before.wanted) await this.container.remember(steps, { wanted });
    return wanted;
  }

  /** Writes down a change of the server's own settings. Within a turn. */
  remember(steps: Steps, patch: Partial<ServerState>): Promise<void> {
    return this.container.remember(steps, patch);
  }

  async tellKeysChanged(projectIds: readonly string[], steps: Steps): Promise<void> {
    for (const listener of this.listeners) await listener(projectIds, steps);
  }

  /** The way back of every step above: what is remembered is as it was before the operation, and the server follows. */
  async undo(context: RecoveryContext): Promise<void> {
    const touched = context.records.filter(({ name }) => name.startsWith('s3.'));
    if (touched.length === 0) return;
    // The first of a kind knows how it was before; later ones may be of an earlier way back that was interrupted.
    const first = touched.find(({ name }) => name === 's3.remember')?.intent['before'];
    await this.turn.run(async () => {
      if (first !== undefined) await context.effect('s3.restore', {}, async () => this.records.patchState(first as unknown as ServerState).then(() => null));
      const owned = new Map(touched.toReversed().flatMap(({ name, intent }) => (name === 's3.buckets.own' ? [[String(intent['projectId']), intent['before'] as unknown as Pick<ProjectLink, 'buckets' | 'ownBuckets' | 'uses'>] as const] : [])));
      for (const [projectId, before] of owned) await this.records.patchLink(projectId, before);
      await this.settle(context, NO_CONSENT);
      if ((await this.records.state()).wanted) for (const projectId of owned.keys()) await this.keys.allow(projectId);
    });
  }

  private async ensureBucket(steps: Steps, door: S3Door, bucket: string): Promise<void> {
    const isThere = await door.headBucket(bucket, steps.signal).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return false;
        throw error;
      },
    );
    if (isThere) return;
    await steps.effect('s3.bucket.create', { bucket }, async () => {
      await door.createBucket(bucket, steps.signal);
      return null;
    });
  }

  private async lookAtExternal(projectId: string, signal: AbortSignal): Promise<void> {
    const { unreachable } = await this.place(projectId);
    if (unreachable.containers !== null) throw new AppError('service-unreachable', unreachable.containers.message, { hint: unreachable.containers.hint });
    const door = await this.door(projectId);
    try {
      await door.bucketNames(signal);
    } catch (error) {
      if (!(error instanceof AppError && error.details?.['code'] === 'AccessDenied')) throw error;
    } finally {
      door.close();
    }
  }

  private async running(): Promise<Awaited<ReturnType<S3Container['look']>>> {
    const look = await this.container.look();
    if (look.container?.state === 'running') return look;
    throw new AppError('service-unreachable', 'The S3 server does not run.', { hint: 'Start it: berth storage start' });
  }
}
