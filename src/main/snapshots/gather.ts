import { randomBytes } from 'node:crypto';
import { newSnapshotId } from '@shared/domain/snapshots/snapshot-id';
import type { Manifest, ManifestPart, SnapshotConsistency } from '@shared/domain/snapshots/types';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationContext } from '@main/operations/types';
import type { SnapshotRepository, SnapshotWriter } from '@main/platform/snapshots/types';
import { readBucket } from './gather-buckets';
import { readFiles, writeDocuments, type ReadPart } from './gather-files';
import { Holder } from './gather-holds';
import { planGathering, seeProject } from './gather-project';
import { containerDocuments, containerFacts, healthOf, imageFacts } from './gather-services';
import type { CreateDependencies, CreateRequest, GatherPlan, PlannedPart, SeenProject } from './gather-types';

const PROGRESS_MS = 200;
const MAX_NOTES = 100;

/** A look that is older than this is taken again: somebody else had the repository meanwhile. */
const STALE_MS = 1_000;

/** One snapshot that is being made. */
export interface GatherWork {
  readonly context: OperationContext;
  readonly request: CreateRequest;
  readonly repository: SnapshotRepository;
  readonly name: string;
  readonly writer: SnapshotWriter;
  readonly look: Look;
}

/** What there was before anything was held. */
interface Look {
  readonly seen: SeenProject;
  readonly settings: Awaited<ReturnType<CreateDependencies['notes']['settings']>>;
  readonly engine: Manifest['engine'];
  readonly storesSecrets: boolean;
  readonly takenMs: number;
}

/** What came together. */
export interface Gathered {
  /** Makes it a snapshot. */
  readonly manifest: Manifest;
  /** Resolves when every container that was made to read something is gone. Never rejects. */
  readonly ended: Promise<void>;
}

/** Begins to write to a repository, and looks at what there is meanwhile. */
export async function beginToGather(deps: CreateDependencies, repository: SnapshotRepository, reference: string, signal: AbortSignal): Promise<{ readonly writer: SnapshotWriter; readonly look: Look }> {
  const [begun, looked] = await Promise.allSettled([repository.begin(signal), lookAt(deps, repository, reference)]);
  if (begun.status === 'rejected') throw begun.reason;
  const writer = begun.value;
  try {
    if (looked.status === 'rejected') throw looked.reason;
    const isStale = performance.now() - looked.value.takenMs > STALE_MS;
    return { writer, look: isStale ? await lookAt(deps, repository, reference) : looked.value };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function lookAt(deps: CreateDependencies, repository: SnapshotRepository, reference: string): Promise<Look> {
  const [seen, settings, info, storesSecrets] = await Promise.all([seeProject(deps, reference), deps.notes.settings(reference), deps.engine.info(), repository.storesSecrets()]);
  return { seen, settings, engine: { version: info.version, api: info.apiVersion, os: info.os, arch: info.arch }, storesSecrets, takenMs: performance.now() };
}

/** Puts everything that is asked for into the repository. Resolves once everything that was held runs again. */
export async function gather(deps: CreateDependencies, work: GatherWork): Promise<Gathered> {
  const { context, request, look } = work;
  context.progress({ step: 0, of: 0, message: 'Looking at what there is' });
  const plan = planGathering(look.seen, request, look.settings);
  const gathering = new Gathering(deps, work, look.seen, plan, look.storesSecrets);
  try {
    const parts = await gathering.parts();
    return { manifest: manifestOf(deps, work, [...plan.notes, ...gathering.notes], gathering.health, parts), ended: gathering.close() };
  } catch (error) {
    await gathering.close();
    throw error;
  }
}

function manifestOf(deps: CreateDependencies, { context, request, look: { seen, engine } }: GatherWork, notes: readonly string[], health: Manifest['health'], parts: readonly ManifestPart[]): Manifest {
  const { project } = seen;
  return {
    id: newSnapshotId(deps.clock.now(), randomBytes(10)),
    createdAt: new Date(deps.clock.now()).toISOString(),
    tag: request.tag,
    reason: request.reason,
    operationId: request.before ?? context.operationId,
    berth: deps.version,
    engine,
    project: { id: project.id, name: project.name, dir: project.dir },
    mode: seen.mode === 'mixed' ? null : seen.mode,
    health,
    parts,
    notes: [...new Set(notes)].slice(0, MAX_NOTES),
    complete: true,
  };
}

class Gathering {
  readonly notes: string[] = [];
  /** Before anything was held. */
  readonly health: Manifest['health'];
  private bytes = 0;
  private toldAt = 0;
  private message = '';
  private holder: Holder | null = null;

  constructor(
    private readonly deps: CreateDependencies,
    private readonly work: GatherWork,
    private readonly seen: SeenProject,
    private readonly plan: GatherPlan,
    private readonly storesSecrets: boolean,
  ) {
    this.health = healthOf(seen);
  }

  async parts(): Promise<readonly ManifestPart[]> {
    const chosen = this.plan.parts.filter((part) => part.chosen);
    const places = chosen.filter((part) => part.kind === 'volume' || part.kind === 'bind');
    const parts: ManifestPart[] = [];
    this.tell(0, chosen.length, 'Files, settings and containers');
    const holder = new Holder(this.deps, this.work, this.seen, { notes: this.notes, onPart: (name) => this.tell(parts.length, chosen.length, name), onBytes: (bytes) => this.count(bytes) });
    this.holder = holder;
    const groups = await holder.prepare(places, this.plan.holds);
    const documents = chosen.filter((part) => part.kind !== 'volume' && part.kind !== 'bind' && part.kind !== 'bucket');
    const leftOut = documents.filter((part) => isSecret(part) && !this.storesSecrets).map((part) => part.name);
    parts.push(...(await Promise.all(documents.filter((part) => !leftOut.includes(part.name)).map((part) => this.document(part)))));
    if (leftOut.length > 0) this.notes.push(`${this.work.repository.where} is not encrypted, so ${leftOut.map((name) => (name === 'env' ? 'env files' : name)).join(' and ')} are not in this snapshot.`);
    const read = new Map((await holder.read(groups)).map((one) => [one.part, one]));
    // In the order of the plan, whoever was held with whom.
    for (const part of places) {
      const one = read.get(part);
      if (one !== undefined) parts.push(this.manifestPart(part, one.result, one.consistency, part.facts));
    }
    for (const part of chosen) if (part.kind === 'bucket') parts.push(await this.bucket(part, parts.length, chosen.length));
    return parts;
  }

  /** Resolves when every container of it is gone. Never rejects. */
  async close(): Promise<void> {
    await this.holder?.close();
  }

  private async document(part: PlannedPart): Promise<ManifestPart> {
    const { deps, seen } = this;
    const { writer } = this.work;
    const { project, files } = seen;
    switch (`${part.kind}:${part.name}`) {
      case 'files:compose':
        return this.manifestPart(part, await readFiles(writer, project.dir, files.compose, false), 'none', part.facts);
      case 'files:env':
        return this.manifestPart(part, await readFiles(writer, project.dir, files.env, true), 'none', {});
      case 'settings:project':
        return this.manifestPart(part, await writeDocuments(writer, { 'settings.json': await deps.settingsOf(project) }, false), 'none', {});
      case 'containers:containers':
        return this.manifestPart(part, await writeDocuments(writer, await containerDocuments(deps.engine, seen), true), 'none', containerFacts(seen));
      case 'images:images':
        return this.manifestPart(part, { ...(await writer.tree(false).end()), files: 0, sizeBytes: 0, skipped: [] }, 'none', await imageFacts(deps.engine, seen));
      default:
        throw new AppError('internal', `There is no part ${part.kind}:${part.name}.`);
    }
  }

  private async bucket(part: PlannedPart, step: number, of: number): Promise<ManifestPart> {
    this.tell(step, of, `Bucket ${part.name}`);
    const s3 = await this.deps.s3(this.seen.project.id);
    try {
      const { facts, ...result } = await readBucket({ s3, writer: this.work.writer, transfers: this.deps.transfers, signal: this.work.context.signal, onBytes: (bytes) => this.count(bytes) }, part.name);
      return this.manifestPart(part, result, 'live', facts);
    } finally {
      s3.close();
    }
  }

  private manifestPart(part: PlannedPart, result: ReadPart, consistency: SnapshotConsistency, facts: JsonObject): ManifestPart {
    const { tree, sha256, files, sizeBytes, skipped } = result;
    if (skipped.length > 0) this.notes.push(`${String(skipped.length)} of ${part.name} could not be kept, for example ${skipped[0]?.path ?? ''}: ${skipped[0]?.why ?? ''}`);
    return { kind: part.kind, name: part.name, tree, sha256, files, sizeBytes, secret: isSecret(part), consistency, skipped, facts };
  }

  private tell(step: number, of: number, message: string): void {
    this.message = message;
    this.work.context.progress({ step, of, message, bytes: { done: this.bytes } });
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    const now = this.deps.clock.now();
    if (now - this.toldAt < PROGRESS_MS) return;
    this.toldAt = now;
    this.work.context.progress({ message: this.message, bytes: { done: this.bytes } });
  }
}

function isSecret(part: PlannedPart): boolean {
  return part.kind === 'containers' || (part.kind === 'files' && part.name === 'env');
}
