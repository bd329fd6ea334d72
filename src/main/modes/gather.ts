import type { ComposeModel, LoadedCompose } from '@shared/domain/compose/model';
import { definitionOfContainer } from '@shared/domain/modes/container-differences';
import { imageReferences } from '@shared/domain/modes/naming';
import { imageIdOf, runningBuildsOfOthers } from '@shared/domain/modes/plan-images';
import type { SwitchInput } from '@shared/domain/modes/switch-input';
import type { HostCapacity } from '@shared/domain/services/presets';
import { inParallel } from '@shared/kernel/in-parallel';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { LoadedMode } from '@main/projects/types';
import { buildFingerprint } from './build-request';
import type { ModesDependencies } from './types';

const INSPECTS_AT_ONCE = 8;

/** Everything a decision is made from, and the loaded target mode. */
export interface Gathered {
  readonly target: LoadedMode;
  readonly input: SwitchInput;
}

/** Loads the target and the other modes, and looks at the engine, in parallel. Changes nothing but what is remembered of images. */
export async function gather(deps: ModesDependencies, reference: string, mode: string): Promise<Gathered> {
  const target = await deps.projects.loadMode(reference, mode);
  const { project, compose } = target;
  const loading = deps.projects.loadModes(project.id);
  const [loaded, buildFingerprints, observed, stoppedOnPurpose] = await Promise.all([
    loading,
    // What another mode mounts may have left its mount points in the same folders.
    loading.then((modes) => fingerprints(deps, compose, Object.values(modes).map((one) => one.model))),
    deps.engine.observe(compose.model.name, imageReferences(compose.model, project.modes.map((one) => one.name))),
    stopTimes(deps, project.id),
  ]);
  const stopped = new Set([
    ...observed.containers.filter((one) => stoppedOnPurpose.some(({ from, to }) => one.finishedAt >= from && one.finishedAt <= to)).map((one) => one.id),
    ...(await deps.stoppedOutside(project.id, observed.containers)),
  ]);
  const input: SwitchInput = {
    projectId: project.id,
    nowMs: deps.clock.now(),
    mode,
    modes: project.modes,
    compose,
    loaded,
    observed,
    buildFingerprints,
    stoppedOnPurpose: stopped,
    hashService: deps.hashService,
    host: capacityOf(deps.engine),
  };
  // By what runs, too: another mode may name the image where this one does not.
  const present = new Set([...Object.values(observed.images).flatMap((one) => (one === null ? [] : [one.id])), ...observed.containers.map(imageIdOf)]);
  const [knownBuilds, raw] = await Promise.all([deps.knownBuilds(project.id, runningBuildsOfOthers(input), present), inspectsOfUnknown(deps, input)]);
  return { target, input: { ...input, knownBuilds, raw } };
}

/** What containers are asked for themselves, since no mode says any more what they were made from. */
async function inspectsOfUnknown({ engine }: ModesDependencies, input: SwitchInput): Promise<{ readonly [id: string]: JsonObject }> {
  const asked = input.observed.containers.filter((one) => !one.oneOff && input.compose.model.services[one.service] !== undefined && definitionOfContainer(input, one) === undefined);
  // One that is gone meanwhile is not told of.
  const found = await inParallel(asked, INSPECTS_AT_ONCE, async (one) => [one.id, await engine.inspectRaw(one.id).catch(() => null)] as const);
  return Object.fromEntries(found.flatMap(([id, raw]) => (raw === null ? [] : [[id, raw]])));
}

function capacityOf(engine: Engine): HostCapacity | undefined {
  const state = engine.state();
  return state.state === 'connected' ? { cpus: state.info.cpus, memoryBytes: state.info.memoryBytes } : undefined;
}

async function fingerprints(deps: ModesDependencies, compose: LoadedCompose, modes: readonly ComposeModel[]): Promise<{ readonly [service: string]: string }> {
  const entries = await Promise.all(
    Object.entries(compose.model.services).map(async ([service, definition]) => [service, definition.build === undefined ? '' : await buildFingerprint(deps, service, definition, [compose.model, ...modes])] as const),
  );
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** When services of the project were stopped through Berth: a container that ended then is no finished job. */
async function stopTimes(deps: ModesDependencies, projectId: string): Promise<readonly { readonly from: string; readonly to: string }[]> {
  const operations = await deps.operations.list({ projectId, limit: 50 });
  return operations
    .filter((one) => one.kind === 'services.stop' && one.startedAt !== null)
    .map((one) => ({ from: one.startedAt ?? '', to: one.finishedAt ?? '9' }));
}
