import type { JobDefinition } from '@shared/domain/storage/definition';
import { textOf } from '@shared/domain/operations/operation-input';
import { sharedObjectsOf, type Choices } from '@shared/domain/storage/decisions';
import { driftOf, driftSentence, LEDGER_MAX, nextLedger, sharedPlan, sharedSentence, type ListedObjects } from '@shared/domain/storage/sync-ledger';
import { asideCommand, newerCommand, syncCommand, SyncLog } from '@shared/domain/storage/sync-log';
import { syncFactKeys } from '@shared/domain/storage/sync-payload';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import type { S3Door } from '@main/platform/s3/types';
import { runInside } from './mount-rc';
import { findStorageContainer } from './named-container';
import { trustedOwner, type OwnerDependencies } from './owner';
import type { SyncRecords, SyncRun } from './sync-records';
import type { S3Place, S3Server, StorageDefinitions } from './types';

/** What a run needs. */
export interface SyncOperationDependencies extends OwnerDependencies {
  readonly engine: Engine;
  readonly definitions: StorageDefinitions;
  readonly s3: Pick<S3Server, 'door' | 'place'>;
  readonly records: SyncRecords;
  /** What is to happen to objects that were written from both sides. */
  readonly choices: (projectId: string) => Promise<Choices>;
  readonly clock: Pick<Clock, 'now'>;
  /** Somebody shows it. */
  readonly changed: (projectId: string) => void;
}

const QUIT_SECONDS = 5;
/** A copy within the server; a large object takes its time. */
const ASIDE_SECONDS = 300;
/** More objects than this changed by others are no mishap of one file. */
const HELD_MAX = 500;
const PAGE = 1_000;

/** The operation `storage.sync`: runs jobs now, one after the other. The same project never runs two at once. */
export function syncOperation(deps: SyncOperationDependencies): OperationKind {
  return {
    kind: 'storage.sync',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const wanted = typeof input['job'] === 'string' ? input['job'] : null;
      await jobsOf(deps, project.id, wanted);
      return { project: project.id, name: project.name, ...(wanted === null ? {} : { job: wanted }) };
    },
    key: (input) => `storage-sync:${textOf(input, 'project')}`,
    title: (input) => `Copy ${typeof input['job'] === 'string' ? input['job'] : `the folders of ${typeof input['name'] === 'string' ? input['name'] : 'the project'}`} to S3`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    finish: async (context, input) => ({ operationId: context.operationId, runs: (await deps.records.allRuns(textOf(input, 'project'))).filter((one) => one.operationId === context.operationId) as unknown as Json }),
  };
}

async function jobsOf(deps: Pick<SyncOperationDependencies, 'definitions'>, projectId: string, wanted: string | null): Promise<readonly JobDefinition[]> {
  const { jobs } = await deps.definitions.load(projectId);
  const found = jobs.filter((one) => wanted === null || one.id === wanted || one.source === wanted);
  if (found.length > 0) return found;
  throw new AppError('not-found', wanted === null ? 'This project has no scheduled copies.' : `There is no job ${wanted}.`, { hint: jobs.length === 0 ? '`berth storage setup` makes some.' : `There are ${jobs.map((one) => one.id).join(', ')}.` });
}

async function run(deps: SyncOperationDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const projectId = textOf(input, 'project');
  const jobs = await jobsOf(deps, projectId, typeof input['job'] === 'string' ? input['job'] : null);
  const at = whereOf(await deps.s3.place(projectId));
  const door = await deps.s3.door(projectId);
  const runs: SyncRun[] = [];
  try {
    for (const [index, job] of jobs.entries()) {
      context.progress({ step: index, of: jobs.length, message: `Copying ${job.source}` });
      runs.push(await runJob(deps, context, projectId, job, { door, at }));
      deps.changed(projectId);
    }
  } finally {
    door.close();
  }
  const failed = runs.filter((one) => one.state === 'failed');
  const [first] = failed;
  if (first !== undefined) throw new AppError('service-unreachable', failed.length === 1 ? first.detail : failed.map((one) => `${one.job}: ${one.detail}`).join(' '), { hint: 'It is tried again at its next time. `berth storage status` says whether S3 is there.' });
  await context.commit();
  context.progress({ step: jobs.length, message: `${String(runs.reduce((sum, one) => sum + one.files, 0))} files copied` });
  return { operationId: context.operationId, runs: runs as unknown as Json };
}

/** The S3 that is copied to. */
interface Target {
  readonly door: S3Door;
  /** Told apart from another one with buckets of the same names: what was written there says nothing of this one. */
  readonly at: string;
}

function whereOf({ origin, endpoint }: Pick<S3Place, 'origin' | 'endpoint'>): string {
  return origin === 'local' ? '' : `${endpoint} `;
}

async function runJob(deps: SyncOperationDependencies, context: OperationContext, projectId: string, job: JobDefinition, to: Target): Promise<SyncRun> {
  const started: SyncRun = { operationId: context.operationId, job: job.id, startedAt: new Date(deps.clock.now()).toISOString(), finishedAt: null, state: 'running', files: 0, bytes: 0, errors: 0, drifted: [], detail: '' };
  await deps.records.putRun(projectId, started);
  deps.changed(projectId);
  const ended = async (end: Partial<SyncRun>): Promise<SyncRun> => {
    const done = { ...started, ...end, finishedAt: new Date(deps.clock.now()).toISOString() };
    await deps.records.putRun(projectId, done);
    return done;
  };
  try {
    return await ended(await copy(deps, context, projectId, job, to));
  } catch (error) {
    if (error instanceof AppError && error.code !== 'cancelled' && !context.signal.aborted) return ended({ state: 'failed', errors: 1, detail: error.message });
    await ended({ state: 'cancelled', detail: error instanceof AppError ? 'Cancelled.' : errorData(error).message });
    throw error;
  }
}

async function copy(deps: SyncOperationDependencies, context: OperationContext, projectId: string, job: JobDefinition, { door, at }: Target): Promise<Partial<SyncRun>> {
  const target = `${at}${job.remote}:${job.bucket}/${job.prefix}`;
  const known = await deps.records.ledger(projectId, job.id, target);
  const before = await listed(door, job, context.signal);
  const drift = known === null || before === null ? { changed: [], removed: [] } : driftOf(known, before);
  if (drift.changed.length > HELD_MAX) throw new AppError('blocked', `${String(drift.changed.length)} objects in ${job.bucket} were changed by somebody else, so nothing was copied over them.`, { hint: 'Look at the bucket; choose another one, or delete there what is to be copied again.' });
  const plan = sharedPlan(drift.changed, sharedObjectsOf(await deps.choices(projectId)), new Date(deps.clock.now()).toISOString());
  const log = new SyncLog();
  const control = `/tmp/berth-sync-${context.operationId}.sock`;
  const { engine, id, isUp } = await containerOf(deps, projectId, job.service);
  // The machine was started again, or somebody stopped it: as long as the schedule is there, it is wanted.
  if (!isUp) await context.effect('sync.wake', { service: job.service, id }, async () => (await engine.startContainer(id), null));
  for (const { key, as } of plan.keptAside) await context.effect('sync.keep', { job: job.id, key, as }, () => keepAside({ engine, id, job, key, as, context }));
  const inside = (command: readonly string[]): Promise<number> => execute({ engine, id, control, command, log, context });
  const exitCode = await context.effect('sync.run', { job: job.id, service: job.service, control }, async () => {
    const ended = await inside(syncCommand(job, control, [...plan.held, ...plan.compared]));
    return ended === 0 && plan.compared.length > 0 ? inside(newerCommand(job, control, plan.compared)) : ended;
  });
  const { files, bytes, errors, lastError } = log.tally;
  const said = [sharedSentence(plan, log.objects), driftSentence({ changed: plan.held, removed: drift.removed })].filter((part) => part !== '').join(' ');
  if (said !== '') context.log(said);
  const after = files === 0 && known !== null ? before : await listed(door, job, context.signal);
  const left = [...plan.held, ...plan.compared.filter((key) => !log.objects.has(key))];
  // What was kept beside its name is settled, also where the folder has nothing to put in its place.
  const settled = new Set([...log.objects, ...plan.keptAside.map((one) => one.key)]);
  if (after !== null) await deps.records.putLedger(projectId, job.id, target, nextLedger(known, after, settled, left), plan.held);
  const drifted = [...drift.changed, ...drift.removed];
  if (exitCode !== 0) return { state: 'failed', files, bytes, errors: Math.max(1, errors), drifted, detail: `${job.source} was not copied completely: ${lastError === '' ? `rclone ended with ${String(exitCode)}` : lastError}.` };
  return { state: 'succeeded', files, bytes, errors, drifted, detail: [files === 0 ? 'Nothing had changed.' : `${String(files)} ${files === 1 ? 'file was' : 'files were'} copied.`, said].filter((part) => part !== '').join(' ') };
}

/** The object of the bucket under another name, before the file takes its place. */
async function keepAside(work: { readonly engine: Engine; readonly id: string; readonly job: JobDefinition; readonly key: string; readonly as: string; readonly context: OperationContext }): Promise<null> {
  const { engine, id, job, key, as, context } = work;
  const { exitCode, stderr } = await runInside(engine, id, asideCommand(job, key, as), ASIDE_SECONDS, context.signal);
  if (exitCode !== 0) throw new AppError('service-unreachable', `${key} in ${job.bucket} could not be kept beside, so nothing was copied over it.`, { hint: stderr.trim().split('\n').at(-1) ?? '' });
  return null;
}

/** The engine cannot end a command it runs: rclone is told to, by its own socket. */
async function execute(work: { readonly engine: Engine; readonly id: string; readonly control: string; readonly command: readonly string[]; readonly log: SyncLog; readonly context: OperationContext }): Promise<number> {
  const { engine, id, control, command, log, context } = work;
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  try {
    return await engine.exec(
      id,
      command,
      (stream, data) => {
        for (const line of log.push(decoders[stream].decode(data, { stream: true }))) context.log(line);
        const { files, bytes } = log.tally;
        context.progress({ message: `${String(files)} files, ${String(bytes)} bytes` });
      },
      context.signal,
    );
  } catch (error) {
    if (context.signal.aborted) await quit(engine, id, control);
    throw error;
  }
}

/** Gone already is fine. */
async function quit(engine: Engine, id: string, control: string): Promise<void> {
  await runInside(engine, id, ['rclone', 'rc', '--unix-socket', control, 'core/quit'], QUIT_SECONDS).catch(() => undefined);
}

async function containerOf(deps: SyncOperationDependencies, projectId: string, service: string): Promise<{ readonly engine: Engine; readonly id: string; readonly isUp: boolean }> {
  const owner = await trustedOwner(deps, projectId);
  const container = (await deps.definitions.load(projectId)).containers.find((one) => one.service === service);
  const engine = deps.engine.as({ projectDir: owner.dir, projectName: owner.projectName, trustedFactKeys: container === undefined ? [] : syncFactKeys(container) });
  const found = await findStorageContainer(engine, owner, service);
  if (found === null) throw new AppError('service-unreachable', `${service} does not run, so nothing can be copied.`, { hint: 'Start it with `berth storage start`.', service });
  return { engine, id: found.id, isUp: found.state === 'running' };
}

/** Objects of the target by their names in it; null when there are too many to be remembered. */
async function listed(door: S3Door, job: JobDefinition, signal: AbortSignal): Promise<ListedObjects | null> {
  const prefix = job.prefix === '' ? '' : `${job.prefix}/`;
  const found = new Map<string, string>();
  for (let after: string | null = null; ; ) {
    const page = await door.list({ bucket: job.bucket, prefix, delimiter: '', after, limit: PAGE }, signal);
    for (const { key, etag } of page.objects) found.set(key.slice(prefix.length), etag);
    if (found.size > LEDGER_MAX) return null;
    if (page.next === null) return found;
    after = page.next;
  }
}

/** Ends what may still run, and writes down that it did not end by itself. */
async function rollBack(deps: SyncOperationDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  const projectId = textOf(input, 'project');
  for (const record of context.records) {
    if (record.name !== 'sync.run' || record.undone || record.result !== undefined) continue;
    const { control, service } = record.intent;
    await context.effect('sync.end', { undoes: record.seq }, async () => {
      const place = await containerOf(deps, projectId, String(service)).catch(() => null);
      if (place?.isUp === true) await quit(place.engine, place.id, String(control));
      return null;
    });
  }
  for (const one of await deps.records.allRuns(projectId)) {
    if (one.operationId === context.operationId && one.state === 'running') await deps.records.putRun(projectId, { ...one, state: context.reason === 'cancelled' ? 'cancelled' : 'failed', finishedAt: new Date(deps.clock.now()).toISOString(), detail: context.reason === 'cancelled' ? 'Cancelled.' : 'Berth ended while it ran; the next run copies what is missing.' });
  }
  deps.changed(projectId);
}
