import type { ObservedContainer } from '@shared/domain/engine/observed';
import { fieldOf, numberOf, textOf, textsOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { BindChecker } from './bind-check';
import type { Door } from './door';
import { containerPath } from './observe';
import type { BindCheck } from './types';
import { chunksOf } from './whole-stream';

/** What the engine itself adds to the grace before a stop is overdue. */
const STOP_EXTRA_MS = 5000;

async function goneIsFine(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return;
    throw error;
  }
}

/** Where several containers are made at once that mount one new volume, each fills it from its image, and the engine refuses whoever comes second to a file. A volume that is filled by then is taken as it is. */
const FILLED_MEANWHILE = /\/_data\/.*: file exists/i;
const FILL_ATTEMPTS = 5;
const REMOVE_ATTEMPTS = 3;

/** Changes to containers. Each is one call; asking twice is as good as once wherever the engine allows it. */
export class Containers {
  constructor(
    private readonly door: Door,
    private readonly binds: BindChecker,
  ) {}

  async create(name: string, payload: JsonObject): Promise<{ readonly id: string; readonly warnings: readonly string[] }> {
    const body = await this.made(name, payload, FILL_ATTEMPTS);
    const id = textOf(fieldOf(body, 'Id'));
    if (id === '') throw new AppError('engine-refused', `Docker could not create ${name}: its answer names no container.`);
    this.door.authorizer.noteContainer(id);
    return { id, warnings: textsOf(fieldOf(body, 'Warnings')) };
  }

  private async made(name: string, payload: JsonObject, attempts: number): Promise<unknown> {
    try {
      return (await this.door.send({ method: 'POST', path: '/containers/create', query: { name }, body: payload, doing: `create ${name}` })).body;
    } catch (error) {
      if (attempts <= 1 || !(error instanceof AppError) || !FILLED_MEANWHILE.test(error.message)) throw error;
      return this.made(name, payload, attempts - 1);
    }
  }

  async start(id: string): Promise<BindCheck> {
    const expected = await this.binds.before(this.door, id);
    await this.door.send({ method: 'POST', path: `${containerPath(id)}/start`, doing: 'start the container' });
    return this.binds.after(this.door, expected);
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    await this.door.send({ method: 'POST', path: `${containerPath(id)}/stop`, query: { t: graceSeconds }, doing: 'stop the container', deadlineMs: graceSeconds * 1000 + STOP_EXTRA_MS });
  }

  async restart(id: string, graceSeconds: number): Promise<BindCheck> {
    const expected = await this.binds.before(this.door, id);
    await this.door.send({ method: 'POST', path: `${containerPath(id)}/restart`, query: { t: graceSeconds }, doing: 'restart the container', deadlineMs: graceSeconds * 1000 + 6 * STOP_EXTRA_MS });
    return this.binds.after(this.door, expected);
  }

  /** Not running any more is what a kill wants. */
  async kill(id: string, signal: string): Promise<void> {
    try {
      await this.door.send({ method: 'POST', path: `${containerPath(id)}/kill`, query: { signal }, doing: 'kill the container' });
    } catch (error) {
      if (error instanceof AppError && (error.details?.['status'] === 409 || /is not running/i.test(error.message))) return;
      throw error;
    }
  }

  /** Its processes stand still. Resolves with false when it was paused already: then it is not ours to continue. */
  async pause(id: string): Promise<boolean> {
    try {
      await this.door.send({ method: 'POST', path: `${containerPath(id)}/pause`, doing: 'pause the container' });
      return true;
    } catch (error) {
      if (error instanceof AppError && /already paused/i.test(error.message)) return false;
      throw error;
    }
  }

  /** One that is not paused, not running or gone is what this wants too. */
  async unpause(id: string): Promise<void> {
    try {
      await goneIsFine(this.door.send({ method: 'POST', path: `${containerPath(id)}/unpause`, doing: 'continue the container' }));
    } catch (error) {
      if (error instanceof AppError && /is not paused|is not running/i.test(error.message)) return;
      throw error;
    }
  }

  async remove(id: string, options: { readonly force: boolean; readonly anonymousVolumes: boolean }): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await goneIsFine(this.door.send({ method: 'DELETE', path: containerPath(id), query: { force: options.force, v: options.anonymousVolumes }, doing: 'remove the container' }));
      } catch (error) {
        const message = error instanceof AppError ? error.message : '';
        // Somebody else is removing it right now: gone as soon as that is done.
        if (/removal of container .* is already in progress/i.test(message)) return this.waitRemoved(id);
        // It ended between the engine's look and its kill: the engine gives up then, and what would have removed it at its end has left that to this call.
        if (attempt === REMOVE_ATTEMPTS || !/could not kill .* is not running/is.test(message)) throw error;
      }
    }
  }

  async rename(id: string, name: string): Promise<void> {
    await this.door.send({ method: 'POST', path: `${containerPath(id)}/rename`, query: { name }, doing: `rename the container to ${name}` });
  }

  async setRestartPolicy(id: string, policy: { readonly name: string; readonly maximumRetryCount: number }): Promise<void> {
    await this.door.send({
      method: 'POST',
      path: `${containerPath(id)}/update`,
      body: { RestartPolicy: { Name: policy.name, MaximumRetryCount: policy.maximumRetryCount } },
      doing: 'change the restart policy of the container',
    });
  }

  /** Waits for as long as it takes; `signal` ends the waiting. */
  async wait(id: string, signal?: AbortSignal): Promise<number> {
    const stream = await this.door.open({ method: 'POST', path: `${containerPath(id)}/wait`, query: { condition: 'not-running' }, doing: 'wait for the container', signal });
    const transport = await this.door.transport();
    let text = '';
    try {
      for await (const chunk of chunksOf(stream)) text += chunk.toString('utf8');
    } catch (error) {
      if (signal?.aborted === true) throw new AppError('cancelled', 'Cancelled.');
      throw transport.streamFailure(error);
    }
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      throw new AppError('engine-refused', 'Docker could not wait for the container: its answer cannot be read.');
    }
    const message = textOf(fieldOf(body, 'Error', 'Message'));
    if (message !== '') throw new AppError('engine-refused', `Docker could not wait for the container: ${message}`);
    return numberOf(fieldOf(body, 'StatusCode'));
  }

  /** Copies a tar into a container, created or running. */
  async putArchive(id: string, path: string, tar: Uint8Array): Promise<void> {
    await this.door.send({ method: 'PUT', path: `${containerPath(id)}/archive`, query: { path }, upload: Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength), doing: `copy files into ${path} of the container` });
  }

  async inspectRaw(id: string): Promise<unknown> {
    return this.door.read(`${containerPath(id)}/json`, 'inspect a container');
  }

  async top(container: ObservedContainer, psArguments: string): Promise<unknown> {
    return this.door.read(`${containerPath(container.id)}/top`, 'list the processes of a container', { ps_args: psArguments });
  }

  private async waitRemoved(id: string): Promise<void> {
    await goneIsFine(this.door.send({ method: 'POST', path: `${containerPath(id)}/wait`, query: { condition: 'removed' }, doing: 'remove the container', deadlineMs: 30_000 }));
  }
}
