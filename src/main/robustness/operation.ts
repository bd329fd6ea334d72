import { choosePoints, type RobustnessPointId } from '@shared/domain/robustness/points';
import { robustnessReport, type PointResult } from '@shared/domain/robustness/report';
import { saidOfOriginal } from '@shared/domain/projects/said-of-original';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { POINT_ACTS } from './points';
import { Stage } from './stage';
import { PointLost, type RobustnessDependencies } from './types';
import { markVolumes, removeMarks } from './volume-marks';

/** The first effect of making a copy: from then on there is something to remove. */
const TWIN_EFFECT = 'twin.register';
const REPORT_NOTE = 'robustness.report';
/** Failures that are no answer about the project. */
const NO_ANSWER: readonly string[] = ['cancelled', 'engine-unreachable', 'engine-lost'];

/** The operation 'checks.robustness': ten points on a copy of the project, which is removed whatever happens. */
export function robustnessOperation(deps: RobustnessDependencies): OperationKind {
  return {
    kind: 'checks.robustness',
    async prepare(input) {
      const only = textsOf(input, 'only');
      choosePoints(only);
      const project = await deps.projects.resolve(textOf(input, 'project'));
      if (!project.trusted) throw new AppError('trust-required', `${project.name} is not trusted yet, so no copy of it is run.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      const mode = typeof input['mode'] === 'string' ? input['mode'] : await deps.defaultMode(project.id);
      // Rejects now for a mode that cannot be read, before anything is copied.
      await deps.projects.loadMode(project.id, mode);
      return { project: project.id, name: project.name, mode, only };
    },
    // One copy at a time.
    key: () => 'twin',
    title: (input) => `Try the robustness of ${textOf(input, 'name')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    // After a crash, what the operations on the copy had begun is recovered first; then the start removes the copy.
    rollback: (context) => (context.reason === 'crashed' ? Promise.resolve() : removeCopy(deps, context)),
    async finish(context) {
      if (context.reason !== 'crashed') await removeCopy(deps, context);
      return context.records.find((record) => record.name === REPORT_NOTE)?.intent ?? { operationId: context.operationId, score: 0, of: 0, tookMs: 0, points: [], markdown: '' };
    },
  };
}

async function run(deps: RobustnessDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const began = deps.clock.monotonic();
  const points = choosePoints(textsOf(input, 'only'));
  const steps = points.length + 2;
  context.progress({ step: 0, of: steps, message: 'Copying the project' });
  const { dir } = await deps.projects.resolve(textOf(input, 'project'));
  const image = await deps.helperImage((line) => context.log(line), context.signal);
  const twin = await deps.twins.create(context, { projectId: textOf(input, 'project'), purpose: 'robustness', copyVolumes: true });
  const stage = new Stage(deps, context, twin, textOf(input, 'mode'), image);
  const original = saidOfOriginal(twin.dir, dir);
  await openStage(deps, context, stage).catch((error: unknown) => {
    if (error instanceof PointLost) throw new AppError('unhealthy', original.text(error.message), { hint: 'See `berth checks run`, and whether its services get healthy as it is.' });
    throw error instanceof AppError ? AppError.fromData(original.error(error.toData())) : error;
  });

  const results: PointResult[] = [];
  for (const [index, point] of points.entries()) {
    context.progress({ step: index + 1, of: steps, message: point.title });
    const result = await context.effect('robustness.point', { id: point.id }, async () => {
      const played = await playPoint(deps, stage, point);
      return { ...played, detail: original.text(played.detail) };
    });
    context.log(`${result.ok ? 'Passed' : 'Lost'}: ${result.title}. ${result.detail}`);
    results.push(result);
  }
  context.progress({ step: steps - 1, of: steps, message: 'Removing the copy' });
  const report = robustnessReport(textOf(input, 'name'), results, Math.round(deps.clock.monotonic() - began));
  const answer = { operationId: context.operationId, ...report, points: report.points.map((one) => ({ ...one })) };
  await context.note(REPORT_NOTE, answer);
  await context.commit();
  await removeCopy(deps, context);
  context.progress({ step: steps, of: steps, message: `${String(report.score)} of ${String(report.of)} points` });
  return answer;
}

/** The copy runs for the first time, and its volumes hold a mark. */
async function openStage(deps: RobustnessDependencies, context: OperationContext, stage: Stage): Promise<void> {
  context.progress({ message: 'Starting the copy' });
  await stage.keepFiles();
  await settled(stage);
  const { compose, authorization } = await stage.load();
  const known = new Set((await deps.engine.listVolumes()).map((volume) => volume.name));
  const names = Object.values(compose.model.volumes).filter((volume) => volume.external !== true && known.has(volume.name)).map((volume) => volume.name);
  stage.marks = await markVolumes(context, deps.engine.as(authorization), authorization, stage.image, [...new Set(names)]);
}

/** A point never ends the run, unless nothing can be said about the project any more. */
async function playPoint(deps: RobustnessDependencies, stage: Stage, point: { readonly id: RobustnessPointId; readonly title: string }): Promise<PointResult> {
  let began = deps.clock.monotonic();
  const took = (): number => Math.round(deps.clock.monotonic() - began);
  try {
    await settled(stage);
    began = deps.clock.monotonic();
    const detail = await POINT_ACTS[point.id](stage);
    return { id: point.id, title: point.title, ok: true, tookMs: took(), detail };
  } catch (error) {
    stage.throwIfCancelled();
    if (!isAnswer(error)) throw error;
    return { id: point.id, title: point.title, ok: false, tookMs: took(), detail: error instanceof PointLost ? error.message : errorData(error).message };
  }
}

/** Once more when it fails: on a busy machine a health check may have run out of its time. */
async function settled(stage: Stage): Promise<void> {
  try {
    await stage.settle();
  } catch (error) {
    stage.throwIfCancelled();
    if (!isAnswer(error)) throw error;
    await stage.settle();
  }
}

/** True for a failure after which the other points can still be played: a bug that one of them meets is its own. */
function isAnswer(error: unknown): boolean {
  return !(error instanceof AppError && NO_ANSWER.includes(error.code));
}

/** The container that held the volumes, then the copy itself. Twice is as good as once. */
async function removeCopy(deps: RobustnessDependencies, context: OperationContext | RecoveryContext): Promise<void> {
  const records = typeof context.records === 'function' ? context.records() : context.records;
  const projectId = records.find((record) => record.name === TWIN_EFFECT)?.intent['projectId'];
  if (typeof projectId !== 'string') return;
  const authorization = await deps.projects.authorization(projectId).catch(() => null);
  if (authorization !== null) await removeMarks(deps.engine.as(authorization), records);
  await deps.twins.remove(projectId);
}
