import type { OutputOf } from '@shared/contract/contract';
import { reachedBefore } from '@shared/domain/changes/failed-start';
import type { Finding } from '@shared/domain/findings/finding';
import { hasErrors } from '@shared/domain/findings/finding';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Operation } from '@shared/domain/operations/operation';
import { saidOfOriginal } from '@shared/domain/projects/said-of-original';
import type { Project } from '@shared/domain/projects/project';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { Operations } from '@main/operations/types';
import { changeHash, rememberTest, type ChangeSetDependencies } from './change-set';
import { runChild } from '@main/operations/child-operation';
import type { Twin, Twins } from './types';

/** The key that all operations with a twin share: there is room for one at a time. */
export const TWIN_KEY = 'twin';

export interface TestDependencies extends ChangeSetDependencies {
  readonly engine: Engine;
  readonly twins: Twins;
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  readonly clock: Clock;
}

type Report = OutputOf<'changes.test'>;
type Outcome = Pick<Report, 'ok' | 'services' | 'connectivity' | 'summary'>;
type ServiceRow = Report['services'][number];

/** The operation `changes.test`: the changed project beside the running one, built, started, watched, and taken away again whatever happens. */
export function testOperation(deps: TestDependencies): OperationKind {
  return {
    kind: 'changes.test',
    prepare: (input) => preparedInput(deps, input),
    key: () => TWIN_KEY,
    title: (input) => `Test the changes of ${textOf(input, 'name')} in isolation`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, textOf(input, 'project'), textOf(input, 'mode')),
    async rollback(context) {
      // After a crash the operations on the twin are still to be ended: it is removed right behind the recovery.
      if (context.reason === 'crashed') return;
      for (const record of context.records) if (record.name === 'twin.register') await deps.twins.remove(String(record.intent['projectId']));
    },
    finish: (context) => Promise.resolve(context.records.find((record) => record.name === REPORT_NOTE)?.intent ?? null),
  };
}

const REPORT_NOTE = 'changes.report';

/** What operations on changes take: a trusted project, and one of its modes. */
export async function preparedInput(deps: Pick<TestDependencies, 'projects' | 'defaultMode'>, input: JsonObject): Promise<JsonObject> {
  const project = await deps.projects.resolve(textOf(input, 'project'));
  const mode = typeof input['mode'] === 'string' ? input['mode'] : await deps.defaultMode(project.id);
  const { untrustedFacts } = await deps.projects.loadMode(project.id, mode);
  if (!project.trusted || untrustedFacts.length > 0) {
    throw new AppError('trust-required', `${project.name} is not trusted with what it asks for now, so nothing of it is built or run.`, {
      hint: 'Look at what it asks for, then trust it: `berth projects trust .`.',
      details: { facts: untrustedFacts as unknown as Json },
    });
  }
  return { project: project.id, name: project.name, mode };
}

async function run(deps: TestDependencies, context: OperationContext, projectId: string, mode: string): Promise<Json> {
  const beganAt = deps.clock.monotonic();
  const project = await deps.projects.resolve(projectId);
  context.progress({ step: 0, of: 5, message: 'Checking' });
  const hash = await changeHash(deps, projectId, mode);
  const { findings } = await deps.modes.plan(projectId, mode);
  const first = findings.find((one) => one.severity === 'error');
  let outcome: Outcome;
  let all: readonly Finding[] = findings;
  if (first !== undefined) outcome = { ok: false, services: [], connectivity: [], summary: first.message };
  else {
    const twin = await createTwin(deps, context, projectId);
    try {
      if ((await changeHash(deps, projectId, mode)) !== hash) throw new AppError('plan-stale', `The files of ${project.name} were changed while they were copied.`, { hint: 'Test them again.' });
      const tried = await tryTwin(deps, context, project, twin, mode);
      outcome = tried.outcome;
      all = [...findings, ...tried.findings.filter((one) => !findings.some((other) => other.code === one.code && other.message === one.message))];
    } finally {
      context.progress({ step: 5, message: 'Removing the copy' });
      // Not journaled: a cancelled operation must do it, too, and after a crash it is done without a journal.
      await deps.twins.remove(twin.projectId);
    }
  }
  const report: Report = { operationId: context.operationId, mode, hash, tookMs: Math.round(deps.clock.monotonic() - beganAt), findings: structuredClone(all) as Report['findings'], ...outcome };
  await rememberTest(deps, projectId, mode, hash, { operationId: context.operationId, at: new Date(deps.clock.now()).toISOString(), ok: report.ok });
  context.log(report.summary);
  await context.note(REPORT_NOTE, report as unknown as JsonObject);
  await context.commit();
  return report as unknown as Json;
}

/** A twin that could not be made whole is removed at once: what follows knows nothing of it. */
async function createTwin(deps: TestDependencies, context: OperationContext, projectId: string): Promise<Twin> {
  context.progress({ step: 1, message: 'Copying the project' });
  return deps.twins.create(context, { projectId, purpose: 'test', copyVolumes: true });
}

/** Builds, starts, watches and connects the copy. Rejects only with `cancelled` and for bugs: anything else is an outcome. */
async function tryTwin(deps: TestDependencies, context: OperationContext, project: Project, twin: Twin, mode: string): Promise<{ readonly outcome: Outcome; readonly findings: readonly Finding[] }> {
  const failed = (summary: string, services: readonly ServiceRow[] = [], connectivity: Outcome['connectivity'] = []): Outcome => ({ ok: false, services: [...services], connectivity, summary });
  const original = saidOfOriginal(twin.dir, project.dir);
  const said = original.text;
  context.progress({ step: 2, message: 'Checking the copy' });
  const plan = await deps.modes.plan(twin.projectId, mode);
  const findings = plan.findings.filter((one) => one.severity === 'error').map(original.finding);
  if (hasErrors(findings)) return { outcome: failed(findings[0]?.message ?? ''), findings };

  context.progress({ step: 3, message: 'Building and starting the copy' });
  const started = await runChild(deps.operations, context, 'modes.switch', { project: twin.projectId, mode });
  const { compose } = await deps.projects.loadMode(twin.projectId, mode);
  if (started.state !== 'succeeded') return { outcome: failed(said(started.error?.message ?? `The copy could not be started (${started.state}).`), rowsAfterFailure(compose, started).map((row) => ({ ...row, detail: said(row.detail) }))), findings };

  context.progress({ step: 4, message: 'Trying its connections' });
  const rows = await rowsOf(deps, compose);
  const connected = await runChild(deps.operations, context, 'checks.connectivity', { project: twin.projectId });
  const cells = (connected.result as { readonly cells?: Outcome['connectivity'] } | null)?.cells ?? [];
  const closed = cells.find((one) => one.state === 'closed' || one.state === 'no-network' || one.state === 'not-running');
  if (connected.state !== 'succeeded') return { outcome: failed(said(connected.error?.message ?? 'The connections could not be tried.'), rows), findings };
  if (closed !== undefined) return { outcome: failed(closed.detail, rows, cells), findings };
  return { outcome: { ok: true, services: [...rows], connectivity: cells, summary: `${String(rows.length)} ${rows.length === 1 ? 'service is' : 'services are'} up, and every connection answers.` }, findings };
}

async function rowsOf(deps: TestDependencies, compose: LoadedCompose): Promise<readonly ServiceRow[]> {
  const { containers } = await deps.engine.observe(compose.model.name, []);
  return Object.keys(compose.model.services).map((service) => {
    const one = containers.find((container) => container.service === service && !container.oneOff);
    const tookMs = one === undefined || one.startedAt === '' ? 0 : Math.max(0, Date.parse(one.startedAt) - Date.parse(one.createdAt));
    return { service, action: 'create', state: one?.state ?? 'absent', health: one?.health ?? 'none', tookMs, detail: '' };
  });
}

function rowsAfterFailure(compose: LoadedCompose, started: Operation): readonly ServiceRow[] {
  return reachedBefore(compose.model, started.progress.services ?? {}, { service: started.error?.service, message: started.error?.message ?? '' }).map((one) => ({ ...one, action: 'create', tookMs: 0 }));
}
