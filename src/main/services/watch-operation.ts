import { isWithin } from '@shared/domain/checks/host-path';
import type { ComposeModel } from '@shared/domain/compose/model';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { ruleObstacle, watchRulesOf, type LeftOut, type WatchRule } from '@shared/domain/services/watch-rules';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, Operations } from '@main/operations/types';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';
import { WatchSession, type WatchTools } from './watch-session';

/** What watching needs from outside. */
export interface WatchDependencies extends Pick<ServicesDependencies, 'engine' | 'projects' | 'log'> {
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  readonly tools: WatchTools;
  /** What .dockerignore leaves out of the folders that services are built from, by service. */
  readonly leftOut: (model: ComposeModel, projectDir: string) => Promise<ReadonlyMap<string, LeftOut>>;
}

/** The operation `services.watch`: runs until it is cancelled, which is its ordinary end, or until none of its containers is there any more. */
export function watchOperation(deps: WatchDependencies, service: ServicesService): OperationKind {
  return {
    kind: 'services.watch',
    async prepare(input) {
      const project = await deps.projects.resolve(String(input['project']));
      const { trustedFactKeys } = await deps.projects.authorization(project.id);
      if (trustedFactKeys === null) throw new AppError('trust-required', `${project.name} is not trusted yet, so nothing of it is copied or run.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      const { mode, rules } = await watched(deps, service, project, servicesOf(input));
      return { project: project.id, name: project.name, mode, services: [...new Set(rules.map((one) => one.service))] };
    },
    // Of its own: what it restarts and rebuilds are operations on the project.
    key: (input) => `watch:${String(input['project'])}`,
    title: (input) => `Watch the files of ${servicesOf(input).join(', ')}`,
    projectId: (input) => String(input['project']),
    run: (context, input) => run(deps, service, context, input),
    // Files that were copied are those of the folder: there is nothing to put back.
    rollback: () => Promise.resolve(),
    finish: (context, input) => Promise.resolve({ operationId: context.operationId, services: [...servicesOf(input)], synced: 0, removed: 0, commands: 0, restarted: 0, rebuilt: 0 }),
  };
}

async function run(deps: WatchDependencies, service: ServicesService, context: OperationContext, input: JsonObject): Promise<Json> {
  const project = await deps.projects.resolve(String(input['project']));
  const { rules, model } = await watched(deps, service, project, servicesOf(input));
  const leftOut = await deps.leftOut(model, project.dir);
  const session = new WatchSession({
    engine: deps.engine.as(await deps.projects.authorization(project.id)),
    operations: deps.operations,
    tools: deps.tools,
    context,
    projectId: project.id,
    rules,
    leftOut: (name) => leftOut.get(name),
    containers: async () => (await deps.engine.observe(model.name, [])).containers.filter((one) => isOwn(project, one)),
  });
  const counts = await session.run();
  return { operationId: context.operationId, services: [...new Set(rules.map((one) => one.service))].sort(), ...counts };
}

/** The rules of the mode that runs. Rejects where there are none, where one cannot be followed, or where nothing runs that they are about. */
async function watched(deps: WatchDependencies, service: ServicesService, project: Project, named: readonly string[]): Promise<{ readonly mode: string; readonly model: ComposeModel; readonly rules: readonly WatchRule[] }> {
  const { active, loaded, observed } = await service.look(project);
  const mode = active ?? '';
  const compose = loaded[mode];
  if (compose === undefined) throw new AppError('service-not-found', active === 'mixed' ? `Services of more than one mode of ${project.name} run.` : `Nothing of ${project.name} runs, so there is nothing to watch for.`, { hint: 'Switch to a mode first: berth modes switch dev' });
  const { model } = compose;
  const unknown = named.find((one) => model.services[one] === undefined);
  if (unknown !== undefined) throw new AppError('service-not-found', `${project.name} has no service called ${unknown} in ${mode}.`, { service: unknown, hint: `Its services are ${Object.keys(model.services).sort().join(', ')}.` });
  const rules = Object.entries(model.services).flatMap(([name, definition]) => (named.length > 0 && !named.includes(name) ? [] : watchRulesOf(name, definition)));
  if (rules.length === 0) throw new AppError('input-invalid', `${named.length === 0 ? `No service of ${mode}` : named.join(', ')} says what to watch.`, { hint: 'Write `develop.watch` into the compose file: a path, an action, and where in the container it goes.' });
  for (const rule of rules) {
    const obstacle = ruleObstacle(rule);
    if (obstacle !== null) throw new AppError('input-invalid', obstacle, { service: rule.service, where: compose.locate(['services', rule.service, 'develop']) });
    // A link may lead anywhere; what a file of the project names outside of it is not read on its behalf.
    if (!isWithin(project.dir, rule.path)) throw new AppError('input-invalid', `${rule.service} is to be synced from ${rule.path}, which is outside of the project.`, { service: rule.service, hint: 'Watch a folder of the project.', where: compose.locate(['services', rule.service, 'develop']) });
  }
  const present = rules.some((rule) => observed.containers.some((one) => one.service === rule.service && isOwn(project, one) && isAlive(one)));
  if (!present) throw new AppError('service-not-found', `None of ${[...new Set(rules.map((one) => one.service))].join(', ')} runs, so there is nothing to watch for.`, { hint: 'Start them first: berth services up' });
  return { mode, model, rules };
}

function isOwn(project: Project, container: ObservedContainer): boolean {
  return !container.oneOff && isOfFolder(project.dir, container);
}

function servicesOf(input: JsonObject): readonly string[] {
  return Array.isArray(input['services']) ? input['services'].map(String) : [];
}
