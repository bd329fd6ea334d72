import type { Duplex } from 'node:stream';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import { Demultiplexer } from './log-lines';
import { containerPath } from './observe';
import type { ExecAs, ExecAttach, RunningExec, TerminalSize } from './types';

/** From this version on a command can be made with the size of its terminal; before, programs see it a moment after their start. */
const SIZED_EXEC_VERSION = '1.42';

type OnOutput = (stream: 'stdout' | 'stderr', data: Uint8Array) => void;

/**
 * Runs a command in a container of the project and resolves with its exit code. The engine has no way to end a command
 * it started: an abort closes its input and stops the listening only.
 */
export async function execCommand(door: Door, containerId: string, command: readonly string[], onOutput: OnOutput, signal?: AbortSignal, attach?: ExecAttach, as?: ExecAs): Promise<number> {
  const tty = attach?.tty ?? null;
  const transport = await door.transport();
  const created = await door.send({
    method: 'POST',
    path: `${containerPath(containerId)}/exec`,
    body: { ...(attach === undefined ? {} : { AttachStdin: true }), AttachStdout: true, AttachStderr: true, Tty: tty !== null, ...(tty === null ? {} : { Env: ['TERM=xterm-256color'], ...(transport.supports(SIZED_EXEC_VERSION) ? { ConsoleSize: [tty.rows, tty.columns] } : {}) }), ...asFields(as), Cmd: [...command] },
    doing: 'run a command in the container',
    signal,
  });
  const id = textOf(fieldOf(created.body, 'Id'));
  door.authorizer.noteExec(id);
  const socket = await door.hijack({ method: 'POST', path: `/exec/${id}/start`, body: { Detach: false, Tty: tty !== null }, doing: 'run a command in the container', signal });
  // With a terminal both streams are one, and there are no frames.
  const frames = new Demultiplexer(onOutput);
  const ended = new Promise<void>((resolve, reject) => {
    const aborted = () => {
      socket.destroy();
      reject(new AppError('cancelled', 'Cancelled.'));
    };
    // It may have been cancelled while the connection was made.
    if (signal?.aborted === true) aborted();
    signal?.addEventListener('abort', aborted, { once: true });
    socket.on('data', (chunk: Buffer) => (tty === null ? frames.write(chunk) : onOutput('stdout', chunk)));
    socket.on('end', resolve);
    socket.on('close', resolve);
    socket.on('error', (error) => reject(transport.streamFailure(error)));
  });
  const running = runningOf(door, id, socket, tty !== null);
  if (tty !== null) void running.resize(tty);
  attach?.onStarted(running);
  await ended;
  const state = await door.read(`/exec/${id}/json`, 'tell how the command ended');
  const exitCode = fieldOf(state, 'ExitCode');
  // A command that ended by itself meanwhile may still have printed more than arrived.
  if (frames.incomplete || fieldOf(state, 'Running') === true || typeof exitCode !== 'number') throw new AppError('engine-unreachable', 'The connection to the command broke before it ended.');
  return exitCode;
}

function asFields({ user, workingDir, environment = [] }: ExecAs = {}): { readonly [field: string]: string | readonly string[] } {
  return { ...(user === undefined ? {} : { User: user }), ...(workingDir === undefined ? {} : { WorkingDir: workingDir }), ...(environment.length === 0 ? {} : { Env: environment }) };
}

function runningOf(door: Door, id: string, socket: Duplex, hasTerminal: boolean): RunningExec {
  return {
    // Answered when it is on its way, so that no more is read than the command takes; what nobody takes any more is dropped.
    write: (data) => new Promise((resolve) => (socket.destroyed || socket.writableEnded ? resolve() : void socket.write(data, () => resolve()))),
    end: () => void socket.end(),
    resize: async (size) => {
      if (hasTerminal && !socket.destroyed) await resize(door, id, size);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}

/** A command that ended meanwhile has no size any more, and what cannot be drawn anew goes on as it was. */
async function resize(door: Door, id: string, { columns, rows }: TerminalSize): Promise<void> {
  try {
    await door.send({ method: 'POST', path: `/exec/${id}/resize`, query: { h: rows, w: columns }, doing: 'change the size of the terminal' });
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'policy-refused') throw error;
  }
}
