import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedNetwork } from '@shared/domain/engine/observed';
import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { networkPayload } from '@shared/domain/modes/container-payload';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import { BERTH_LABEL, isAnonymousVolume } from '@shared/domain/modes/naming';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { EffectRecord } from '@main/operations/types';
import type { Planned } from './service';
import type { SwitchWarning } from './switch-ports';

/** A container as it was before the switch: what going back restores. */
export interface RecordedContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly number: number;
  readonly running: boolean;
  /** Running, and held. */
  readonly paused: boolean;
  readonly healthy: boolean;
  readonly hasHealthcheck: boolean;
  readonly restartPolicy: { readonly name: string; readonly maximumRetryCount: number };
  readonly graceSeconds: number;
  readonly dependsOn: string;
  /** True when the switch stops or removes it. */
  readonly leaving: boolean;
  /** Volumes it holds that have no name. */
  readonly anonymousVolumes: readonly string[];
}

/** What the journal keeps of a switch, so that rollback and finish need nothing but it and the engine. */
export interface SwitchRecord {
  readonly project: string;
  readonly projectDir: string;
  readonly from: string | null;
  readonly to: string;
  readonly before: readonly RecordedContainer[];
  /** Names new containers were created under, and get in the end. */
  readonly renames: readonly { readonly service: string; readonly createName: string; readonly finalName: string; readonly replaces: string | null }[];
  /** References moved at the cutover. `from` null: it did not exist. */
  readonly tags: readonly { readonly reference: string; readonly from: string | null; readonly to: string }[];
  readonly replacedNetworks: readonly { readonly name: string; readonly id: string; readonly payload: JsonObject }[];
  readonly removedNetworks: readonly { readonly name: string; readonly id: string }[];
  /** Anonymous volumes taken over: they must outlive the old container. */
  readonly inheritedVolumes: readonly string[];
  /** For the record of what was before: image ids and files, no values of environment variables. */
  readonly images: { readonly [service: string]: string };
  readonly files: readonly string[];
}

export const RECORD_NOTE = 'switch.prepared';
export const CUTOVER_NOTE = 'switch.cutover';
export const MEASURED_NOTE = 'switch.measured';

const DEFAULT_GRACE_SECONDS = 10;

/** Seconds a container gets to stop: what its file says, ten otherwise. */
export function graceSecondsOf(container: Pick<ObservedContainer, 'stopTimeoutSeconds'>): number {
  return container.stopTimeoutSeconds ?? DEFAULT_GRACE_SECONDS;
}

/** Builds the record from the decided plan. */
export function recordOf(planned: Planned): SwitchRecord {
  const { decision, input } = planned;
  const leaving = new Set(decision.stopping);
  return {
    project: input.compose.model.name,
    projectDir: input.compose.projectDir,
    from: decision.from,
    to: input.mode,
    before: input.observed.containers.filter((one) => !one.oneOff && isOfFolder(input.compose.projectDir, one)).map((one) => recordedContainer(one, leaving.has(one.id))),
    renames: decision.steps.filter(makesContainer).map((one) => ({ service: one.service, createName: one.createName, finalName: one.finalName, replaces: one.old?.id ?? null })),
    tags: [...new Map(decision.images.filter((one) => one.built && one.id !== null && one.canonicalId !== one.id).map((one) => [one.canonical, { reference: one.canonical, from: one.canonicalId, to: one.id ?? '' }])).values()],
    replacedNetworks: decision.networks.replaced.map((one) => ({ name: one.name, id: one.id, payload: formerNetworkPayload(input.loaded, one.key, one.network) })),
    removedNetworks: [...decision.networks.removed],
    inheritedVolumes: decision.steps.flatMap((one) => one.inherited.map((volume) => volume.volume)),
    images: Object.fromEntries(decision.images.map((one) => [one.service, one.id ?? ''])),
    files: [...input.compose.inputFiles],
  };
}

/** True for a step that makes a new container. */
export function makesContainer(step: ContainerStep): boolean {
  return step.action === 'create' || step.action === 'recreate';
}

function recordedContainer(one: ObservedContainer, leaving: boolean): RecordedContainer {
  const lineage = (one.labels[BERTH_LABEL.anonymous] ?? '').split(',').filter(isAnonymousVolume);
  return {
    id: one.id,
    name: one.name,
    service: one.service,
    number: one.number,
    running: isAlive(one),
    paused: one.state === 'paused',
    healthy: one.health === 'healthy',
    hasHealthcheck: one.hasHealthcheck,
    restartPolicy: one.restartPolicy,
    graceSeconds: graceSecondsOf(one),
    dependsOn: one.labels['com.docker.compose.depends_on'] ?? '',
    leaving,
    anonymousVolumes: lineage.filter((name) => one.mounts.some((mount) => mount.source === name)),
  };
}

/** How the network was made: from the mode whose hash it carries; otherwise from what can still be seen of it. */
function formerNetworkPayload(loaded: { readonly [mode: string]: LoadedCompose }, key: string, network: ObservedNetwork): JsonObject {
  const label = network.labels['com.docker.compose.config-hash'];
  const made = Object.values(loaded).find((one) => label !== undefined && one.networkHashes[key] === label);
  if (made !== undefined) return { ...networkPayload(made, key, ''), Labels: { ...network.labels } };
  return {
    CheckDuplicate: true,
    Driver: network.driver,
    Labels: { ...network.labels },
    ...(network.subnets.length === 0 ? {} : { IPAM: { Driver: 'default', Config: network.subnets.map((Subnet) => ({ Subnet })) } }),
  };
}

/** The record as JSON for the journal. */
export function recordJson(record: SwitchRecord): JsonObject {
  return record as unknown as JsonObject;
}

/** Reads the latest record back; null when the switch had not got that far. */
export function readRecord(records: readonly EffectRecord[]): SwitchRecord | null {
  const note = records.findLast((one) => one.name === RECORD_NOTE);
  return note === undefined ? null : (note.intent as unknown as SwitchRecord);
}

/** True once old containers may have been stopped. */
export function hasCutOver(records: readonly EffectRecord[]): boolean {
  return records.some((one) => one.name === CUTOVER_NOTE);
}

/** What was measured and found before the commit, for the result. */
export interface Measured {
  readonly healthyMs: number;
  readonly services: Json;
  readonly warnings: readonly SwitchWarning[];
}

/** Reads it back; null when the switch did not get that far or had nothing to do. */
export function readMeasured(records: readonly EffectRecord[]): Measured | null {
  return (records.findLast((one) => one.name === MEASURED_NOTE)?.intent as unknown as Measured | undefined) ?? null;
}
