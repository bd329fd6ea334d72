import type { ObservedContainer } from '@shared/domain/engine/observed';
import { engineTime } from '@shared/domain/logs/log-time';
import { isOfFolder } from '@shared/domain/modes/active-mode';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** Whose logs are asked for, and of which time. */
export interface LogRequest {
  readonly project: string;
  readonly service?: string | undefined;
  readonly services?: readonly string[] | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** The containers whose logs they are, as they are now. */
export interface LogSources {
  readonly project: Project;
  readonly containers: readonly ObservedContainer[];
  /** Empty: all services. */
  readonly wanted: ReadonlySet<string>;
  /** As the engine takes it. */
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** What writes the logs that are asked for. Rejects for a service that neither a mode nor a container has. */
export async function logSources(deps: Pick<ServicesDependencies, 'projects'>, service: ServicesService, request: LogRequest): Promise<LogSources> {
  const [since, until] = [momentOf(request.since), momentOf(request.until)];
  const project = await deps.projects.resolve(request.project);
  const { observed, loaded } = await service.look(project);
  const wanted = new Set([...(request.service === undefined ? [] : [request.service]), ...(request.services ?? [])]);
  const own = observed.containers.filter((one) => !one.oneOff && isOfFolder(project.dir, one));
  const declared = Object.values(loaded).flatMap((one) => Object.keys(one.model.services));
  for (const name of wanted) if (!declared.includes(name) && !own.some((one) => one.service === name)) throw unknownService(project.name, name, declared);
  return { project, containers: own.filter((one) => isWanted(wanted, one.service)), wanted, since, until };
}

/** Whether the logs of a service are asked for. */
export function isWanted(wanted: ReadonlySet<string>, service: string): boolean {
  return wanted.size === 0 || wanted.has(service);
}

/** The error for a name that no mode and no container has. */
export function unknownService(project: string, service: string, known: readonly string[]): AppError {
  return new AppError('service-not-found', `${project} has no service called ${service}.`, { hint: known.length === 0 ? 'See `berth services list`.' : `Its services are ${[...new Set(known)].sort().join(', ')}.` });
}

function momentOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const moment = engineTime(text, Date.now());
  if (moment === null) throw new AppError('input-invalid', `“${text}” is no time.`, { hint: 'Write how long ago (15m, 1h30m) or when (2026-01-31T10:00:00Z).' });
  return moment;
}
