import type { OperationContext } from '@main/operations/types';
import { beginToGather, gather } from './gather';
import type { CreateDependencies } from './gather-types';
import { LOCAL } from './repositories';

/** Keeps files, settings, image ids and payloads of a project within the operation that asks for it, and resolves with the id of the snapshot. Nothing is held for it, so nothing of it is journaled: a crash leaves packs that no snapshot needs. */
export type MakeState = (request: { readonly projectId: string; readonly operationId: string; readonly reason: string }, signal: AbortSignal) => Promise<string>;

/** Makes them on this machine, wherever others go: a switch does not wait for a network. */
export function stateSnapshots(deps: CreateDependencies): MakeState {
  return async ({ projectId, operationId, reason }, signal) => {
    const repository = await deps.repositories.open(projectId, LOCAL);
    const { writer, look } = await beginToGather(deps, repository, projectId, signal);
    try {
      const request = { tag: null, reason, before: operationId, volumes: false, only: null, binds: [], buckets: [], consistency: null, repository: LOCAL };
      const { manifest } = await gather(deps, { context: quietly(operationId, signal), request, repository, name: LOCAL, writer, look });
      signal.throwIfAborted();
      await deps.notes.made(projectId, LOCAL, manifest.id, await writer.finish(manifest));
      return manifest.id;
    } finally {
      await writer.abandon();
    }
  };
}

function quietly(operationId: string, signal: AbortSignal): OperationContext {
  return { operationId, signal, effect: (_name, _intent, act) => act(), note: () => Promise.resolve(), commit: () => Promise.resolve(), records: () => [], progress: () => undefined, log: () => undefined };
}
