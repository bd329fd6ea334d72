import type { OutputOf } from '@shared/contract/contract';
import { isOfFolder } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import { unknownService } from './log-stream';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** Runs a command in the first running container of a service and streams what it writes, then its exit code. */
export async function streamExec(
  deps: Pick<ServicesDependencies, 'engine' | 'projects'>,
  service: ServicesService,
  input: { readonly project: string; readonly service: string; readonly command: readonly string[] },
  signal: AbortSignal,
  push: (item: OutputOf<'services.exec'>) => void,
): Promise<void> {
  const project = await deps.projects.resolve(input.project);
  const authorization = await deps.projects.authorization(project.id);
  const { observed, loaded } = await service.look(project);
  const containers = observed.containers.filter((one) => one.service === input.service && !one.oneOff && isOfFolder(project.dir, one));
  const running = containers.find((one) => one.state === 'running');
  if (running === undefined) {
    const known = Object.values(loaded).flatMap((one) => Object.keys(one.model.services));
    if (containers.length === 0 && !known.includes(input.service)) throw unknownService(project.name, input.service, known);
    throw new AppError('service-not-found', `${input.service} does not run.`, { service: input.service, hint: 'Start it first: `berth services start`.' });
  }
  // A character may be cut between two chunks: each stream has a decoder of its own.
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const code = await deps.engine.as(authorization).exec(
    running.id,
    input.command,
    (stream, data) => {
      const text = decoders[stream].decode(data, { stream: true });
      if (text !== '') push({ type: 'output', stream, text });
    },
    signal,
  );
  for (const stream of ['stdout', 'stderr'] as const) {
    const rest = decoders[stream].decode();
    if (rest !== '') push({ type: 'output', stream, text: rest });
  }
  push({ type: 'exit', code });
}
