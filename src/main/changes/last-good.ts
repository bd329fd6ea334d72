import { isAbsolute, join, relative, sep } from 'node:path';
import { isAlive } from '@shared/domain/modes/active-mode';
import { imageIdOf } from '@shared/domain/modes/plan-images';
import { errorData } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { readOptionalFile } from '@main/platform/files';
import type { Logger, Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import { filesOf } from './change-set';

/** Text files of a project; more than this is no configuration. */
const MOST_BYTES = 8 * 1024 * 1024;

/** A state in which everything was healthy. */
export interface GoodState {
  readonly mode: string;
  readonly at: string;
  readonly operationId: string;
  /** Files beneath the project folder, bytes in base64. */
  readonly files: readonly { readonly path: string; readonly bytes: string }[];
  /** Per service the id of the image it ran from. */
  readonly images: { readonly [service: string]: string };
}

export interface LastGoodDependencies {
  readonly store: Pick<Store, 'getRecord' | 'patchRecord'>;
  readonly projects: Projects;
  readonly engine: Engine;
  readonly now: () => Date;
  readonly log: Logger;
}

/** The last good state of a project and the one before it, newest first. */
export async function goodStates(store: Pick<Store, 'getRecord'>, projectId: string): Promise<readonly GoodState[]> {
  const states = (await store.getRecord('last-good', projectId))?.data['states'];
  return Array.isArray(states) ? (states as unknown as readonly GoodState[]) : [];
}

/** An operation that brings a mode up, so that it also remembers what it has brought up as the last good state. */
export function keepsLastGood(deps: LastGoodDependencies, kind: OperationKind): OperationKind {
  const target = (input: JsonObject): { readonly projectId: string; readonly mode: string } => ({ projectId: String(input['project']), mode: String(input['mode']) });
  const remember = async (context: Pick<OperationContext | RecoveryContext, 'operationId'>, input: JsonObject, files: GoodState['files'] | null): Promise<void> => {
    const { projectId, mode } = target(input);
    // It is beside the point of the operation, which has succeeded.
    await keep(deps, projectId, mode, context.operationId, files).catch((error: unknown) => deps.log.warn('the last good state could not be kept', { projectId, error: errorData(error).message }));
  };
  return {
    ...kind,
    async run(context, input) {
      const { projectId, mode } = target(input);
      const files = await filesNow(deps, projectId, mode).catch(() => null);
      const result: Json = await kind.run(context, input);
      await remember(context, input, files);
      return result;
    },
    async finish(context, input) {
      const result = await kind.finish(context, input);
      await remember(context, input, null);
      return result;
    },
  };
}

async function keep(deps: LastGoodDependencies, projectId: string, mode: string, operationId: string, before: GoodState['files'] | null): Promise<void> {
  const project = await deps.projects.resolve(projectId);
  if (project.twin !== undefined) return;
  const files = await filesNow(deps, projectId, mode);
  // Saved in the middle: what runs was made from neither the one nor the other for sure.
  if (before !== null && JSON.stringify(before) !== JSON.stringify(files)) return;
  const { containers } = await deps.engine.observe(project.name, []);
  const images = Object.fromEntries(containers.filter((one) => !one.oneOff && (isAlive(one) || one.exitCode === 0)).map((one) => [one.service, imageIdOf(one)]));
  const state: GoodState = { mode, at: deps.now().toISOString(), operationId, files, images };
  const [last, previous] = await goodStates(deps.store, projectId);
  // The same again is no new state: the one before it stays reachable.
  const older = last === undefined || sameState(last, state) ? previous : last;
  await deps.store.patchRecord('last-good', projectId, { states: [state, ...(older === undefined ? [] : [older])] as unknown as Json });
}

/** Whether two states have the same mode, files and images. */
export function sameState(a: GoodState, b: Pick<GoodState, 'mode' | 'files' | 'images'>): boolean {
  const text = ({ mode, files, images }: Pick<GoodState, 'mode' | 'files' | 'images'>): string => JSON.stringify([mode, files, Object.entries(images).sort()]);
  return text(a) === text(b);
}

/** The bytes of what a mode is made from, as far as it lies in the project folder. */
async function filesNow(deps: Pick<LastGoodDependencies, 'projects'>, projectId: string, mode: string): Promise<GoodState['files']> {
  const { project, compose } = await deps.projects.loadMode(projectId, mode);
  const files: { path: string; bytes: string }[] = [];
  let total = 0;
  for (const file of filesOf(compose)) {
    const path = relative(project.dir, isAbsolute(file) ? file : join(project.dir, file)).split(sep).join('/');
    if (path === '' || path.startsWith('../') || isAbsolute(path)) continue;
    const bytes = await readOptionalFile(file).catch(() => undefined);
    if (bytes === undefined) continue;
    total += bytes.length;
    if (total > MOST_BYTES) break;
    files.push({ path, bytes: Buffer.from(bytes).toString('base64') });
  }
  return files;
}
