import { endpointNotices, isOwnMachine } from '@shared/domain/storage/external-endpoint';
import { insidePlace, type InsidePlace } from '@shared/domain/storage/inside-place';
import { portNumber, s3Address } from '@shared/domain/storage/s3-address';
import { S3_PROJECT } from '@shared/domain/storage/server-payload';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { PortsDoor } from '@main/platform/ports';
import type { S3Door, S3Options } from '@main/platform/s3/types';
import type { ProjectLink, S3Records } from './server-records';
import type { S3Place, S3ServerStatus } from './types';

/** A look at somebody else's server is part of a page that is being waited for. */
const LOOK_MS = 4_000;

/** What an external endpoint is reached with. */
export interface ExternalDependencies {
  readonly engine: Engine;
  readonly ports: Pick<PortsDoor, 'listeners'>;
  readonly records: S3Records;
  readonly openS3: (options: S3Options) => S3Door;
}

/** Where an external endpoint is, for clients here and in containers. */
export async function externalPlace(deps: ExternalDependencies, link: ProjectLink): Promise<S3Place> {
  const keys = await deps.records.given(link.keysRef);
  return { origin: 'external', endpoint: link.endpoint, ...(await insideOf(deps, link.endpoint)), region: link.region, ...keys };
}

async function insideOf({ engine, ports }: ExternalDependencies, endpoint: string): Promise<InsidePlace> {
  if (!isOwnMachine(endpoint)) return insidePlace(endpoint, { containers: [], listeners: [], engineName: '' });
  const question = { protocol: 'tcp', address: '', port: portNumber(s3Address(endpoint)) } as const;
  const [{ containers, foreign }, { name }, listeners] = await Promise.all([engine.observe(S3_PROJECT, []), engine.info(), ports.listeners([question])]);
  return insidePlace(endpoint, { containers: [...foreign, ...containers], engineName: name, listeners: listeners.map(({ address }) => address) });
}

/** Looks now; never rejects. */
export async function externalStatus(deps: ExternalDependencies, link: ProjectLink): Promise<S3ServerStatus> {
  const [{ health, detail }, unreachable] = await Promise.all([lookAt(deps, link), unreachableBy(deps, link)]);
  return {
    endpoint: link.endpoint, consoleUrl: null, origin: 'external', flavour: 'external', image: null, region: link.region, health, detail, credentials: 'given', volume: null, notices: [...endpointNotices(link.endpoint), ...unreachable],
  };
}

/** What cannot reach it, in sentences; where the engine is away that cannot be told. */
async function unreachableBy(deps: ExternalDependencies, link: ProjectLink): Promise<readonly string[]> {
  try {
    const { unreachable } = await insideOf(deps, link.endpoint);
    return [unreachable.containers ?? unreachable.services].flatMap((one) => (one === null ? [] : [`${one.message} ${one.hint}`]));
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
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
