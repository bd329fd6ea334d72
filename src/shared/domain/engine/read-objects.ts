import type { ComposeHealthcheck } from '../compose/model';
import type { ObservedContainer, ObservedImage, ObservedNetwork, ObservedVolume } from './observed';
import { fieldOf, listOf, numberOf, objectOf, textMapOf, textOf, textsOf } from './read-json';

/**
 * A network from `GET /networks`. The list does not say who is attached, so that is taken from the containers: those
 * that hold an endpoint now, which is what keeps a network from being removed.
 */
export function networkFromList(item: unknown, containers: readonly ObservedContainer[]): ObservedNetwork {
  const id = textOf(fieldOf(item, 'Id'));
  return {
    id,
    name: textOf(fieldOf(item, 'Name')),
    driver: textOf(fieldOf(item, 'Driver')),
    labels: textMapOf(fieldOf(item, 'Labels')),
    subnets: listOf(fieldOf(item, 'IPAM', 'Config')).map((config) => textOf(fieldOf(config, 'Subnet'))).filter((subnet) => subnet !== ''),
    containerIds: containers
      .filter((container) => container.state === 'running' || container.state === 'paused' || container.state === 'restarting')
      .filter((container) => container.networks.some((network) => network.networkId === id))
      .map((container) => container.id),
  };
}

/** Containers with the ids of their networks, where the engine gives the name in its place, as Podman does. */
export function withNetworkIds<C extends Pick<ObservedContainer, 'networks'>>(containers: readonly C[], networks: readonly unknown[]): readonly C[] {
  const ids = new Map(networks.map((item) => [textOf(fieldOf(item, 'Name')), textOf(fieldOf(item, 'Id'))] as const));
  const known = new Set(ids.values());
  const idOf = (networkId: string): string => (known.has(networkId) ? networkId : (ids.get(networkId) ?? networkId));
  return containers.map((one) => (one.networks.every(({ networkId }) => idOf(networkId) === networkId) ? one : { ...one, networks: one.networks.map((network) => ({ ...network, networkId: idOf(network.networkId) })) }));
}

/** A volume from `GET /volumes`. */
export function volumeFromList(item: unknown): ObservedVolume {
  return {
    name: textOf(fieldOf(item, 'Name')),
    driver: textOf(fieldOf(item, 'Driver')),
    labels: textMapOf(fieldOf(item, 'Labels')),
    createdAt: textOf(fieldOf(item, 'CreatedAt')),
    ...(Object.keys(objectOf(fieldOf(item, 'Options'))).length === 0 ? {} : { options: textMapOf(fieldOf(item, 'Options')) }),
  };
}

/** An image from `GET /images/{name}/json`. */
export function imageFromInspect(body: unknown): ObservedImage {
  const config = fieldOf(body, 'Config');
  const test = textsOf(fieldOf(config, 'Healthcheck', 'Test'));
  return {
    id: textOf(fieldOf(body, 'Id')),
    tags: textsOf(fieldOf(body, 'RepoTags')),
    ...(listOf(fieldOf(body, 'RepoDigests')).length === 0 ? {} : { digests: textsOf(fieldOf(body, 'RepoDigests')) }),
    labels: textMapOf(fieldOf(config, 'Labels')),
    volumes: Object.keys(objectOf(fieldOf(config, 'Volumes'))),
    exposedPorts: Object.keys(objectOf(fieldOf(config, 'ExposedPorts'))),
    architecture: textOf(fieldOf(body, 'Architecture')),
    os: textOf(fieldOf(body, 'Os')),
    hasHealthcheck: test.length > 0 && test[0] !== 'NONE',
    environment: textsOf(fieldOf(config, 'Env')),
    healthcheck: test.length === 0 ? undefined : healthcheckOf(fieldOf(config, 'Healthcheck'), test),
    ...(textOf(fieldOf(body, 'Created')) === '' ? {} : { createdAt: textOf(fieldOf(body, 'Created')) }),
    ...(/^(?!0001-)\d/.test(textOf(fieldOf(body, 'Metadata', 'LastTagTime'))) ? { taggedAt: textOf(fieldOf(body, 'Metadata', 'LastTagTime')) } : {}),
    ...(numberOf(fieldOf(body, 'Size')) === 0 ? {} : { sizeBytes: numberOf(fieldOf(body, 'Size')) }),
  };
}

/** The engine counts in nanoseconds; 0 is its own default. */
function healthcheckOf(check: unknown, test: readonly string[]): ComposeHealthcheck {
  const time = (name: string): string => `${String(numberOf(fieldOf(check, name)))}ns`;
  return { test, interval: time('Interval'), timeout: time('Timeout'), start_period: time('StartPeriod'), retries: numberOf(fieldOf(check, 'Retries')) };
}
