import { textHash } from '../../kernel/text-hash';
import type { JsonObject } from '../../kernel/json';
import { COMPOSE_LABELS } from '../engine/read-container';
import { runnerLabels, type RunnerOwner } from './runner-payload';

/** Where the volume lies in the container that fills it, and in those that read it. */
export const VOLUME_TARGET = '/berth-volume';

/** Prints what lies in the volume. */
export const VOLUME_LIST_COMMAND: readonly string[] = ['node', '/opt/berth/fill-volume.mjs', 'list', VOLUME_TARGET];

/** Takes frames and brings the volume in step with them. */
export const VOLUME_APPLY_COMMAND: readonly string[] = ['node', '/opt/berth/fill-volume.mjs', 'apply', VOLUME_TARGET];

const SERVICE = 'workspaces-volume';
const KEY = 'workspaces';
const MEMORY_BYTES = 512 * 1024 ** 2;
const PROCESSES = 64;
const STOP_SECONDS = 1;

/** The volume of a project’s workspaces and the container that fills it. The tail tells two Berths with a project of one name apart. */
export function volumeNames(owner: RunnerOwner): { readonly volume: string; readonly container: string } {
  const tail = textHash(owner.dir).slice(0, 8);
  return { volume: `${owner.projectName}-${tail}`, container: `${owner.projectName}-volume-${tail}` };
}

/** The volume as the engine makes it. */
export function volumePayload(owner: RunnerOwner): JsonObject {
  return { Driver: 'local', Labels: { ...runnerLabels(owner), [COMPOSE_LABELS.volume]: KEY } };
}

/** Where the labels say that the container works: beside those of workspaces, so that it is not taken for one. */
export function volumeWorkingDir(owner: RunnerOwner): string {
  return `${owner.dir}/volume`;
}

/**
 * The payload of the container that fills the volume: it waits for commands, reaches nobody, and can write nothing but the volume. It writes as root without a single capability, since that is
 * whom a new volume belongs to; whoever runs in a workspace may read what it wrote.
 */
export function volumeKeeperPayload(owner: RunnerOwner, image: string): JsonObject {
  return {
    Image: image,
    Entrypoint: ['node', '-e', 'setInterval(() => undefined, 2 ** 30)'],
    User: '0:0',
    StopTimeout: STOP_SECONDS,
    Labels: { ...runnerLabels(owner), [COMPOSE_LABELS.service]: SERVICE, [COMPOSE_LABELS.workingDir]: volumeWorkingDir(owner), [COMPOSE_LABELS.number]: '1', [COMPOSE_LABELS.oneOff]: 'False' },
    HostConfig: {
      Init: true,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Memory: MEMORY_BYTES,
      PidsLimit: PROCESSES,
      RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
      NetworkMode: 'none',
      Mounts: [{ Type: 'volume', Source: volumeNames(owner).volume, Target: VOLUME_TARGET, VolumeOptions: { NoCopy: true } }],
    },
  };
}
