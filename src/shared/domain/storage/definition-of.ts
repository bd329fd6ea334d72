import { AppError } from '../../kernel/app-error';
import { isWithin } from '../checks/host-path';
import { parseByteSize } from '../compose/go-values';
import type { ComposeService, LoadedCompose } from '../compose/model';
import type { JobDefinition, MountDefinition, StorageContainer, StorageDefinition, StorageResources } from './definition';
import { jobsOf, mountsOf, storageCommand, type CommandReader } from './definition-commands';
import { sharesToMillis } from './shares';

/** What a definition is read from: the loaded storage file, by itself. */
export type StorageFile = Pick<LoadedCompose, 'model' | 'locate' | 'projectDir'>;

/** What a project without a storage file has. */
export const NO_STORAGE: StorageDefinition = { file: null, containers: [], mounts: [], jobs: [] };

const CONFIG_DIRS = { mount: '/root/.config/rclone-mount', sync: '/root/.config/rclone-sync' };
const CONTAINER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

/**
 * Mounts and jobs of a storage file (`file` relative to the project). Services that are neither (a MinIO of its own) are left alone. Throws
 * `compose-invalid` with the line for what Berth cannot make a container from. Whether a folder inside the project leads out of it by a link
 * is for the caller to see.
 */
export function definitionOf(compose: StorageFile, file: string): StorageDefinition {
  const containers: StorageContainer[] = [];
  const mounts: MountDefinition[] = [];
  const jobs: JobDefinition[] = [];
  for (const [service, definition] of Object.entries(compose.model.services)) {
    const reader = readerOf(compose, service, definition);
    const command = storageCommand(reader);
    if (command === undefined) continue;
    const own = { mounts: mountsOf(reader, command), jobs: jobsOf(reader, command) };
    if (own.mounts.length === 0 && own.jobs.length === 0) continue;
    if (own.mounts.length > 0 && own.jobs.length > 0) reader.refuse(`${service} mounts and copies: each needs a container of its own.`, 'Write the mounts and the copies as two services.');
    containers.push(containerOf(compose, reader, command.backend, own.jobs));
    mounts.push(...own.mounts);
    jobs.push(...own.jobs);
  }
  refuseDoubles(compose, mounts, jobs);
  return { file, containers, mounts, jobs };
}

function readerOf(compose: StorageFile, service: string, definition: ComposeService): CommandReader {
  return {
    service,
    definition,
    refuse: (message, hint, key = 'command') => {
      throw new AppError('compose-invalid', message, { hint, service, where: compose.locate(['services', service, key]) });
    },
  };
}

function containerOf(compose: StorageFile, reader: CommandReader, backend: StorageContainer['backend'], jobs: readonly JobDefinition[]): StorageContainer {
  const { service, definition } = reader;
  const role = jobs.length > 0 ? 'sync' : 'mount';
  const container = definition.container_name ?? service;
  if (!CONTAINER_NAME.test(container)) reader.refuse(`The container name "${container}" is not valid.`, 'Use letters, digits, dashes, dots and underscores.', 'container_name');
  const environment = definition.environment ?? {};
  const flag = (name: string): string | undefined => {
    const words = definition.command ?? [];
    const at = words.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
    const word = words[at];
    return at === -1 || word === undefined ? undefined : word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1];
  };
  const config = flag('config') ?? environment['RCLONE_CONFIG'] ?? `${CONFIG_DIRS[role]}/rclone.conf`;
  return {
    service,
    container,
    role,
    backend,
    image: definition.image ?? '',
    configDir: folder(reader, config.slice(0, config.lastIndexOf('/')), 'configuration'),
    cacheDir: folder(reader, flag('cache-dir') ?? environment['RCLONE_CACHE_DIR'] ?? `/root/.cache/rclone-${role}`, 'cache'),
    resources: resourcesOf(reader),
    sources: sourcesOf(compose, reader, jobs),
  };
}

function folder(reader: CommandReader, path: string, what: string): string {
  if (/^(?:\/[\w.@+-]+)+$/.test(path) && !path.split('/').includes('..')) return path;
  return reader.refuse(`The ${what} folder "${path}" of ${reader.service} is not an absolute path.`, 'Write it as /root/.config/rclone-mount, for example.', 'environment');
}

/** What is mounted where the jobs read, and nothing else of the service. */
function sourcesOf(compose: StorageFile, reader: CommandReader, jobs: readonly JobDefinition[]): StorageContainer['sources'] {
  const volumes = reader.definition.volumes ?? [];
  const found = new Map<string, StorageContainer['sources'][number]>();
  for (const job of jobs) {
    const fitting = volumes.filter((one) => (one.type === 'volume' || one.type === 'bind') && one.source !== undefined && isWithin(one.target, job.source));
    const mount = fitting.sort((a, b) => b.target.length - a.target.length)[0];
    if (mount?.source === undefined) return reader.refuse(`${reader.service} copies ${job.source}, but nothing is mounted there.`, `Add a volume whose target is ${job.source} or a folder above it.`);
    if (mount.type === 'bind') {
      if (!isWithin(compose.projectDir, mount.source)) reader.refuse(`${reader.service} copies ${mount.source}, which lies outside the project.`, 'Copy a folder of the project, or a named volume.', 'volumes');
      found.set(mount.target, { type: 'bind', source: mount.source, target: mount.target, readOnly: mount.read_only === true });
    } else found.set(mount.target, { type: 'volume', source: compose.model.volumes[mount.source]?.name ?? mount.source, target: mount.target, readOnly: mount.read_only === true });
  }
  return [...found.values()];
}

function resourcesOf(reader: CommandReader): StorageResources {
  const { definition } = reader;
  const { limits = {}, reservations = {} } = definition.deploy?.resources ?? {};
  const bytes = (text: string | undefined): number | null => {
    const found = text === undefined ? undefined : parseByteSize(text);
    return found === undefined ? null : Number(found);
  };
  const millis = (cpus: number | undefined): number | null => (cpus === undefined ? null : Math.round(cpus * 1000));
  const found = {
    requestMemoryBytes: bytes(reservations.memory ?? definition.mem_reservation),
    requestCpuMillis: millis(reservations.cpus) ?? (definition.cpu_shares === undefined ? null : sharesToMillis(definition.cpu_shares)),
    limitMemoryBytes: bytes(limits.memory ?? definition.mem_limit),
    limitCpuMillis: millis(limits.cpus ?? definition.cpus),
  };
  refuseLimits(reader, found);
  return found;
}

/** The engine refuses such a container only after the one before was taken away. */
function refuseLimits({ service, definition, refuse }: CommandReader, { requestMemoryBytes, requestCpuMillis, limitMemoryBytes, limitCpuMillis }: StorageResources): void {
  const too = (asked: string, what: string, allowed: string, older: string): never =>
    refuse(`${service} asks for ${asked} of ${what} and may take ${allowed} at most.`, 'Raise the limit, or ask for less.', definition.deploy === undefined ? older : 'deploy');
  if (requestMemoryBytes !== null && limitMemoryBytes !== null && limitMemoryBytes > 0 && limitMemoryBytes < requestMemoryBytes) too(memoryQuantity(requestMemoryBytes), 'memory', memoryQuantity(limitMemoryBytes), 'mem_limit');
  if (requestCpuMillis !== null && limitCpuMillis !== null && limitCpuMillis > 0 && limitCpuMillis < requestCpuMillis) too(`${String(requestCpuMillis)}m`, 'CPU', `${String(limitCpuMillis)}m`, 'cpus');
}

function memoryQuantity(sizeBytes: number): string {
  return Number.isInteger(sizeBytes / 1024 ** 2) ? `${String(sizeBytes / 1024 ** 2)}Mi` : `${String(sizeBytes)} bytes`;
}

function refuseDoubles(compose: StorageFile, mounts: readonly MountDefinition[], jobs: readonly JobDefinition[]): void {
  const refuse = (service: string, message: string, hint: string): never => {
    throw new AppError('compose-invalid', message, { hint, service, where: compose.locate(['services', service, 'command']) });
  };
  for (const [index, one] of mounts.entries()) {
    const other = mounts.slice(0, index).find((before) => isWithin(before.mountPoint, one.mountPoint) || isWithin(one.mountPoint, before.mountPoint));
    if (other !== undefined) refuse(one.service, `The mount points ${other.mountPoint} and ${one.mountPoint} lie within one another: one hides the other.`, 'Give each a folder of its own.');
  }
  for (const [index, one] of jobs.entries()) {
    if (jobs.slice(0, index).some((other) => other.id === one.id)) refuse(one.service, `${one.service} copies ${one.source} twice.`, 'Use two services to copy one folder to two places.');
  }
}
