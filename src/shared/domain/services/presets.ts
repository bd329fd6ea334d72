import type { ComposeService } from '../compose/model';

/** CPUs and bytes of memory a service reserves and may use at most; 0 = not set. */
export interface Resources {
  readonly reservedCpus: number;
  readonly reservedMemoryBytes: number;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export type PresetName = 'current' | 'combined' | 'none';

/** A preset as it is on a machine; `custom` is what a file says otherwise. */
export interface ResourcePreset extends Resources {
  readonly name: PresetName | 'custom';
  /** What was lowered to fit the machine, in one sentence; empty when nothing was. */
  readonly notice: string;
}

/** What a machine has; undefined where the engine does not say. */
export interface HostCapacity {
  readonly cpus?: number | undefined;
  readonly memoryBytes?: number | undefined;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** The presets of S1.15, as the files say them: `current` what a service had alone, `combined` (recommended) what it has with the worker in it. */
export const PRESETS: { readonly [N in PresetName]: Resources } = {
  current: { reservedCpus: 0.5, reservedMemoryBytes: 512 * MIB, cpus: 1, memoryBytes: GIB },
  combined: { reservedCpus: 1, reservedMemoryBytes: GIB, cpus: 2, memoryBytes: 2 * GIB },
  none: { reservedCpus: 0, reservedMemoryBytes: 0, cpus: 0, memoryBytes: 0 },
};

export const PRESET_NAMES: readonly PresetName[] = ['current', 'combined', 'none'];

/** What a definition sets, and the preset that is, not clamped. */
export function presetOf(definition: Pick<ComposeService, 'deploy' | 'cpus' | 'mem_limit' | 'mem_reservation'> | undefined): ResourcePreset {
  const limits = definition?.deploy?.resources.limits;
  const reservations = definition?.deploy?.resources.reservations;
  const found: Resources = {
    reservedCpus: reservations?.cpus ?? 0,
    reservedMemoryBytes: Number(reservations?.memory ?? definition?.mem_reservation ?? 0),
    cpus: limits?.cpus ?? definition?.cpus ?? 0,
    memoryBytes: Number(limits?.memory ?? definition?.mem_limit ?? 0),
  };
  return { name: PRESET_NAMES.find((name) => isSame(PRESETS[name], found)) ?? 'custom', ...found, notice: '' };
}

/** The same, lowered to what the machine has, with a sentence that says so. */
export function clampToHost(preset: ResourcePreset, host: HostCapacity): ResourcePreset {
  const cpus = atMost(preset.cpus, host.cpus);
  const memoryBytes = atMost(preset.memoryBytes, host.memoryBytes);
  const lowered = [
    ...(cpus < preset.cpus ? [`${plural(preset.cpus, 'CPU')} to ${plural(cpus, 'CPU')}`] : []),
    ...(memoryBytes < preset.memoryBytes ? [`${gibibytes(preset.memoryBytes)} of memory to ${gibibytes(memoryBytes)}`] : []),
  ];
  return {
    ...preset,
    cpus,
    memoryBytes,
    reservedCpus: atMost(preset.reservedCpus, host.cpus),
    reservedMemoryBytes: atMost(preset.reservedMemoryBytes, host.memoryBytes),
    notice: lowered.length === 0 ? '' : `Lowered to what this machine has: ${lowered.join(' and ')}. The file keeps the full value.`,
  };
}

/** What a container may ask of this machine: the engine refuses more CPUs than there are, and more memory is no limit at all. */
export function atMost(wanted: number, there: number | undefined): number {
  return there === undefined ? wanted : Math.min(wanted, there);
}

function isSame(a: Resources, b: Resources): boolean {
  return a.reservedCpus === b.reservedCpus && a.reservedMemoryBytes === b.reservedMemoryBytes && a.cpus === b.cpus && a.memoryBytes === b.memoryBytes;
}

function plural(count: number, word: string): string {
  return `${String(count)} ${word}${count === 1 ? '' : 's'}`;
}

function gibibytes(bytes: number): string {
  return `${String(Math.round((bytes / GIB) * 10) / 10)} GiB`;
}
