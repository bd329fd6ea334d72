import type { OutputOf } from '@shared/contract/contract';
import { outageOfUndone } from '@shared/domain/changes/outage';
import { rolloutOf } from '@shared/domain/changes/rollout';
import { changeVerdict } from '@shared/domain/changes/verdict';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Operation } from '@shared/domain/operations/operation';
import { AppError } from '@shared/kernel/app-error';
import type { ErrorCode } from '@shared/kernel/error-codes';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, Operations } from '@main/operations/types';
import { changeSet, type ChangeSet, type ChangeSetDependencies } from './change-set';
import { runChild } from '@main/operations/child-operation';
import { servicesOf, warningsOf } from './rollback-operation';
import { withHealth } from './row-health';
import { preparedInput } from './test-operation';
import { textOf } from '@shared/domain/operations/operation-input';

/** Deploys wait for operations of their own, so only one of them may hold a place in the queue. */
const DEPLOY_KEY = 'deploy';

export interface DeployDependencies extends ChangeSetDependencies {
  readonly engine: Engine;
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel' | 'steps'>;
  /** Whether a failed change of running services brings the last good state back. */
  readonly rollsBack: () => boolean;
}

type Result = OutputOf<'changes.deploy'>;
type Row = Result['services'][number];

interface Deploy {
  readonly deps: DeployDependencies;
  readonly context: OperationContext;
  readonly projectId: string;
  readonly name: string;
  readonly set: ChangeSet;
  readonly compose: LoadedCompose;
  readonly rows: Map<string, Row>;
  outageMs: number;
}

/** The operation `changes.deploy`: exactly what was tested, new services one by one, changes of running ones all or nothing (F15). */
export function deployOperation(deps: DeployDependencies): OperationKind {
  return {
    kind: 'changes.deploy',
    async prepare(input) {
      const prepared = await preparedInput(deps, input);
      refuseUntested(await changeSet(deps, textOf(prepared, 'project'), textOf(prepared, 'mode')));
      return prepared;
    },
    key: () => DEPLOY_KEY,
    title: (input) => `Deploy the changes of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    // All that it changes is changed by operations of their own, which undo and finish themselves.
    rollback: () => Promise.resolve(),
    finish: () => Promise.resolve(null),
  };
}

function refuseUntested({ tested, hash }: ChangeSet): void {
  if (tested?.ok === true) return;
  const { reason } = changeVerdict(true, tested);
  throw new AppError('consent-required', reason, { hint: 'Test them first: `berth changes test`.', details: { hash } });
}

async function run(deps: DeployDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const [projectId, mode] = [textOf(input, 'project'), textOf(input, 'mode')];
  const set = await changeSet(deps, projectId, mode);
  refuseUntested(set);
  const { compose } = await deps.projects.loadMode(projectId, mode);
  const deploy: Deploy = { deps, context, projectId, name: textOf(input, 'name'), set, compose, rows: new Map(), outageMs: 0 };
  const { before, changed, after } = rolloutOf(compose.model.services, set.plan.changes);
  // Another mode, or a first start, is one switch: nothing of it runs yet that could be left alone.
  const isWhole = set.plan.from !== mode;
  const steps = isWhole ? 1 : before.length + (changed.length > 0 ? 1 : 0) + after.length;
  context.progress({ step: 0, of: Math.max(steps, 1), message: 'Deploying' });
  if (isWhole) await change(deploy, null, set.plan.changes.filter((one) => one.action !== 'keep').map((one) => one.service));
  else {
    await addOneByOne(deploy, before, [...changed, ...after]);
    const fresh = new Set([...before, ...after]);
    if (changed.length > 0) await change(deploy, after.length > 0 ? [...Object.keys(compose.model.services).filter((one) => !fresh.has(one)), ...changed, ...before] : null, changed);
    await addOneByOne(deploy, after, []);
  }
  context.progress({ step: Math.max(steps, 1), message: 'Done' });
  const result = resultOf(deploy, summaryOf(deploy));
  return { ...result, services: await withHealth(deps.engine, compose.model.name, result.services) } as unknown as Json;
}

/** New services, each healthy and staying so before the next is begun; what got healthy stays whatever comes. */
async function addOneByOne(deploy: Deploy, names: readonly string[], later: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const child = await apply(deploy, [name]);
    if (child.state === 'succeeded') {
      note(deploy, child, [name]);
      continue;
    }
    const trouble = child.error?.message ?? `${name} could not be started.`;
    const rest = [...names.slice(index + 1), ...later];
    deploy.rows.set(name, row(name, 'create', 'failed', trouble));
    for (const one of rest) deploy.rows.set(one, row(one, 'create', 'not-started', `Not started, because ${name} did not get healthy.`));
    throw failure(deploy, child.error?.code ?? 'unhealthy', name, sentences(trouble, staysText(deploy), rest.length === 0 ? '' : `${rest.join(', ')} ${rest.length === 1 ? 'was' : 'were'} not started.`));
  }
}

/** Changes of what runs: one transaction. `services` null: the whole mode. */
async function change(deploy: Deploy, services: readonly string[] | null, changed: readonly string[]): Promise<void> {
  const child = await apply(deploy, services);
  note(deploy, child, changed);
  if (child.state === 'succeeded') return;
  const trouble = child.error?.message ?? 'The changes could not be applied.';
  deploy.outageMs += outageOfUndone(await deploy.deps.operations.steps(child.id), child.finishedAt);
  for (const one of changed) deploy.rows.set(one, row(one, 'recreate', 'rolled-back', trouble));
  const back = await goBack(deploy);
  const away = deploy.outageMs === 0 ? '' : `Services were away for ${(deploy.outageMs / 1_000).toFixed(1)} s.`;
  throw failure(deploy, child.error?.code ?? 'unhealthy', child.error?.service, sentences(trouble, back, away));
}

/** Resolves with one sentence on what was brought back. */
async function goBack(deploy: Deploy): Promise<string> {
  if (!deploy.deps.rollsBack()) return 'The old containers run again; the files are as they were edited.';
  try {
    const child = await runChild(deploy.deps.operations, { operationId: deploy.context.operationId, signal: new AbortController().signal }, 'changes.rollback', { project: deploy.projectId });
    if (child.state !== 'succeeded') return `Bringing the last good state back failed: ${child.error?.message ?? child.state}`;
    deploy.outageMs += (child.result as unknown as Result).outageMs;
    return 'The last good files and services are back.';
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return 'The old containers run again; no good state of the files is known.';
    throw error;
  }
}

function apply(deploy: Deploy, services: readonly string[] | null): Promise<Operation> {
  const { deps, context, projectId, name, set } = deploy;
  context.progress({ step: deploy.rows.size, message: `Deploying ${services?.join(', ') ?? set.mode}` });
  return runChild(deps.operations, context, 'changes.apply', { project: projectId, name, mode: set.mode, hash: set.hash, ...(services === null ? {} : { services: [...services] }) });
}

function note(deploy: Deploy, child: Operation, names: readonly string[]): void {
  const took = child.startedAt === null || child.finishedAt === null ? 0 : Date.parse(child.finishedAt) - Date.parse(child.startedAt);
  const services = servicesOf(child.result);
  deploy.outageMs = Math.max(deploy.outageMs, ...services.map((one) => one.downtimeMs));
  const warnings = warningsOf(child.result);
  for (const name of names) {
    const done = services.find((one) => one.name === name);
    deploy.rows.set(name, { ...row(name, done?.action ?? 'remove', done === undefined ? 'removed' : 'running', warnings.filter((one) => one.service === name).map((one) => one.message).join(' ')), tookMs: took });
  }
}

function row(service: string, action: string, state: string, detail: string): Row {
  return { service, action, state, health: 'none', tookMs: 0, detail };
}

function staysText(deploy: Deploy): string {
  const up = [...deploy.rows.values()].filter((one) => one.state === 'running').map((one) => one.service);
  return up.length === 0 ? '' : `${up.join(', ')} ${up.length === 1 ? 'stays' : 'stay'} up.`;
}

function summaryOf(deploy: Deploy): string {
  const names = [...deploy.rows.keys()];
  return names.length === 0 ? 'What runs is what the files say; nothing had to change.' : `Deployed ${names.join(', ')}.`;
}

function resultOf(deploy: Deploy, summary: string): Result {
  return { operationId: deploy.context.operationId, mode: deploy.set.mode, hash: deploy.set.hash, services: [...deploy.rows.values()], outageMs: deploy.outageMs, summary };
}

function failure(deploy: Deploy, code: string, service: string | undefined, message: string): AppError {
  for (const one of deploy.rows.values()) if (one.detail !== '') deploy.context.log(one.detail, one.service);
  return new AppError(code as ErrorCode, message, { ...(service === undefined ? {} : { service }), hint: 'Mend it and test the changes again.', details: { report: resultOf(deploy, message) as unknown as Json } });
}

function sentences(...texts: readonly string[]): string {
  return texts.filter((one) => one !== '').map((one) => (/[.!?]$/.test(one) ? one : `${one}.`)).join(' ');
}
