import { runsInOwnMachine } from './mount-possible';
import { isOwnMachine } from './external-endpoint';
import { hostWithPort, portNumber, s3Address } from './s3-address';

/** A container as far as it may be the S3 server behind an address of this machine. */
export interface PublishingContainer {
  readonly name: string;
  readonly state: string;
  readonly ports: readonly { readonly hostIp: string; readonly hostPort: number; readonly containerPort: number; readonly protocol: string }[];
  readonly networks: readonly { readonly name: string; readonly ipAddress: string }[];
}

/** What decides how containers reach an endpoint. */
export interface InsideFacts {
  readonly containers: readonly PublishingContainer[];
  /** Addresses of this machine at which somebody listens on the endpoint's port. */
  readonly listeners: readonly string[];
  /** Name of the engine's machine. */
  readonly engineName: string;
}

/** Where containers find an endpoint. */
export interface InsidePlace {
  readonly endpointInside: string;
  /** The network it is found in; null: any. */
  readonly network: string | null;
  /** Containers have to be told where this machine is, under the name in the address. */
  readonly hostGateway: boolean;
  /** Why containers of Berth, or services of a project, cannot reach it; null when they can. */
  readonly unreachable: { readonly containers: Unreachable | null; readonly services: Unreachable | null };
}

/** One sentence why, and what to do. */
export interface Unreachable {
  readonly message: string;
  readonly hint: string;
}

/** The name by which a container reaches the machine of its engine. */
export const HOST_GATEWAY = 'host.docker.internal';
/** Networks every container can be in without having been put there: names are not resolved in them. */
const NAMELESS_NETWORKS: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);
const REACHED = { containers: null, services: null } as const;

/** An address of this machine is another one in a container: that of the container behind it, or of the engine's machine; a program that listens for this machine alone is reached by none. */
export function insidePlace(endpoint: string, facts: InsideFacts): InsidePlace {
  if (!isOwnMachine(endpoint)) return { endpointInside: endpoint, network: null, hostGateway: false, unreachable: REACHED };
  const address = s3Address(endpoint);
  const port = portNumber(address);
  const at = (host: string, number: number): string => `${address.scheme}://${hostWithPort({ scheme: address.scheme, host, port: String(number) })}`;
  const gateway = { endpointInside: at(HOST_GATEWAY, port), network: null, hostGateway: true };
  for (const { name, state, ports, networks } of facts.containers) {
    const published = state === 'running' ? ports.find((one) => one.hostPort === port && one.protocol === 'tcp') : undefined;
    if (published === undefined) continue;
    const named = networks.find((one) => !NAMELESS_NETWORKS.has(one.name));
    if (named !== undefined) return { endpointInside: at(name, published.containerPort), network: named.name, hostGateway: false, unreachable: REACHED };
    // Published for everybody: the machine's own address is one that services in other networks reach too, and it outlives the container.
    if (!isLoopback(published.hostIp)) return { ...gateway, unreachable: REACHED };
    const own = networks.find((one) => one.name === 'bridge' && one.ipAddress !== '');
    if (own !== undefined) return { endpointInside: at(own.ipAddress, published.containerPort), network: null, hostGateway: false, unreachable: { containers: null, services: usualNetwork(endpoint, name) } };
  }
  const isForThisMachine = facts.listeners.length > 0 && facts.listeners.every(isLoopback) && !runsInOwnMachine(facts.engineName);
  const alone = isForThisMachine ? listensAlone(endpoint, port) : null;
  return { ...gateway, unreachable: { containers: alone, services: alone } };
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

function usualNetwork(endpoint: string, container: string): Unreachable {
  return {
    message: `Services cannot reach S3 at ${endpoint}: it is the container ${container} in the engine’s usual network, which services of a project are not in.`,
    hint: `Give it a network of its own: docker network create s3 && docker network connect s3 ${container}`,
  };
}

function listensAlone(endpoint: string, port: number): Unreachable {
  return {
    message: `Containers cannot reach S3 at ${endpoint}: the program behind it listens at this machine’s own address only.`,
    hint: `Let it listen at 0.0.0.0:${String(port)} (behind a firewall) or at the engine’s address of this machine, run it as a container, or use the local S3: berth storage use local`,
  };
}
