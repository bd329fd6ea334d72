import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { Projects } from '@main/projects/types';
import type { ServiceRemaker } from '@main/reconcile/types';
import type { ServicesService } from './service';

const BEGUN_NOTE = 'remake.begun';

/** What making services anew needs from outside. */
export interface RemakeDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly remaker: ServiceRemaker;
}

/** The operation `services.remake`, which no door starts by itself: containers of some services follow files that were put back. Where nothing of them runs there is nothing to do. */
export function remakeOperation(deps: RemakeDependencies, service: ServicesService): OperationKind {
  return {
    kind: 'services.remake',
    // Nobody asked for it by itself: what took the files back counts on it, so a crash in the middle is no reason to leave it.
    retry: { attempts: 3, codes: ['interrupted', 'engine-lost'] },
    async prepare(input) {
      const project = await deps.projects.resolve(projectOf(input));
      return { project: project.id, services: [...servicesOf(input)] };
    },
    key: (input) => `project:${projectOf(input)}`,
    title: (input) => `Make the containers of ${servicesOf(input).join(', ')} anew from the files`,
    projectId: projectOf,
    run: (context, input) => run(deps, service, context, input),
    async rollback(context, input) {
      if (deps.remaker.began(context.records)) await deps.remaker.rollBack(context, projectOf(input));
    },
    async finish(context, input) {
      const begun = context.records.findLast((record) => record.name === BEGUN_NOTE)?.intent ?? {};
      const mode = begun['mode'];
      if (typeof mode === 'string' && deps.remaker.began(context.records)) await deps.remaker.finish(context, { projectId: projectOf(input), mode });
      return { operationId: context.operationId, services: [...servicesOf(begun)] };
    },
  };
}

async function run(deps: RemakeDependencies, service: ServicesService, context: OperationContext, input: JsonObject): Promise<Json> {
  const project = await deps.projects.resolve(projectOf(input));
  const { mode, services } = await runningIn(service, project, servicesOf(input));
  if (services.length === 0) {
    context.log('None of them runs, so there is nothing to make anew.');
    await context.commit();
    return { operationId: context.operationId, services: [] };
  }
  if (mode === null) throw new AppError('not-found', `Which mode ${services.join(', ')} runs in cannot be told, so the containers are left as they are.`, { hint: 'Switch to a mode: its containers are then made from the files.' });
  await context.note(BEGUN_NOTE, { mode, services: [...services] });
  // It commits there, once the new containers are healthy.
  await deps.remaker.remake(context, { projectId: project.id, mode, services, recreate: [] });
  return { operationId: context.operationId, services: [...services] };
}

/** Which of the services run now, each once (several modes may have changed it), and in which mode of the project; null when nothing says in which. */
export async function runningIn(service: ServicesService, project: Project, names: readonly string[]): Promise<{ readonly mode: string | null; readonly services: readonly string[] }> {
  const { observed, active } = await service.look(project);
  const alive = observed.containers.filter((one) => !one.oneOff && isAlive(one) && isOfFolder(project.dir, one)).map((one) => one.service);
  return { mode: project.modes.find((one) => one.name === active)?.name ?? null, services: [...new Set(names)].filter((name) => alive.includes(name)) };
}

function projectOf(input: JsonObject): string {
  const project = input['project'];
  if (typeof project !== 'string') throw new AppError('input-invalid', '"project" is missing.');
  return project;
}

function servicesOf(input: JsonObject): readonly string[] {
  return Array.isArray(input['services']) ? input['services'].map(String) : [];
}
