import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { engineAddress, engineCandidates, type CandidateInput, type DockerContext, type EngineCandidate } from '@shared/domain/engine/candidates';
import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { AppError } from '@shared/kernel/app-error';
import { openTransport } from './open-transport';
import type { Transport } from './transport';
import type { EngineEndpoint, ListedPlace } from './types';

/** Where and as whom to look: taken from the process by default, given by tests. */
export interface FindEngineOptions {
  readonly env: { readonly [name: string]: string | undefined };
  readonly platform: 'linux' | 'darwin' | 'win32';
  readonly homeDir: string;
  readonly userId: number | undefined;
  /** What the user chose in Berth; empty: the first that answers. */
  readonly chosen?: (() => string) | undefined;
}

/** `tried` has one line for each place, in order, as `doctor` prints them. */
export interface FoundEngine {
  readonly transport: Transport | null;
  readonly endpoint: EngineEndpoint | null;
  readonly message: string;
  readonly hint: string | undefined;
  readonly tried: readonly string[];
}

const PROBE_DEADLINE_MS = 3000;

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

async function readContexts(configDir: string): Promise<readonly DockerContext[]> {
  const metaDir = join(configDir, 'contexts', 'meta');
  const entries = await readdir(metaDir).catch(() => [] as string[]);
  const metas = await Promise.all(entries.map((entry) => readJson(join(metaDir, entry, 'meta.json'))));
  return metas
    .map((meta) => ({ name: textOf(fieldOf(meta, 'Name')), host: textOf(fieldOf(meta, 'Endpoints', 'docker', 'Host')) }))
    .filter((context) => context.name !== '' && context.host !== '');
}

/** Folder of the docker CLI's configuration. */
export function dockerConfigDir(options: Pick<FindEngineOptions, 'env' | 'homeDir'>): string {
  return options.env['DOCKER_CONFIG'] || join(options.homeDir, '.docker');
}

/** What the places are made from: read anew each time, since a context may be made at any time. */
export async function candidateInput(options: FindEngineOptions): Promise<CandidateInput> {
  const configDir = dockerConfigDir(options);
  const [config, contexts] = await Promise.all([readJson(join(configDir, 'config.json')), readContexts(configDir)]);
  const current = textOf(fieldOf(config, 'currentContext'));
  const { env, platform, homeDir, userId } = options;
  return { env, platform, homeDir, userId, contexts, currentContext: current === '' ? undefined : current, chosen: options.chosen?.() };
}

async function tlsFiles(options: FindEngineOptions, candidate: EngineCandidate) {
  let folder = options.env['DOCKER_CERT_PATH'];
  if (candidate.origin.startsWith('context ')) {
    const digest = createHash('sha256').update(candidate.origin.slice('context '.length)).digest('hex');
    folder = join(dockerConfigDir(options), 'contexts', 'tls', digest, 'docker');
  }
  const read = (name: string) => (folder === undefined ? Promise.resolve(undefined) : readFile(join(folder, name)).catch(() => undefined));
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { ca, cert, key };
}

/** Opens a transport to one place and proves with a ping that an engine answers there. */
async function tryCandidate(options: FindEngineOptions, candidate: EngineCandidate, deadlineMs = PROBE_DEADLINE_MS): Promise<Transport> {
  const address = engineAddress(candidate.uri, (options.env['DOCKER_TLS_VERIFY'] ?? '') !== '');
  if (address.kind === 'unsupported') throw new AppError('engine-unreachable', address.message, { hint: address.hint });
  const tls = address.kind === 'tcp' && address.tls ? await tlsFiles(options, candidate) : undefined;
  const transport = await openTransport({ uri: candidate.uri, origin: candidate.origin }, address, tls);
  try {
    await transport.ping(deadlineMs);
    return transport;
  } catch (error) {
    transport.close();
    throw error;
  }
}

/** Asks one place whether an engine answers there. Never rejects. */
export async function lookAtPlace(options: FindEngineOptions, candidate: EngineCandidate, deadlineMs: number): Promise<ListedPlace['look']> {
  try {
    const transport = await tryCandidate(options, candidate, deadlineMs);
    const headers = await transport.ping(deadlineMs).finally(() => transport.close());
    return { state: 'answers', apiVersion: String(headers['api-version'] ?? '') };
  } catch (error) {
    const reason = error instanceof AppError ? error : new AppError('engine-unreachable', error instanceof Error ? error.message : String(error));
    return { state: reason.details?.['code'] === 'ENOENT' ? 'absent' : 'refuses', reason: reason.message };
  }
}

/**
 * Looks for an engine in all the usual places, best first. Never rejects. `only` restricts the search to the engine
 * that was used before: after an outage Berth must not carry on with another one.
 */
export async function findEngine(options: FindEngineOptions, only?: EngineEndpoint): Promise<FoundEngine> {
  const candidates: readonly EngineCandidate[] = only === undefined ? engineCandidates(await candidateInput(options)) : [only];
  const tried: string[] = [];
  let worst: AppError | undefined;
  for (const candidate of candidates) {
    try {
      const transport = await tryCandidate(options, candidate);
      return { transport, endpoint: { uri: candidate.uri, origin: candidate.origin }, message: '', hint: undefined, tried: [...tried, `${candidate.origin} (${candidate.uri}): answers`] };
    } catch (error) {
      const reason = error instanceof AppError ? error : new AppError('engine-unreachable', error instanceof Error ? error.message : String(error));
      const absent = reason.details?.['code'] === 'ENOENT';
      tried.push(`${candidate.origin} (${candidate.uri}): ${absent ? 'not there' : reason.message}`);
      // A place that exists but refuses says more than one that does not exist.
      if (worst === undefined || (worst.details?.['code'] === 'ENOENT' && !absent)) worst = reason;
    }
  }
  const named = candidates.length === 1 || worst?.details?.['code'] !== 'ENOENT';
  return {
    transport: null,
    endpoint: null,
    message: named && worst !== undefined ? worst.message : 'No Docker engine was found.',
    hint: worst?.hint,
    tried,
  };
}
