import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isOfFolder } from '@shared/domain/modes/active-mode';
import { END_OWNED_MS, endingSession, NumberLine, SHELL_OF_CONTAINER, tellingItsNumber } from '@shared/domain/services/owned-command';
import { AppError } from '@shared/kernel/app-error';
import type { Engine, RunningExec } from '@main/docker/types';
import type { AttachedCommands } from './attached-commands';
import { unknownService } from './log-sources';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

/** How long its number is waited for; it is the first thing it writes, but an engine with much to do starts it late. */
const NUMBER_MS = 8_000;

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

type Attach = ParsedInputOf<'services.attach'>;
type OnAttached = (item: OutputOf<'services.attach'>) => void;

/** The same with an input and every byte as it is; with `tty` the command has a terminal of its own. An owned one ends with the signal. */
export async function streamAttach(deps: ExecDependencies, service: ServicesService, attached: AttachedCommands, input: Attach, signal: AbortSignal, push: OnAttached): Promise<void> {
  const { engine, container } = await runningContainer(deps, service, input);
  const command = input.command.length === 0 ? SHELL_OF_CONTAINER : input.command;
  if (input.owned) return runOwned(engine, container.id, attached, { ...input, command: [...command] }, signal, push);
  await run(engine, container.id, attached, { ...input, command: [...command] }, signal, push);
}

/** What an owned command does first is not passed on. */
interface Beginning {
  /** What is passed on of what it writes. */
  readonly passed: (data: Uint8Array) => Uint8Array;
  /** Whether all of it was seen. */
  readonly isOver: () => boolean;
  /** Throws for an end that is none. */
  readonly judge: (code: number) => void;
}

const NO_BEGINNING: Beginning = { passed: (data) => data, isOver: () => true, judge: () => undefined };

/** Runs it and tells its end. Nobody types into it before its beginning is over: a terminal would show what is typed in the middle of it. */
async function run(engine: Engine, containerId: string, attached: AttachedCommands, input: Attach, signal: AbortSignal, push: OnAttached, beginning: Beginning = NO_BEGINNING): Promise<void> {
  let waiting: RunningExec | null = null;
  const begin = (): void => {
    if (waiting === null || !beginning.isOver()) return;
    attached.begin(input.input, waiting, input.paced);
    waiting = null;
    push({ type: 'started' });
  };
  const onOutput = (stream: 'stdout' | 'stderr', piece: Uint8Array): void => {
    const data = stream === 'stdout' ? beginning.passed(piece) : piece;
    begin();
    if (data.length === 0) return;
    attached.sent(input.input, data.length);
    push({ type: 'output', stream, base64: Buffer.from(data).toString('base64') });
  };
  try {
    const code = await engine.exec(containerId, input.command, onOutput, signal, {
      tty: input.tty ?? null,
      onStarted(running) {
        waiting = running;
        begin();
      },
    });
    beginning.judge(code);
    push({ type: 'exit', code });
  } finally {
    attached.forget(input.input);
  }
}

/** One that has told its number can be ended: one that is given up before that is waited for a moment. */
async function runOwned(engine: Engine, containerId: string, attached: AttachedCommands, input: Attach, signal: AbortSignal, push: OnAttached): Promise<void> {
  const numbers = new NumberLine();
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    if (numbers.session !== null) over.abort();
    else timer ??= setTimeout(() => over.abort(), NUMBER_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  const passed = (data: Uint8Array): Uint8Array => {
    const rest = numbers.rest(data);
    if (timer !== undefined || signal.aborted) end();
    return rest;
  };
  const judge = (code: number): void => {
    if (numbers.session === null && lacksShell(code, numbers.instead())) throw noShell(input.service);
  };
  await attached.own(end, async () => {
    try {
      if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      await run(engine, containerId, attached, { ...input, command: [...tellingItsNumber(input.command)] }, over.signal, push, { passed, judge, isOver: () => numbers.done });
    } catch (error) {
      // Some engines say it before anything runs.
      throw numbers.session === null && error instanceof AppError && NO_PROGRAM.test(error.message) ? noShell(input.service) : error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (over.signal.aborted && numbers.session !== null) await endSession(engine, containerId, numbers.session);
    }
  });
}

const NO_PROGRAM = /executable file not found|no such file or directory/i;

function lacksShell(code: number, output: Uint8Array): boolean {
  return (code === 126 || code === 127) && NO_PROGRAM.test(new TextDecoder().decode(output));
}

function noShell(service: string): AppError {
  return new AppError('not-supported', `The image of ${service} has no shell.`, { service, hint: 'Programs in it are run by their path: `berth services exec`.' });
}

/** A container that stopped meanwhile took everything with it. */
async function endSession(engine: Engine, containerId: string, session: number): Promise<void> {
  await engine.exec(containerId, endingSession(session), () => undefined, AbortSignal.timeout(END_OWNED_MS)).catch(() => undefined);
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
