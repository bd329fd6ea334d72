import { hasErrors } from '@shared/domain/findings/finding';
import { bucketUses } from '@shared/domain/storage/bucket-grants';
import { chosenOf, type Choices } from '@shared/domain/storage/decisions';
import type { StorageConflicts } from '@shared/domain/storage/analyse-storage';
import type { StorageDefinition } from '@shared/domain/storage/definition';
import { startSteps, stepTitle, type StartStep, type StorageComponent } from '@shared/domain/storage/start-order';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { makeDataFolders } from './data-folders';
import { removeOneShots } from './one-shot';
import { trustedOwner, type OwnerDependencies } from './owner';
import { mustNotMountTwice } from './runs-without-berth';
import type { ImageConsent, Mounts, S3Server, StepContext, StorageDefinitions, StorageImages, StorageStatus, SyncJobs } from './types';
import { validateStorage, type StorageTest, type ValidateDependencies, type ValidateWhat } from './validate';

/** What starting and stopping storage needs. */
export interface StartDependencies extends OwnerDependencies, Pick<ValidateDependencies, 'validatorImage'> {
  readonly engine: Engine;
  readonly images: StorageImages;
  readonly s3: S3Server;
  readonly mounts: Mounts;
  readonly jobs: SyncJobs;
  readonly definitions: StorageDefinitions;
  readonly conflicts: (projectId: string) => Promise<StorageConflicts>;
  readonly choices: (projectId: string) => Promise<Choices>;
  readonly status: (projectId: string) => Promise<StorageStatus>;
  /** Puts back what the steps of the S3 server did. */
  readonly undoS3: (context: RecoveryContext) => Promise<void>;
  readonly changed: (projectId: string) => void;
}

const STARTED_NOTE = 'storage.started';

interface Start {
  readonly deps: StartDependencies;
  readonly context: OperationContext;
  readonly projectId: string;
  readonly definition: StorageDefinition;
  readonly consent: ImageConsent;
}

/** The operation `storage.start`: S3, then buckets, folders, mounts and copies, each once the one before is healthy. */
export function startOperation(deps: StartDependencies): OperationKind {
  return {
    kind: 'storage.start',
    async prepare(input) {
      const owner = await trustedOwner(deps, textOf(input, 'project'));
      const component = componentOf(input);
      const definition = await deps.definitions.load(owner.projectId);
      refuseNothing(definition, component);
      if (component === 'all' || component === 'mounts') await mustNotMountTwice(deps.engine, { dir: owner.projectDir }, definition);
      return { project: owner.projectId, name: owner.name, component, pull: input['pull'] === true, build: input['build'] === true };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Start ${WORDS[componentOf(input)]} of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => start(deps, context, input),
    rollback: (context, input) => rollBack(deps, context, input),
    finish: (context, input) => resultOf(deps, context.operationId, textOf(input, 'project')),
  };
}

const WORDS: { readonly [component in StorageComponent]: string } = { all: 'storage', s3: 'the S3 server', mounts: 'the mounts', sync: 'the scheduled copies' };

function componentOf(input: JsonObject): StorageComponent {
  const component = input['component'];
  return component === 's3' || component === 'mounts' || component === 'sync' ? component : 'all';
}

function refuseNothing(definition: StorageDefinition, component: StorageComponent): void {
  if (component === 's3') return;
  const hint = '`berth storage setup` writes docker-compose.storage.yml; `berth storage start --component s3` starts the S3 server alone.';
  if (definition.file === null) throw new AppError('not-found', 'This project has no storage file yet.', { hint });
  if (component === 'mounts' && definition.mounts.length === 0) throw new AppError('not-found', `${definition.file} has no mounts.`, { hint });
  if (component === 'sync' && definition.jobs.length === 0) throw new AppError('not-found', `${definition.file} has no scheduled copies.`, { hint });
}

async function start(deps: StartDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const projectId = textOf(input, 'project');
  const component = componentOf(input);
  const definition = await deps.definitions.load(projectId);
  const work: Start = { deps, context, projectId, definition, consent: { pull: input['pull'] === true, build: input['build'] === true } };
  const order = chosenOf(await deps.choices(projectId), 'implementationOrder');
  const groups = startSteps(order, component, { mounts: definition.mounts.length > 0, jobs: definition.jobs.length > 0 });
  let done = 0;
  for (const group of groups) {
    context.progress({ step: done, of: groups.length, message: group.map(stepTitle).join(', ') });
    await together(group.map((step) => () => runStep(work, step)));
    deps.changed(projectId);
    done += 1;
  }
  await context.commit();
  context.progress({ step: done, message: 'Storage runs' });
  return resultOf(deps, context.operationId, projectId);
}

/** All of a group come to their end before the first failure is said: nothing is started behind a rollback. */
async function together(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const ended = await Promise.allSettled(steps.map((step) => step()));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}

async function runStep(work: Start, step: StartStep): Promise<void> {
  const { context } = work;
  context.log(`${stepTitle(step)} …`);
  await STEPS[step](work);
  context.log(`${stepTitle(step)}: done.`);
}

const STEPS: { readonly [step in StartStep]: (work: Start) => Promise<void> } = {
  conflicts: refuseConflicts,
  async s3({ deps, context, projectId, consent }) {
    await deps.s3.start(context, projectId, consent);
  },
  async buckets({ deps, context, projectId, definition }) {
    const buckets = [...new Set([...definition.mounts, ...definition.jobs].map((one) => one.bucket))].sort();
    await deps.s3.ensureBuckets(context, projectId, buckets, bucketUses(definition));
  },
  async folders({ deps, context, projectId, definition, consent }) {
    await makeDataFolders(deps, context, await trustedOwner(deps, projectId), definition, consent);
  },
  mounts: startMounts,
  sync: startJobs,
  async 'test-mounts'(work) {
    await startMounts(work);
    await testPart(work, 's3');
    await testPart(work, 'mounts');
    await work.deps.mounts.stop(work.context, work.projectId);
  },
  async 'test-sync'(work) {
    await startJobs(work);
    await testPart(work, 'efs');
    await work.deps.jobs.stop(work.context, work.projectId);
  },
};

async function startMounts({ deps, context, projectId, definition, consent }: Start): Promise<void> {
  const before = await deps.mounts.status(projectId, definition);
  if (before.every((one) => one.state === 'absent' || one.state === 'stopped')) await context.note(STARTED_NOTE, { part: 'mounts' });
  await deps.mounts.start(context, projectId, definition, consent);
}

async function startJobs({ deps, context, projectId, definition, consent }: Start): Promise<void> {
  const before = await deps.jobs.status(projectId, definition);
  if (before.every((one) => one.state === 'stopped')) await context.note(STARTED_NOTE, { part: 'sync' });
  await deps.jobs.start(context, projectId, definition, consent);
}

async function testPart({ deps, context, projectId, definition }: Start, what: ValidateWhat): Promise<void> {
  context.log(`test ${what}`);
  const tests = await validateStorage(deps, context, { owner: await trustedOwner(deps, projectId), definition }, what);
  refuseFailed(tests);
}

function refuseFailed(tests: readonly StorageTest[]): void {
  const failed = tests.find((one) => !one.ok);
  if (failed !== undefined) throw new AppError('unhealthy', `The test of ${failed.name} failed: ${failed.detail}`, { hint: 'Mend it, then start storage again. Nothing was left running that was not before.', details: { output: failed.output.slice(-2_000) } });
}

/** Under C sharing is allowed: what both changed is shown where it happens. */
async function refuseConflicts({ deps, context, projectId }: Start): Promise<void> {
  const { findings } = await deps.conflicts(projectId);
  for (const one of findings) context.log(`${one.severity}: ${one.message}`);
  const isShared = chosenOf(await deps.choices(projectId), 'bucketStrategy') === 'C';
  const [first] = findings.filter((one) => one.severity === 'error');
  if (first === undefined || isShared || !hasErrors(findings)) return;
  throw new AppError('blocked', `Storage has conflicts: ${first.message}`, { hint: 'Mend them: berth storage apply-strategy all', details: { findings: findings.map((one) => ({ ...one, fixes: one.fixes.map((fix) => ({ ...fix })) })) as unknown as Json } });
}

/** Stops what this start started, the last first. */
async function rollBack(deps: StartDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  const projectId = textOf(input, 'project');
  const parts = new Set(context.records.filter((one) => one.name === STARTED_NOTE).map((one) => one.intent['part']));
  const steps = stepsOf(context);
  if (context.reason === 'crashed') await removeOneShots(deps.engine, await trustedOwner(deps, projectId), context.operationId);
  if (parts.has('sync')) await deps.jobs.stop(steps, projectId);
  if (parts.has('mounts')) await deps.mounts.stop(steps, projectId);
  await deps.undoS3(context);
  deps.changed(projectId);
}

/** A way back is not cancelled. */
function stepsOf(context: RecoveryContext): StepContext {
  return { operationId: context.operationId, signal: new AbortController().signal, effect: (name, intent, act) => context.effect(name, intent, act), note: () => Promise.resolve(), progress: (change) => context.progress(change), log: (text, service) => context.log(text, service), records: () => context.records };
}

async function resultOf(deps: Pick<StartDependencies, 'status' | 'changed'>, operationId: string, projectId: string): Promise<Json> {
  deps.changed(projectId);
  return { operationId, status: (await deps.status(projectId)) as unknown as Json };
}

/** The operation `storage.stop`: the other way round. Data stays. */
export function stopOperation(deps: StartDependencies): OperationKind {
  return {
    kind: 'storage.stop',
    async prepare(input) {
      const owner = await trustedOwner(deps, textOf(input, 'project'));
      return { project: owner.projectId, name: owner.name, component: componentOf(input) };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Stop ${WORDS[componentOf(input)]} of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      await stopParts(deps, context, textOf(input, 'project'), componentOf(input));
      await context.commit();
      return resultOf(deps, context.operationId, textOf(input, 'project'));
    },
    // What was stopped stays stopped: starting it again is a decision of its own.
    rollback: async (context, input) => deps.undoS3(context).then(() => deps.changed(textOf(input, 'project'))),
    finish: (context, input) => resultOf(deps, context.operationId, textOf(input, 'project')),
  };
}

async function stopParts(deps: StartDependencies, context: StepContext, projectId: string, component: StorageComponent): Promise<void> {
  if (component === 'all' || component === 'sync') await deps.jobs.stop(context, projectId);
  if (component === 'all' || component === 'mounts') await deps.mounts.stop(context, projectId);
  if (component === 'all' || component === 's3') await deps.s3.stop(context, projectId);
}

/** The operation `storage.validate`. */
export function validateOperation(deps: StartDependencies): OperationKind {
  return {
    kind: 'storage.validate',
    async prepare(input) {
      const owner = await trustedOwner(deps, textOf(input, 'project'));
      return { project: owner.projectId, name: owner.name, what: textOf(input, 'what') };
    },
    // It changes nothing of the project, so it waits for nothing of it either.
    key: (input) => `storage-validate:${textOf(input, 'project')}`,
    title: (input) => `Test storage of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const owner = await trustedOwner(deps, textOf(input, 'project'));
      const tests = await validateStorage(deps, context, { owner, definition: await deps.definitions.load(owner.projectId) }, textOf(input, 'what') as ValidateWhat);
      const result = { operationId: context.operationId, ok: tests.every((one) => one.ok), tests: tests as unknown as Json };
      await context.note('storage.tested', result);
      await context.commit();
      return result;
    },
    rollback: async (context, input) => removeOneShots(deps.engine, await trustedOwner(deps, textOf(input, 'project')), context.operationId),
    finish: (context) => Promise.resolve(context.records.find((one) => one.name === 'storage.tested')?.intent ?? { operationId: context.operationId, ok: false, tests: [] }),
  };
}
