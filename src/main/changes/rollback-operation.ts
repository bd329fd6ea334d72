import type { OutputOf } from '@shared/contract/contract';
import { modeImage } from '@shared/domain/modes/naming';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { asPart } from '@main/operations/part-of';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { readOptionalFile } from '@main/platform/files';
import type { Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import { goodStates, type GoodState } from './last-good';
import { withHealth } from './row-health';
import { textOf } from '@shared/domain/operations/operation-input';

export interface RollbackDependencies {
  readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
  readonly projects: Projects;
  readonly engine: Engine;
  readonly remaker: ServiceRemaker;
  readonly lock: (projectDir: string) => Promise<Disposable>;
  readonly replaceBeneath: (rootDir: string, relPath: string, bytes: Uint8Array) => Promise<void>;
}

/** A file that is not as it was in the good state. */
interface Differing {
  readonly path: string;
  /** Base64; null when it is gone. */
  readonly now: string | null;
  readonly then: string;
}

type Result = OutputOf<'changes.rollback'>;

/** The operation `changes.rollback`: files, images and containers of the last good state. */
export function rollbackOperation(deps: RollbackDependencies): OperationKind {
  return {
    kind: 'changes.rollback',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const state = await targetState(deps, project.id, project.dir, await runsAsFilesSay(deps, project.id));
      return { project: project.id, name: project.name, dir: project.dir, mode: state.mode, at: state.at };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Bring ${textOf(input, 'name')} back to its last good state`,
    projectId: (input) => textOf(input, 'project'),
    async plan(input) {
      const files = await differing(textOf(input, 'dir'), await stateAt(deps, input));
      return files.length === 0 ? null : structuralPlan(textOf(input, 'dir'), files);
    },
    run: (context, input) => run(deps, context, input),
    rollback: (context, input) => putBack(deps, context, input),
    async finish(context, input) {
      if (deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: textOf(input, 'project'), mode: textOf(input, 'mode') });
      await forgetNewer(deps, input);
      return resultOf(context.operationId, textOf(input, 'mode'), []) as unknown as Json;
    },
  };
}

/** The newest state that is not what is there already. */
async function targetState(deps: RollbackDependencies, projectId: string, dir: string, isRunning: (state: GoodState) => boolean): Promise<GoodState> {
  const states = await goodStates(deps.store, projectId);
  for (const state of states) if (!isRunning(state) || (await differing(dir, state)).length > 0) return state;
  throw new AppError('not-found', states.length === 0 ? 'There is no good state to go back to yet.' : 'What runs is the last good state, and there is none before it.', { hint: 'Every switch and deploy that succeeds is remembered as one.' });
}

/** Tells whether the images of a state are those that run. */
async function runsAsFilesSay(deps: RollbackDependencies, projectId: string): Promise<(state: GoodState) => boolean> {
  const { name } = await deps.projects.resolve(projectId);
  const { containers } = await deps.engine.observe(name, []);
  return (state) => Object.entries(state.images).every(([service, id]) => containers.some((one) => one.service === service && !one.oneOff && one.imageId === id && (one.state === 'running' || one.exitCode === 0)));
}

async function stateAt(deps: RollbackDependencies, input: JsonObject): Promise<GoodState> {
  const found = (await goodStates(deps.store, textOf(input, 'project'))).find((one) => one.at === input['at']);
  if (found === undefined) throw new AppError('plan-stale', 'The good state was replaced by a newer one meanwhile.', { hint: 'Run it again.' });
  return found;
}

/** What was gone back from is no place to go to any more: asked for twice, it would bring the fault back. */
async function forgetNewer(deps: RollbackDependencies, input: JsonObject): Promise<void> {
  const states = await goodStates(deps.store, textOf(input, 'project'));
  const at = states.findIndex((one) => one.at === input['at']);
  if (at > 0) await deps.store.patchRecord('last-good', textOf(input, 'project'), { states: states.slice(at) as unknown as Json });
}

async function differing(dir: string, state: GoodState): Promise<readonly Differing[]> {
  const all = await Promise.all(state.files.map(async ({ path, bytes }) => ({ path, now: base64(await readOptionalFile(`${dir}/${path}`)), then: bytes })));
  return all.filter((one) => one.now !== one.then);
}

function base64(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : Buffer.from(bytes).toString('base64');
}

function structuralPlan(rootDir: string, files: readonly Differing[]): StructuralPlan {
  return {
    change: 'rollback',
    rootDir,
    steps: ['Put the files back as they were when everything was healthy', 'Bring the services back to the images and definitions of that state'],
    files: files.map(({ path, now }) => ({ path, change: now === null ? 'create' : 'change' })),
    optionalFiles: [],
    unchangedFiles: [],
    risks: ['What was changed in these files since then is only in the backup afterwards.', 'Services that differ are away for a moment.'],
    rollback: ['If a step fails, the files get their present bytes back and the containers stay as they are.', 'Afterwards `berth operations undo` puts the files back.'],
  };
}

async function run(deps: RollbackDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const [projectId, dir, mode] = [textOf(input, 'project'), textOf(input, 'dir'), textOf(input, 'mode')];
  const state = await stateAt(deps, input);
  const lock = await deps.lock(dir);
  try {
    context.progress({ step: 0, of: 2, message: 'Putting the files back' });
    for (const file of await differing(dir, state)) {
      await context.effect('file.replace', { path: file.path, before: file.now, after: file.then }, async () => {
        await deps.replaceBeneath(dir, file.path, Buffer.from(file.then, 'base64'));
        return null;
      });
    }
    context.progress({ step: 1, message: 'Bringing the services back' });
    const images = await keepImages(deps, context, projectId, mode, state);
    const { compose } = await deps.projects.loadMode(projectId, mode);
    const { containers } = await deps.engine.observe(compose.model.name, []);
    const services = [...new Set([...Object.keys(compose.model.services), ...containers.filter((one) => !one.oneOff).map((one) => one.service)])];
    const switched = await deps.remaker.remake(asPart(context), { projectId, mode, services, recreate: [], images });
    await forgetNewer(deps, input);
    const result = resultOf(context.operationId, mode, servicesOf(switched), warningsOf(switched));
    return { ...result, services: await withHealth(deps.engine, compose.model.name, result.services) } as unknown as Json;
  } finally {
    lock.dispose();
  }
}

/** The names of built images lead to those of the good state again; one that is gone is built anew. */
async function keepImages(deps: RollbackDependencies, context: OperationContext, projectId: string, mode: string, state: GoodState): Promise<{ readonly [service: string]: string }> {
  const { compose, authorization } = await deps.projects.loadMode(projectId, mode);
  const engine = deps.engine.as(authorization);
  const kept: { [service: string]: string } = {};
  for (const [service, definition] of Object.entries(compose.model.services)) {
    const id = state.images[service];
    if (definition.build === undefined || id === undefined || (await engine.inspectImage(id)) === null) continue;
    const reference = modeImage(compose.model.name, service, mode);
    const from = (await engine.inspectImage(reference))?.id ?? null;
    if (from !== id) await context.effect('image.keep', { reference, from, to: id }, async () => (await engine.tagImage(id, reference), null));
    kept[service] = id;
  }
  return kept;
}

/** Containers first, as they were last; then names of images and files, each only where it is what was written. */
async function putBack(deps: RollbackDependencies, context: RecoveryContext, input: JsonObject): Promise<void> {
  const projectId = textOf(input, 'project');
  const dir = textOf(input, 'dir');
  if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, projectId);
  const engine = deps.engine.as(await deps.projects.authorization(projectId));
  for (const record of [...context.records].reverse()) {
    if (record.undone) continue;
    const { reference, from, path, before, after } = record.intent;
    if (record.name === 'image.keep' && typeof reference === 'string' && typeof from === 'string') await context.effect('image.retag', { reference, to: from, undoes: record.seq }, async () => (await engine.tagImage(from, reference), null));
    if (record.name !== 'file.replace' || typeof path !== 'string' || typeof before !== 'string') continue;
    await context.effect('file.restore', { path, undoes: record.seq }, async () => {
      if (base64(await readOptionalFile(`${dir}/${path}`)) === after) await deps.replaceBeneath(dir, path, Buffer.from(before, 'base64'));
      return null;
    });
  }
}

interface Switched {
  readonly name: string;
  readonly action: string;
  readonly downtimeMs: number;
}

/** What a switch says of its services. */
export function servicesOf(result: Json): readonly Switched[] {
  const services = (result as { readonly services?: unknown } | null)?.services;
  return Array.isArray(services) ? (services as readonly Switched[]) : [];
}

/** What a switch has to say although it succeeded. */
export function warningsOf(result: Json): readonly { readonly service: string; readonly message: string }[] {
  const warnings = (result as { readonly warnings?: unknown } | null)?.warnings;
  return Array.isArray(warnings) ? (warnings as readonly { readonly service: string; readonly message: string }[]) : [];
}

function resultOf(operationId: string, mode: string, services: readonly Switched[], warnings: ReturnType<typeof warningsOf> = []): Result {
  const touched = services.filter((one) => one.action !== 'keep');
  return {
    operationId,
    mode,
    hash: '',
    services: services.map((one) => ({ service: one.name, action: one.action, state: 'running', health: 'none', tookMs: 0, detail: warnings.filter((other) => other.service === one.name).map((other) => other.message).join(' ') })),
    outageMs: Math.max(0, ...services.map((one) => one.downtimeMs)),
    summary: touched.length === 0 ? `The files of ${mode} are back; the services already ran from them.` : `${mode} is back as it was; ${touched.map((one) => one.name).join(', ')} ${touched.length === 1 ? 'was' : 'were'} changed.`,
  };
}
