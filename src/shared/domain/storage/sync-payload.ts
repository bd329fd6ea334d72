import type { Json, JsonObject } from '../../kernel/json';
import type { JobDefinition, StorageContainer } from './definition';
import { containerLabels, mountVolumes, remoteEnvironment, resourceFields, STORAGE_LABELS, wayToS3, type MountPlace, type StorageOwner } from './mount-payload';

/** What a container of copies is made from. */
export interface SyncContainerRequest {
  readonly owner: StorageOwner;
  readonly container: StorageContainer;
  /** Those of this container, one at least. */
  readonly jobs: readonly JobDefinition[];
  readonly place: MountPlace;
  readonly image: string;
}

/** The payload of a container of copies: it waits for runs, sees its sources only to read them, and has a configuration and a cache of its own. */
export function syncPayload({ owner, container, jobs, place, image }: SyncContainerRequest): JsonObject {
  const environment = { RCLONE_CONFIG: `${container.configDir}/rclone.conf`, RCLONE_CACHE_DIR: container.cacheDir, ...remoteEnvironment([...new Set(jobs.map(({ remote }) => remote))], place) };
  const mounts: Json[] = [
    ...container.sources.map(({ type, source, target }) => ({ Type: type, Source: source, Target: target, ReadOnly: true })),
    ...mountVolumes(owner, container).map(({ name, target }) => ({ Type: 'volume', Source: name, Target: target })),
  ];
  return {
    Image: image,
    Cmd: ['idle'],
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    User: '0:0',
    Labels: { ...containerLabels(owner, container.service, 'sync'), [STORAGE_LABELS.endpoint]: place.endpointInside },
    HostConfig: {
      Init: true,
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      SecurityOpt: ['no-new-privileges:true'],
      Mounts: mounts,
      ...wayToS3(place),
      ...resourceFields(container.resources),
    },
  };
}

/** Keys of the risky facts of a container of copies: folders of the project and volumes that are the project's own, and no others. */
export function syncFactKeys(container: StorageContainer): readonly string[] {
  return container.sources.map(({ type, source }) => (type === 'bind' ? `bind-outside:${container.service}:${source}:ro` : `foreign-volume:${container.service}:${source}`));
}
