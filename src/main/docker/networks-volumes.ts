import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Door } from './door';

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

function named(kind: 'network' | 'volume', name: string): string {
  if (!NAME.test(name)) throw new AppError('not-found', `There is no ${kind} "${name}".`);
  return `/${kind}s/${name}`;
}

async function goneIsFine(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'not-found')) throw error;
  }
}

/** Creates a network and resolves with its id. CheckDuplicate: older engines would make a second one of the same name. */
export async function createNetwork(door: Door, name: string, payload: JsonObject): Promise<string> {
  const { body } = await door.send({ method: 'POST', path: '/networks/create', body: { ...payload, Name: name, CheckDuplicate: true }, doing: `create the network ${name}` });
  return textOf(fieldOf(body, 'Id'));
}

/** Gone already is fine. */
export async function removeNetwork(door: Door, id: string): Promise<void> {
  await goneIsFine(door.send({ method: 'DELETE', path: named('network', id), doing: 'remove the network' }));
}

/** Attaches a container of the project to a network. Being attached already is fine. */
export async function connectNetwork(door: Door, networkId: string, containerId: string, endpoint: JsonObject): Promise<void> {
  try {
    await door.send({ method: 'POST', path: `${named('network', networkId)}/connect`, body: { Container: containerId, EndpointConfig: endpoint }, doing: 'connect the container to the network' });
  } catch (error) {
    if (error instanceof AppError && /endpoint with name .* already exists in network|already attached to network/i.test(error.message)) return;
    throw error;
  }
}

/** Detaches a container of the project from a network. Not being attached is fine. */
export async function disconnectNetwork(door: Door, networkId: string, containerId: string, force: boolean): Promise<void> {
  try {
    await goneIsFine(door.send({ method: 'POST', path: `${named('network', networkId)}/disconnect`, body: { Container: containerId, Force: force }, doing: 'disconnect the container from the network' }));
  } catch (error) {
    if (error instanceof AppError && /is not connected to/i.test(error.message)) return;
    throw error;
  }
}

/** Creates a volume; one of the same name that exists already is left as it is. */
export async function createVolume(door: Door, name: string, payload: JsonObject): Promise<void> {
  await door.send({ method: 'POST', path: '/volumes/create', body: { ...payload, Name: name }, doing: `create the volume ${name}` });
}

/** Gone already is fine; one in use is refused by the engine. */
export async function removeVolume(door: Door, name: string): Promise<void> {
  await goneIsFine(door.send({ method: 'DELETE', path: named('volume', name), doing: `remove the volume ${name}` }));
}
