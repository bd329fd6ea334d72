import { join, resolve } from 'node:path';
import { emptyEnvironment, lookupIn, type Environment } from '@shared/domain/compose/environment';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { WireDocument } from '@shared/domain/compose/wire-tree';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { fieldOf, textMapOf } from '@shared/domain/engine/read-json';
import type { Finding } from '@shared/domain/findings/finding';
import type { Project } from '@shared/domain/projects/project';
import type { S3Access } from '@shared/domain/storage/access';
import { analyseStorage, type StorageConflicts } from '@shared/domain/storage/analyse-storage';
import { composeAccesses } from '@shared/domain/storage/compose-accesses';
import type { ConflictOptions } from '@shared/domain/storage/conflict-model';
import { chosenOf, type Choices } from '@shared/domain/storage/decisions';
import { envValues } from '@shared/domain/storage/env-variables';
import { heldFindings, type HeldObjects } from '@shared/domain/storage/held-objects';
import { inspectedAccesses } from '@shared/domain/storage/inspected-accesses';
import { kubernetesAccesses } from '@shared/domain/storage/kubernetes-accesses';
import { mayUseS3 } from '@shared/domain/storage/may-use-s3';
import { STORAGE_LABELS } from '@shared/domain/storage/mount-payload';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { Engine } from '@main/docker/types';
import type { FindLimits, FoundFiles } from '@main/platform/find-files';
import type { Projects } from '@main/projects/types';
import { storageFileOf } from './definitions';

/** What looking for conflicts needs from outside. */
export interface ConflictsDependencies {
  readonly projects: Pick<Projects, 'resolve' | 'loadModes'>;
  readonly engine: Pick<Engine, 'state' | 'observe' | 'inspectRaw'>;
  /** The documents of a YAML file, parsed in the process for that. */
  readonly documents: (file: string) => Promise<readonly WireDocument[]>;
  readonly readText: (path: string, maxBytes?: number) => Promise<string | undefined>;
  readonly findFiles: (root: string, accept: (name: string) => boolean, limits: FindLimits) => Promise<FoundFiles>;
  readonly exists: (path: string) => Promise<boolean>;
  readonly choices: (projectId: string) => Promise<Choices>;
  /** Objects that a copy left alone because somebody else had changed them. */
  readonly held: (projectId: string) => Promise<readonly HeldObjects[]>;
  /** Addresses of the S3 server: on this machine, and in its network. */
  readonly endpoints: (projectId: string) => Promise<readonly string[]>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What the analysis says of the file without endpoints: remotes that nothing defines are the project's own S3. */
const OWN_S3 = 'http://berth-s3:9000';
const CONFIG_LIMITS: FindLimits = { depth: 4, entries: 5_000, files: 50 };
const MANIFEST_LIMITS: FindLimits = { depth: 4, entries: 5_000, files: 200 };
const CONFIG_MAX_BYTES = 256 * 1024;
const MANIFEST_MAX_BYTES = 512 * 1024;
const INSPECTS_AT_ONCE = 4;

/** Who reads and writes which bucket, wherever it is written or runs. */
export async function storageConflicts(deps: ConflictsDependencies, projectId: string): Promise<StorageConflicts> {
  const project = await deps.projects.resolve(projectId);
  const reading = await readingOf(deps, project);
  const modes = await deps.projects.loadModes(project.id);
  const others = [...(await manifestAccesses(reading)), ...(await runningAccesses(reading))];
  const options = await optionsOf(deps, project.id);
  // Modes take the place of one another: what two of them say does not meet.
  const loaded = Object.values(modes);
  const analysed = await Promise.all((loaded.length === 0 ? [undefined] : loaded).map(async (mode) => analyseStorage([...(await fileAccesses(reading, mode)), ...others], options)));
  const found = joined(analysed);
  return { ...found, findings: [...found.findings, ...heldFindings(await deps.held(project.id))] };
}

/** The findings of one mode and the storage file. */
export async function storageFindings(deps: ConflictsDependencies, loaded: { readonly project: Project; readonly compose: LoadedCompose }): Promise<readonly Finding[]> {
  try {
    // Asked for every project whenever a file of it changed: one that has nothing to do with S3 is not searched.
    if (!mayUseS3(loaded.compose) && (await storageFileOf(loaded.project.dir, deps.exists)) === null) return [];
    const reading = await readingOf(deps, loaded.project);
    const accesses = [...(await fileAccesses(reading, loaded.compose)), ...(await manifestAccesses(reading))];
    return accesses.length === 0 ? [] : analyseStorage(accesses, await optionsOf(deps, loaded.project.id)).findings;
  } catch (error) {
    // What is wrong with the storage file says `storage conflicts`; the checks of a mode do not fail for it.
    if (error instanceof AppError) return [];
    throw error;
  }
}

interface Reading {
  readonly deps: ConflictsDependencies;
  readonly project: Project;
  readonly environment: Environment;
  readonly hostFiles: ReadonlyMap<string, string>;
  readonly storageFile: string | null;
}

const fallback = { endpoint: OWN_S3, credentials: null };

async function readingOf(deps: ConflictsDependencies, project: Project): Promise<Reading> {
  const own = envValuesOf((await deps.readText(join(project.dir, '.env'))) ?? '');
  const environment = Object.assign(emptyEnvironment(), own, Object.fromEntries(Object.entries(deps.environment).filter(([, value]) => value !== undefined)));
  const hostFiles = new Map<string, string>();
  const { files } = await deps.findFiles(project.dir, (name) => name.endsWith('.conf'), CONFIG_LIMITS);
  for (const file of files) {
    const text = await deps.readText(file, CONFIG_MAX_BYTES);
    if (text !== undefined) hostFiles.set(file, text);
  }
  return { deps, project, environment, hostFiles, storageFile: await storageFileOf(project.dir, deps.exists) };
}

/** An env file that compose refuses is said by the checks; here it says nothing. */
function envValuesOf(text: string): Environment {
  try {
    return envValues(text);
  } catch {
    return emptyEnvironment();
  }
}

/** Compose files of one mode, then the storage file: each project of its own on the engine. */
async function fileAccesses(reading: Reading, mode: LoadedCompose | undefined): Promise<readonly S3Access[]> {
  const { project, environment, hostFiles, storageFile } = reading;
  const common = { environment, hostFiles, fallback, projectDir: project.dir };
  const own = mode === undefined ? [] : composeAccesses({ ...common, files: await documentsOf(reading, mode.files.map((file) => resolve(mode.projectDir, file))), project: mode.model.name, serviceEnvironments: environmentsOf(mode) });
  const storage = storageFile === null ? [] : composeAccesses({ ...common, files: await documentsOf(reading, [join(project.dir, storageFile)]), project: `${project.name}-storage` });
  return [...own, ...storage];
}

async function documentsOf({ deps }: Reading, files: readonly string[]): Promise<readonly { readonly file: string; readonly documents: readonly WireDocument[] }[]> {
  const read = await Promise.all(
    files.map(async (file) => {
      try {
        return [{ file, documents: await deps.documents(file) }];
      } catch (error) {
        if (error instanceof AppError) return [];
        throw error;
      }
    }),
  );
  return read.flat();
}

/** What env files of services say: the loaded model has it. */
function environmentsOf(mode: LoadedCompose): ReadonlyMap<string, Environment> {
  return new Map(Object.entries(mode.model.services).map(([name, service]) => [name, Object.assign(emptyEnvironment(), Object.fromEntries(Object.entries(service.environment ?? {}).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, value]]))))]));
}

async function manifestAccesses(reading: Reading): Promise<readonly S3Access[]> {
  const { deps, project, environment } = reading;
  const { files: candidates } = await deps.findFiles(project.dir, (name) => /\.ya?ml$/.test(name), MANIFEST_LIMITS);
  const manifests: string[] = [];
  for (const file of candidates) {
    const text = await deps.readText(file, MANIFEST_MAX_BYTES);
    if (text !== undefined && /^apiVersion:/m.test(text)) manifests.push(file);
  }
  if (manifests.length === 0) return [];
  return kubernetesAccesses({ files: await documentsOf(reading, manifests), variables: lookupIn(environment) });
}

/** Containers of the project that run; those that Berth made from the storage file are in it already. */
async function runningAccesses({ deps, project, environment, hostFiles }: Reading): Promise<readonly S3Access[]> {
  if (deps.engine.state().state !== 'connected') return [];
  try {
    const observed = await deps.engine.observe(project.name, []);
    const running = observed.containers.filter((one) => one.state === 'running' && one.labels[STORAGE_LABELS.projectId] === undefined);
    const inspected = await inParallel(running, INSPECTS_AT_ONCE, (one) => deps.engine.inspectRaw(one.id).catch(() => null));
    return inspected.flatMap((one) => (one === null || textMapOf(fieldOf(fieldOf(one, 'Config'), 'Labels'))[COMPOSE_LABELS.project] === undefined ? [] : inspectedAccesses(one, { variables: lookupIn(environment), fallback }, hostFiles)));
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}

async function optionsOf(deps: ConflictsDependencies, projectId: string): Promise<ConflictOptions> {
  const choices = await deps.choices(projectId);
  const strategy = chosenOf(choices, 'bucketStrategy');
  const allocation = chosenOf(choices, 'resourceAllocation');
  const equal = { memoryBytes: 256 * 1024 ** 2, cpuMillis: 200 };
  return {
    ...(strategy === 'B' || strategy === 'C' ? { bucketStrategy: strategy } : { bucketStrategy: 'A' }),
    ...(allocation === 'A' ? {} : { budget: allocation === 'B' ? equal : null }),
    endpointAliases: [[...new Set([OWN_S3, ...(await deps.endpoints(projectId))])]],
  };
}

/** One answer for all modes: each finding once, the table of every access. */
function joined(all: readonly StorageConflicts[]): StorageConflicts {
  const [first] = all;
  if (first === undefined || all.length === 1) return first ?? analyseStorage([]);
  const once = <T>(items: readonly T[], key: (item: T) => string): readonly T[] => [...new Map(items.map((item) => [key(item), item])).values()];
  const names = (of: (one: StorageConflicts) => readonly string[]): readonly string[] => [...new Set(all.flatMap(of))].sort();
  const [largest = first] = [...all].sort((a, b) => b.added.containers - a.added.containers || b.added.memoryBytes - a.added.memoryBytes);
  return {
    findings: once(all.flatMap((one) => one.findings), (one) => one.id),
    mountBuckets: names((one) => one.mountBuckets),
    syncBuckets: names((one) => one.syncBuckets),
    overlap: names((one) => one.overlap),
    added: largest.added,
    shares: largest.shares,
    accesses: once(all.flatMap((one) => one.accesses), (one) => JSON.stringify(one)),
  };
}
