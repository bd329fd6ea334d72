import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import { Demultiplexer } from './log-lines';
import { containerPath } from './observe';

/**
 * Runs a command in a container of the project and resolves with its exit code. The engine has no way to end a command
 * it started: an abort stops the listening only.
 */
export async function execCommand(door: Door, containerId: string, command: readonly string[], onOutput: (stream: 'stdout' | 'stderr', data: Uint8Array) => void, signal?: AbortSignal): Promise<number> {
  const created = await door.send({
    method: 'POST',
    path: `${containerPath(containerId)}/exec`,
    body: { AttachStdout: true, AttachStderr: true, Tty: false, Cmd: [...command] },
    doing: 'run a command in the container',
    signal,
  });
  const id = textOf(fieldOf(created.body, 'Id'));
  door.authorizer.noteExec(id);
  const transport = await door.transport();
  const socket = await door.hijack({ method: 'POST', path: `/exec/${id}/start`, body: { Detach: false, Tty: false }, doing: 'run a command in the container', signal });
  const frames = new Demultiplexer(onOutput);
  await new Promise<void>((resolve, reject) => {
    const aborted = () => {
      socket.destroy();
      reject(new AppError('cancelled', 'Cancelled.'));
    };
    signal?.addEventListener('abort', aborted, { once: true });
    socket.on('data', (chunk: Buffer) => frames.write(chunk));
    socket.on('end', resolve);
    socket.on('close', resolve);
    socket.on('error', (error) => reject(transport.streamFailure(error)));
  });
  const state = await door.read(`/exec/${id}/json`, 'tell how the command ended');
  const exitCode = fieldOf(state, 'ExitCode');
  if (fieldOf(state, 'Running') === true || typeof exitCode !== 'number') throw new AppError('engine-unreachable', 'The connection to the command broke before it ended.');
  return exitCode;
}
