import { dirname, join, resolve } from 'node:path';
import type { CheckFacts, EngineHost, HostListener, HostSubnet, OutdatedBuild, SourceFact } from '@shared/domain/checks/facts';
import { writtenValues } from '@shared/domain/checks/line-edits';
import { portClaims } from '@shared/domain/checks/port-claims';
import { isProdMode } from '@shared/domain/checks/prod-checks';
import type { ComposeModel } from '@shared/domain/compose/model';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { PortQuestion, PortsDoor } from '@main/platform/ports';
import type { MountLooker } from '@main/platform/mount-look';
import type { SourceDoor } from '@main/platform/mount-source';
import type { MovedFinder } from '@main/platform/moved-sources';
import type { LoadedMode } from '@main/projects/types';
import { gatherBuilds, gatherOutdated, type BuildIdentity } from './gather-builds';
import { gatherSources, gatherStaleMounts } from './gather-mounts';

/** What gathering needs of the machine. */
export interface GatherDoors {
  readonly ports: PortsDoor;
  readonly sources: SourceDoor;
  /** False when the engine runs on another machine: then neither its ports nor its folders are this machine's. */
  engineIsLocal(): boolean;
  /** What the engine's machine has; undefined while it is not known. */
  engineCapacity?(): { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined } | undefined;
  /** The API version the engine speaks; null while there is none. */
  engineApiVersion(): string | null;
  /** On what machine the engine runs; undefined while it is not known. */
  engineHost?(): EngineHost | undefined;
  engineAddressPools?(): readonly string[] | undefined;
  /** Looks at what running containers hold; without it no stale mount is found. */
  readonly mounts?: MountLooker | undefined;
  readonly findMoved?: MovedFinder | undefined;
  hostSubnets?(): Promise<readonly HostSubnet[]>;
  /** Every mode of the project that loads. */
  loadModes?(projectId: string): Promise<{ readonly [mode: string]: { readonly model: ComposeModel } }>;
  readonly buildIdentity?: BuildIdentity | undefined;
}

/** How far around a taken port a free one is looked for; their listeners are read in the same go. */
const NEIGHBOURS = 64;

/** Looks at everything the checks need, in parallel. Never rejects. */
export async function gatherFacts(doors: GatherDoors, loaded: LoadedMode, observed: ObservedProject | null, stopping: readonly string[]): Promise<CheckFacts> {
  const { model, projectDir } = loaded.compose;
  const local = doors.engineIsLocal();
  const workingDirs = [...new Set((observed?.containers ?? []).map((container) => container.workingDir).filter((dir) => dir !== ''))];
  const loadingModes = gatherOtherModes(doors, loaded);
  const [sources, builds, listeners, homeDirs, realWorkingDirs, staleMounts, outdatedBuilds, hostSubnets, otherModes, examples] = await Promise.all([
    local ? gatherSources(doors.sources, doors.findMoved, loaded) : new Map<string, SourceFact>(),
    gatherBuilds(doors.sources, model, projectDir, doors.findMoved === undefined ? undefined : { find: doors.findMoved, isTrusted: loaded.authorization.trustedFactKeys !== null }),
    local ? loadingModes.then((modes) => gatherListeners(doors.ports, model, Object.values(modes))) : [],
    Promise.all([...new Set([loaded.project.dir, projectDir, ...loaded.project.modes.flatMap((mode) => (mode.files[0] === undefined ? [] : [dirname(resolve(loaded.project.dir, mode.files[0]))]))])].map((dir) => doors.sources.realPath(dir))),
    Promise.all(workingDirs.map(async (dir) => [dir, await doors.sources.realPath(dir)] as const)),
    local && doors.mounts !== undefined ? gatherStaleMounts(doors.mounts, observed) : [],
    doors.buildIdentity === undefined ? [] : outdated(doors, doors.buildIdentity, loaded, loadingModes, observed),
    local ? (doors.hostSubnets?.() ?? []) : [],
    loadingModes,
    exampleValues(doors.sources, loaded),
  ]);
  return {
    sources,
    builds,
    listeners,
    hostAddresses: local ? doors.ports.addresses() : [],
    observed,
    stopping: new Set(stopping),
    homeDirs: [...new Set(homeDirs)],
    realWorkingDirs: new Map(realWorkingDirs),
    host: doors.engineCapacity?.(),
    prod: isProdMode(loaded.mode.name),
    staleMounts,
    outdatedBuilds,
    hostSubnets,
    addressPools: doors.engineAddressPools?.(),
    engineHost: doors.engineHost?.(),
    otherModes,
    ...(examples === undefined ? {} : { exampleValues: examples }),
  };
}

async function outdated(doors: GatherDoors, identityOf: BuildIdentity, { compose }: LoadedMode, otherModes: Promise<NonNullable<CheckFacts['otherModes']>>, observed: ObservedProject | null): Promise<readonly OutdatedBuild[]> {
  return gatherOutdated(doors.sources, identityOf, compose.model, Object.values(await otherModes), compose.projectDir, observed);
}

/** What a project calls the file that shows how its env file is filled. */
const EXAMPLES = ['.env.example', '.env.sample', '.env.template', '.env.dist', 'env.example'] as const;

/** The first such file beside the env file, where a variable of the files has no value. */
async function exampleValues(sources: SourceDoor, { compose }: LoadedMode): Promise<CheckFacts['exampleValues']> {
  if (!compose.variables.uses.some((use) => use.isEmpty)) return undefined;
  for (const name of EXAMPLES) {
    const file = join(compose.projectDir, name);
    if ((await sources.inspect(file)).kind !== 'file') continue;
    const text = await sources.readText(file).catch(() => '');
    return { file, values: writtenValues(text) };
  }
  return undefined;
}

/** A mode that does not load says so by itself. */
async function gatherOtherModes(doors: GatherDoors, loaded: LoadedMode): Promise<{ readonly [mode: string]: ComposeModel }> {
  if (doors.loadModes === undefined || loaded.project.modes.length < 2) return {};
  const modes = await doors.loadModes(loaded.project.id).catch(() => ({}));
  return Object.fromEntries(Object.entries(modes).flatMap(([mode, { model }]) => (mode === loaded.mode.name ? [] : [[mode, model] as const])));
}

/** Who listens on the ports of a model, and on those next to them; of other modes too, so that all propose the same. */
export async function gatherListeners(ports: PortsDoor, model: ComposeModel, others: readonly ComposeModel[] = []): Promise<readonly HostListener[]> {
  const questions = new Map<string, PortQuestion>();
  for (const claim of [model, ...others].flatMap(portClaims)) {
    if (claim.protocol !== 'tcp' && claim.protocol !== 'udp') continue;
    for (let port = claim.first; port <= Math.min(claim.last, claim.first + 1000); port += 1) questions.set(`${claim.hostIp} ${port}/${claim.protocol}`, { protocol: claim.protocol, address: claim.hostIp, port });
    // The next free port that a fix proposes must be free on the host too.
    for (let port = claim.last + 1; port <= Math.min(claim.last + NEIGHBOURS, 65_535); port += 1) {
      const key = `${claim.hostIp} ${port}/${claim.protocol}`;
      if (!questions.has(key)) questions.set(key, { protocol: claim.protocol, address: claim.hostIp, port });
    }
  }
  return questions.size === 0 ? [] : ports.listeners([...questions.values()]);
}
