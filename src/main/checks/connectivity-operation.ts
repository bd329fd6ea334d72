import { AppError } from '@shared/kernel/app-error';
import type { ConnectivityCell } from '@shared/domain/checks/connectivity';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { OperationContext, OperationKind } from '@main/operations/types';
import type { LoadedMode, Projects } from '@main/projects/types';
import { lookAtConnectivity, removeProbes } from './connectivity';

/** What the connectivity operation works with. */
export interface ConnectivityDependencies {
  readonly projects: Projects;
  readonly engine: Engine;
  readonly observe: (loaded: LoadedMode) => Promise<ObservedProject | null>;
  /** The mode that runs, else the first. */
  readonly defaultMode: (projectId: string) => Promise<string>;
  /** Resolves with the helper image's name, made when it is missing. */
  readonly helperImage: (onOutput: (line: string) => void, signal: AbortSignal) => Promise<string>;
}

const CELLS_NOTE = 'connectivity.cells';

/** The operation 'checks.connectivity'. */
export function connectivityOperation(deps: ConnectivityDependencies): OperationKind {
  const projectOf = (input: JsonObject): string => String(input['project']);
  return {
    kind: 'checks.connectivity',
    async prepare(input) {
      const project = await deps.projects.resolve(projectOf(input));
      const authorization = await deps.projects.authorization(project.id);
      if (authorization.trustedFactKeys === null) throw new AppError('trust-required', `${project.name} is not trusted yet, so no container is made to look from inside its networks.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      const mode = await deps.defaultMode(project.id);
      const { compose } = await deps.projects.loadMode(project.id, mode);
      const services = Array.isArray(input['services']) ? input['services'].map(String) : [];
      const unknown = services.find((one) => compose.model.services[one] === undefined);
      if (unknown !== undefined) throw new AppError('service-not-found', `${project.name} has no service called ${unknown} in ${mode}.`, { service: unknown, hint: `It has ${Object.keys(compose.model.services).join(', ')}.` });
      return { project: project.id, name: project.name, mode, services };
    },
    key: (input) => `project:${projectOf(input)}`,
    title: (input) => `Test the connections of ${String(input['name'])}`,
    projectId: projectOf,
    run: (context, input) => run(deps, context, input),
    rollback: async (context, input) => removeProbes(deps.engine.as(await deps.projects.authorization(projectOf(input))), context.records),
    finish: (context) => Promise.resolve(context.records.find((record) => record.name === CELLS_NOTE)?.intent ?? { operationId: context.operationId, ok: false, cells: [] }),
  };
}

async function run(deps: ConnectivityDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const loaded = await deps.projects.loadMode(String(input['project']), String(input['mode']));
  context.progress({ step: 0, of: 2, message: 'Looking at what runs' });
  const observed = await deps.observe(loaded);
  if (observed === null) throw new AppError('engine-unreachable', 'The Docker engine does not answer.', { hint: 'Start it, then test the connections again.' });
  context.progress({ step: 1, of: 2, message: 'Trying each connection' });
  const engine = deps.engine.as(loaded.authorization);
  const services = Array.isArray(input['services']) ? input['services'].map(String) : [];
  const cells = await lookAtConnectivity({ context, engine, loaded }, observed, services, () => deps.helperImage((line) => context.log(line), context.signal));
  const result = { operationId: context.operationId, ok: cells.every(isFine), cells: cells.map((cell) => ({ ...cell })) };
  await context.note(CELLS_NOTE, result);
  await context.commit();
  for (const cell of cells) if (!isFine(cell)) context.log(cell.detail, cell.from);
  context.progress({ step: 2, of: 2, message: result.ok ? 'Every connection answers' : 'Some connections do not answer' });
  return result;
}

/** Where nothing is known to listen, nothing is wrong. */
function isFine(cell: ConnectivityCell): boolean {
  return cell.state === 'open' || cell.state === 'no-port';
}
