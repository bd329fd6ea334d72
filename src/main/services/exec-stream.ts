import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isOfFolder } from '@shared/domain/modes/active-mode';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { ExecInputs } from './exec-inputs';
import { unknownService } from './log-stream';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

type ExecDependencies = Pick<ServicesDependencies, 'engine' | 'projects'>;

/** Runs a command in the first running container of a service and streams what it writes, then its exit code. */
export async function streamExec(deps: ExecDependencies, service: ServicesService, input: ParsedInputOf<'services.exec'>, signal: AbortSignal, push: (item: OutputOf<'services.exec'>) => void): Promise<void> {
  const { engine, container } = await runningContainer(deps, service, input);
  // A character may be cut between two chunks: each stream has a decoder of its own.
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const code = await engine.exec(
    container.id,
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

/** The same with an input and every byte as it is; with `tty` the command has a terminal of its own. */
export async function streamAttach(deps: ExecDependencies, service: ServicesService, inputs: ExecInputs, input: ParsedInputOf<'services.attach'>, signal: AbortSignal, push: (item: OutputOf<'services.attach'>) => void): Promise<void> {
  const { engine, container } = await runningContainer(deps, service, input);
  try {
    const code = await engine.exec(container.id, input.command, (stream, data) => push({ type: 'output', stream, base64: Buffer.from(data).toString('base64') }), signal, {
      tty: input.tty ?? null,
      onStarted(stdin) {
        inputs.begin(input.input, stdin);
        push({ type: 'started' });
      },
    });
    push({ type: 'exit', code });
  } finally {
    inputs.forget(input.input);
  }
}

async function runningContainer(deps: ExecDependencies, service: ServicesService, input: { readonly project: string; readonly service: string }): Promise<{ readonly engine: Engine; readonly container: ObservedContainer }> {
  const project = await deps.projects.resolve(input.project);
  const authorization = await deps.projects.authorization(project.id);
  const { observed, loaded } = await service.look(project);
  const containers = observed.containers.filter((one) => one.service === input.service && !one.oneOff && isOfFolder(project.dir, one));
  const running = containers.find((one) => one.state === 'running');
  if (running !== undefined) return { engine: deps.engine.as(authorization), container: running };
  const known = Object.values(loaded).flatMap((one) => Object.keys(one.model.services));
  if (containers.length === 0 && !known.includes(input.service)) throw unknownService(project.name, input.service, known);
  throw new AppError('service-not-found', `${input.service} does not run.`, { service: input.service, hint: 'Start it first: `berth services start`.' });
}
