import type { ComposeModel } from '../compose/model';
import type { ObservedContainer, ObservedVolume } from '../engine/observed';
import { compareText } from '../modes/active-mode';
import { isAnonymousVolume } from '../modes/naming';
import { databaseOf } from './databases';
import { REPLACED_LABELS } from './restore-volumes';
import type { VolumeFacts } from './types';
import { keptLabels, keptOptions } from './volume-options';

/** A volume of a project, with what a snapshot says of it. */
export interface ProjectVolume {
  readonly name: string;
  readonly external: boolean;
  readonly createdAt: string;
  readonly facts: VolumeFacts;
}

/** What tells which volumes a project has. */
export interface VolumeSources {
  readonly project: string;
  /** Of every mode that loads. */
  readonly models: readonly ComposeModel[];
  readonly volumes: readonly ObservedVolume[];
  /** Containers of the project. */
  readonly containers: readonly ObservedContainer[];
  /** By image reference: NAME=value pairs that the image sets. */
  readonly environmentOf: (reference: string) => readonly string[];
}

/** Every named volume of the project that exists: those that a file of any mode names, those that carry its label, and those its containers use. */
export function projectVolumes(sources: VolumeSources): readonly ProjectVolume[] {
  const keys = new Map<string, { readonly key: string; readonly external: boolean }>();
  for (const model of sources.models) {
    for (const key of Object.keys(model.volumes)) {
      const volume = model.volumes[key];
      if (volume === undefined || (volume.external === true && !isUsed(model, key))) continue;
      if (!keys.has(volume.name)) keys.set(volume.name, { key, external: volume.external === true });
    }
  }
  const mounted = new Set(sources.containers.flatMap((one) => one.mounts).flatMap((mount) => (mount.type === 'volume' ? [mount.source] : [])));
  return sources.volumes
    .filter((one) => !isAnonymousVolume(one.name) && one.labels[REPLACED_LABELS.of] === undefined)
    .filter((one) => keys.has(one.name) || mounted.has(one.name) || one.labels['com.docker.compose.project'] === sources.project)
    .map((one): ProjectVolume => {
      const named = keys.get(one.name);
      return { name: one.name, external: named?.external ?? one.labels['com.docker.compose.project'] !== sources.project, createdAt: one.createdAt, facts: factsOf(sources, one, named?.key ?? null) };
    })
    .sort((a, b) => compareText(a.name, b.name));
}

function isUsed(model: ComposeModel, key: string): boolean {
  return Object.values(model.services).some((service) => (service.volumes ?? []).some((mount) => mount.type === 'volume' && mount.source === key));
}

function factsOf(sources: VolumeSources, volume: ObservedVolume, key: string | null): VolumeFacts {
  const services: { [service: string]: string } = {};
  const images = new Set<string>();
  for (const model of sources.models) {
    for (const name of Object.keys(model.services)) {
      const service = model.services[name];
      const mount = (service?.volumes ?? []).find((one) => one.type === 'volume' && one.source !== undefined && model.volumes[one.source]?.name === volume.name);
      if (service === undefined || mount === undefined) continue;
      services[name] ??= mount.target;
      if (service.image !== undefined) images.add(service.image);
    }
  }
  for (const container of sources.containers) {
    const mount = container.mounts.find((one) => one.type === 'volume' && one.source === volume.name);
    if (mount === undefined) continue;
    services[container.service] = mount.target;
    images.add(container.imageRef);
  }
  const databases = [...images].flatMap((image) => databaseOf(image, sources.environmentOf(image))?.label ?? []);
  return { key, driver: volume.driver, options: keptOptions(volume.options ?? {}), labels: keptLabels(volume.labels), database: databases.sort(compareText)[0] ?? null, services };
}

/** Sentences on data that no snapshot of volumes has: volumes without a name, which the engine made for one container. */
export function namelessData(containers: readonly ObservedContainer[]): readonly string[] {
  const said = containers.flatMap((one) => one.mounts.filter((mount) => mount.type === 'volume' && isAnonymousVolume(mount.source)).map((mount) => `${one.service} keeps ${mount.target} in a volume without a name: it is not in the snapshot. Give it a name in the compose file to have it there.`));
  return [...new Set(said)].sort(compareText);
}
