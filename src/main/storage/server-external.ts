import { endpointNotices, isOwnMachine, portOf } from '@shared/domain/storage/external-endpoint';
import { S3_PROJECT } from '@shared/domain/storage/server-payload';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { ProjectLink, S3Records } from './server-records';
import type { S3Place, S3ServerStatus } from './types';

/** A look at somebody else's server is part of a page that is being waited for. */
const LOOK_MS = 4_000;
/** Networks every container can be in without having been put there: names are not resolved in them. */
const NAMELESS_NETWORKS = new Set(['bridge', 'host', 'none']);

/** What an external endpoint is reached with. */
export interface ExternalDependencies {
  readonly engine: Engine;
  readonly records: S3Records;
  readonly openS3: (options: S3Options) => S3Door;
}

/** Where an external endpoint is, for clients here and in containers. */
export async function externalPlace(deps: ExternalDependencies, link: ProjectLink): Promise<S3Place> {
  const keys = await deps.records.given(link.keysRef);
  return { origin: 'external', endpoint: link.endpoint, ...(await insideOf(deps.engine, link.endpoint)), region: link.region, ...keys };
}

/** An address of this machine is another one in a container: the server's own container when it is one, else the gateway. */
async function insideOf(engine: Engine, endpoint: string): Promise<{ readonly endpointInside: string; readonly network: string | null }> {
  if (!isOwnMachine(endpoint)) return { endpointInside: endpoint, network: null };
  const port = portOf(endpoint);
  const { containers, foreign } = await engine.observe(S3_PROJECT, []);
  for (const container of [...foreign, ...containers]) {
    const published = container.ports.find((one) => one.hostPort === port && one.protocol === 'tcp');
    const network = container.networks.find(({ name }) => !NAMELESS_NETWORKS.has(name));
    if (published !== undefined && network !== undefined) return { endpointInside: `${new URL(endpoint).protocol}//${container.name}:${String(published.containerPort)}`, network: network.name };
  }
  const url = new URL(endpoint);
  url.hostname = 'host.docker.internal';
  return { endpointInside: url.origin, network: null };
}

/** Looks now; never rejects. */
export async function externalStatus(deps: ExternalDependencies, link: ProjectLink): Promise<S3ServerStatus> {
  const { health, detail } = await lookAt(deps, link);
  return {
    endpoint: link.endpoint, consoleUrl: null, origin: 'external', flavour: 'external', image: null, region: link.region, health, detail, credentials: 'given', volume: null, notices: [...endpointNotices(link.endpoint)],
  };
}

async function lookAt(deps: ExternalDependencies, link: ProjectLink): Promise<Pick<S3ServerStatus, 'health' | 'detail'>> {
  let door: S3Door | undefined;
  try {
    door = deps.openS3({ endpoint: link.endpoint, region: link.region, ...(await deps.records.given(link.keysRef)), deadlineMs: LOOK_MS });
    const names = await door.bucketNames();
    return { health: 'healthy', detail: `It answers and has ${names.length === 1 ? 'one bucket' : `${String(names.length)} buckets`} for these keys.` };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Keys for some buckets only need not be allowed to list them all.
    if (error.details?.['code'] === 'AccessDenied') return { health: 'healthy', detail: 'It answers; these keys may not list all buckets.' };
    return { health: error.code === 'service-unreachable' ? 'unreachable' : 'unhealthy', detail: error.message };
  } finally {
    door?.close();
  }
}
