import { compareText } from './active-mode';
import { isAnonymousVolume } from './naming';
import type { SwitchInput } from './switch-input';

/** What a switch does with volumes: it creates, it never removes. */
export interface VolumePlan {
  readonly created: readonly { readonly key: string; readonly name: string }[];
  /** Names of every named volume of the project that is there and stays. */
  readonly kept: readonly string[];
}

/** Compares the named volumes of the target mode with those of the engine. */
export function planVolumes(input: SwitchInput): VolumePlan {
  const { model } = input.compose;
  const present = new Set(input.observed.volumes.map((one) => one.name));
  const used = new Set(Object.values(model.services).flatMap((one) => (one.volumes ?? []).flatMap((mount) => (mount.type === 'volume' && mount.source !== undefined ? [mount.source] : []))));
  const created: { key: string; name: string }[] = [];
  const kept = new Set<string>();
  for (const key of [...used].sort(compareText)) {
    const volume = model.volumes[key];
    if (volume === undefined) continue;
    if (present.has(volume.name)) kept.add(volume.name);
    else if (volume.external !== true) created.push({ key, name: volume.name });
  }
  for (const volume of input.observed.volumes) {
    if (volume.labels['com.docker.compose.project'] === model.name && !isAnonymousVolume(volume.name)) kept.add(volume.name);
  }
  for (const container of input.observed.containers) {
    for (const mount of container.mounts) if (mount.type === 'volume' && !isAnonymousVolume(mount.source)) kept.add(mount.source);
  }
  return { created, kept: [...kept].sort(compareText) };
}
