import { dirname, isAbsolute, join, resolve } from 'node:path';
import { bindsOf } from '@shared/domain/checks/bind-checks';
import type { BuildFact, CheckFacts, HostListener, SourceFact } from '@shared/domain/checks/facts';
import { portClaims } from '@shared/domain/checks/port-claims';
import { isProdMode } from '@shared/domain/checks/prod-checks';
import type { ComposeModel, ComposeService } from '@shared/domain/compose/model';
import type { ObservedProject } from '@shared/domain/engine/observed';
import type { PortQuestion, PortsDoor } from '@main/platform/ports';
import type { SourceDoor } from '@main/platform/mount-source';
import type { LoadedMode } from '@main/projects/types';

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
}

/** How far around a taken port a free one is looked for; their listeners are read in the same go. */
const NEIGHBOURS = 64;

/** Looks at everything the checks need, in parallel. Never rejects. */
export async function gatherFacts(doors: GatherDoors, loaded: LoadedMode, observed: ObservedProject | null, stopping: readonly string[]): Promise<CheckFacts> {
  const { model, projectDir } = loaded.compose;
  const local = doors.engineIsLocal();
  const workingDirs = [...new Set((observed?.containers ?? []).map((container) => container.workingDir).filter((dir) => dir !== ''))];
  const [sources, builds, listeners, homeDirs, realWorkingDirs] = await Promise.all([
    local ? gatherSources(doors.sources, model) : new Map<string, SourceFact>(),
    gatherBuilds(doors.sources, model, projectDir),
    local ? gatherListeners(doors.ports, model) : [],
    Promise.all([...new Set([loaded.project.dir, projectDir, ...loaded.project.modes.flatMap((mode) => (mode.files[0] === undefined ? [] : [dirname(resolve(loaded.project.dir, mode.files[0]))]))])].map((dir) => doors.sources.realPath(dir))),
    Promise.all(workingDirs.map(async (dir) => [dir, await doors.sources.realPath(dir)] as const)),
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
  };
}

async function gatherSources(sources: SourceDoor, model: ComposeModel): Promise<ReadonlyMap<string, SourceFact>> {
  const files = [...Object.values(model.secrets), ...Object.values(model.configs)].flatMap((object) => (object.file === undefined ? [] : [object.file]));
  const paths = new Set([...bindsOf(model.services).map((use) => use.source), ...files]);
  return new Map(await Promise.all([...paths].map(async (path) => [path, await sources.inspect(path)] as const)));
}

function isAddress(context: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i.test(context);
}

async function gatherBuilds(sources: SourceDoor, model: ComposeModel, projectDir: string): Promise<ReadonlyMap<string, BuildFact>> {
  const entries = await Promise.all(Object.entries(model.services).map(async ([name, service]) => [name, await buildFact(sources, name, service, projectDir)] as const));
  return new Map(entries.flatMap(([name, fact]) => (fact === undefined ? [] : [[name, fact] as const])));
}

async function buildFact(sources: SourceDoor, service: string, definition: ComposeService, projectDir: string): Promise<BuildFact | undefined> {
  const { build } = definition;
  if (build === undefined || isAddress(build.context ?? '')) return undefined;
  const context = resolve(projectDir, build.context ?? '.');
  const inline = build.dockerfile_inline;
  const dockerfile = build.dockerfile ?? 'Dockerfile';
  const path = isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile);
  const named = Object.entries(build.additional_contexts ?? {}).filter(([, value]) => !isAddress(value) && !/^(service|target|docker-image|oci-layout):/.test(value));
  const [contextState, text, missingContexts] = await Promise.all([
    sources.folderState(context),
    inline === undefined ? sources.readDockerfile(path) : { state: 'inline' as const, text: inline },
    Promise.all(named.map(async ([name, value]) => ({ name, path: resolve(projectDir, value), state: await sources.folderState(resolve(projectDir, value)) }))),
  ]);
  return {
    service,
    context,
    contextState,
    dockerfile: inline === undefined ? path : '',
    dockerfileState: text.state,
    dockerfileText: text.text,
    missingContexts: missingContexts.filter((one) => one.state === 'missing').map(({ name, path: missing }) => ({ name, path: missing })),
  };
}

async function gatherListeners(ports: PortsDoor, model: ComposeModel): Promise<readonly HostListener[]> {
  const questions = new Map<string, PortQuestion>();
  for (const claim of portClaims(model)) {
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
