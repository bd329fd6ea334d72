import type { OutputOf } from '@shared/contract/contract';
import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import type { LogChunkLine } from '@main/docker/types';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

type LogLine = OutputOf<'services.logs'>;

/**
 * The lines of all containers of a service. Without `follow` they are merged by time; with it they come as they are
 * written, and a container that takes the place of another is followed as well, until the signal aborts.
 */
export async function streamLogs(
  deps: Pick<ServicesDependencies, 'engine' | 'projects'>,
  service: ServicesService,
  input: { readonly project: string; readonly service: string; readonly follow: boolean; readonly tail: number },
  signal: AbortSignal,
  push: (line: LogLine) => void,
): Promise<void> {
  const project = await deps.projects.resolve(input.project);
  const seen = await service.look(project);
  const containers = seen.observed.containers.filter((one) => one.service === input.service && !one.oneOff && isOfFolder(project.dir, one));
  const declared = Object.values(seen.loaded).some((one) => one.model.services[input.service] !== undefined);
  if (containers.length === 0 && !declared) throw unknownService(project.name, input.service, Object.values(seen.loaded).flatMap((one) => Object.keys(one.model.services)));
  const line = (containerId: string, one: LogChunkLine): LogLine => ({ service: input.service, containerId, stream: one.stream, time: one.time, text: one.text });

  if (!input.follow) {
    const read = await Promise.all(containers.map(async (one) => (await deps.engine.logTail(one.id, input.tail)).map((chunk) => line(one.id, chunk))));
    for (const one of read.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))) push(one);
    return;
  }

  const followed = new Set<string>();
  const follow = (id: string, tail: number): void => {
    if (followed.has(id)) return;
    followed.add(id);
    deps.engine.followLogs(id, { tail, follow: true }, (chunk) => push(line(id, chunk)), signal).then(
      () => followed.delete(id),
      () => followed.delete(id), // Removed, or the engine went away: what comes next has its own start event.
    );
  };
  const subscription = deps.engine.onEvent((event) => {
    if (event.type !== 'container' || event.action !== 'start') return;
    if (event.attributes['com.docker.compose.project'] === project.name && event.attributes['com.docker.compose.service'] === input.service) follow(event.id, containers.some((one) => one.id === event.id) ? 0 : input.tail);
  });
  try {
    for (const one of containers) {
      if (isAlive(one)) follow(one.id, input.tail);
      else for (const chunk of await deps.engine.logTail(one.id, input.tail)) push(line(one.id, chunk));
    }
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    subscription.dispose();
  }
}

/** The error for a name that no mode and no container has. */
export function unknownService(project: string, service: string, known: readonly string[]): AppError {
  return new AppError('service-not-found', `${project} has no service called ${service}.`, { hint: known.length === 0 ? 'See `berth services list`.' : `Its services are ${[...new Set(known)].sort().join(', ')}.` });
}
