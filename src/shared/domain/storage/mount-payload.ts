import type { JsonObject } from '../../kernel/json';
import { COMPOSE_LABELS } from '../engine/read-container';
import { HOST_GATEWAY } from './inside-place';
import type { MountDefinition, StorageContainer, StorageResources } from './definition';

/** Where mounts find S3, as far as a container needs it. */
export interface MountPlace {
  readonly origin: 'local' | 'external';
  readonly endpointInside: string;
  /** Null: the engine's usual one. */
  readonly network: string | null;
  /** The address names the engine's machine, and the container has to be told where that is. */
  readonly hostGateway: boolean;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Whose storage it is, and where on this machine. */
export interface StorageOwner {
  readonly projectId: string;
  /** Compose project name of the storage: `<project>-storage`. */
  readonly projectName: string;
  /** Absolute, links resolved: what stands for `/` of the mounts lies in it as `root`. */
  readonly dir: string;
}

/** Everything a mount container is made from. */
export interface MountContainerRequest {
  readonly owner: StorageOwner;
  readonly container: StorageContainer;
  /** Those of this container, one at least. */
  readonly mounts: readonly MountDefinition[];
  readonly place: MountPlace;
  readonly image: string;
}

/** A named volume of a mount container, made before it. */
export interface MountVolume {
  readonly name: string;
  readonly key: string;
  readonly target: string;
}

/** Labels by which Berth finds its own containers of storage again. */
export const STORAGE_LABELS = { projectId: 'dev.berth.storage', role: 'dev.berth.storage-role', hash: 'dev.berth.storage-hash', endpoint: 'dev.berth.storage-endpoint' } as const;

/** How long a mount container may take to unmount by itself. */
export const UNMOUNT_GRACE_SECONDS = 30;

/** Where the control sockets lie in a mount container. */
export const CONTROL_TARGET = '/run/berth';

const SIZES: readonly (readonly [suffix: string, bytes: number])[] = [['T', 1024 ** 4], ['G', 1024 ** 3], ['M', 1024 ** 2], ['K', 1024]];
const TIMES: readonly (readonly [suffix: string, seconds: number])[] = [['h', 3_600], ['m', 60], ['s', 1]];

/** A size as rclone takes it: `5G`, and bytes as `1000B` where no larger unit fits. */
export function rcloneSize(bytes: number): string {
  const fitting = SIZES.find(([, unit]) => bytes > 0 && bytes % unit === 0);
  return fitting === undefined ? `${String(bytes)}B` : `${String(bytes / fitting[1])}${fitting[0]}`;
}

/** A time as rclone takes it: `1h`, `5m`, `90s`. */
export function rcloneDuration(seconds: number): string {
  const fitting = TIMES.find(([, unit]) => seconds > 0 && seconds % unit === 0);
  return fitting === undefined ? `${String(seconds)}s` : `${String(seconds / fitting[1])}${fitting[0]}`;
}

/** `/mnt/s3/data` is `mnt-s3-data`: names the control socket and the cache folder of a mount, as the image's entry does. */
export function mountSlug(mountPoint: string): string {
  return mountPoint.slice(1).replaceAll('/', '-');
}

/** The folder above everything that is mounted, in the container: its first folder (`/mnt`). */
export function mountRoot(mountPoint: string): string {
  return `/${mountPoint.split('/')[1] ?? ''}`;
}

/** Where this machine sees a folder of the mounts. */
export function hostFolder(owner: Pick<StorageOwner, 'dir'>, path: string): string {
  return `${owner.dir}/root${path}`;
}

/** Where this machine sees the control sockets of a mount container: beside everything that consumers bind, never within it. */
export function controlFolder(owner: Pick<StorageOwner, 'dir'>, service: string): string {
  return `${owner.dir}/run/mount-${service}`;
}

/** The control socket of a mount, as the image's entry names it. */
export function controlSocket(mountPoint: string): string {
  return `${mountSlug(mountPoint)}.sock`;
}

/** Folders that hold mount points, as consumers bind them: by the folder in the container, the one on this machine. */
export function consumerFolders(owner: Pick<StorageOwner, 'dir'>, mounts: readonly Pick<MountDefinition, 'mountPoint'>[]): ReadonlyMap<string, string> {
  const parents = mounts.map(({ mountPoint }) => mountPoint.slice(0, mountPoint.lastIndexOf('/')));
  return new Map([...new Set(parents)].sort().map((parent) => [parent, hostFolder(owner, parent)]));
}

/** Requests and limits as the engine takes them; what the file does not say is left to the engine. */
export function resourceFields(resources: StorageResources): { readonly [field: string]: number } {
  const { limitMemoryBytes, requestMemoryBytes, limitCpuMillis, requestCpuMillis } = resources;
  return {
    ...(limitMemoryBytes === null ? {} : { Memory: limitMemoryBytes }),
    ...(requestMemoryBytes === null ? {} : { MemoryReservation: requestMemoryBytes }),
    ...(limitCpuMillis === null ? {} : { NanoCpus: limitCpuMillis * 1_000_000 }),
    // Two is the least the kernel takes.
    ...(requestCpuMillis === null ? {} : { CpuShares: Math.max(2, Math.floor((requestCpuMillis * 1024) / 1000)) }),
  };
}

/** Remotes of rclone from the environment. The keys are in variables of their own: a remote's settings can be seen among the arguments of a process. */
export function remoteEnvironment(remotes: readonly string[], place: MountPlace): { readonly [name: string]: string } {
  const settings: { readonly [name: string]: string } = {
    TYPE: 's3',
    PROVIDER: place.origin === 'local' ? 'Minio' : /\.amazonaws\.com(?:[:/]|$)/.test(place.endpointInside) ? 'AWS' : 'Other',
    ENDPOINT: place.endpointInside,
    REGION: place.region,
    ENV_AUTH: 'true',
  };
  const all = remotes.flatMap((remote) => Object.entries(settings).map(([name, value]) => [`RCLONE_CONFIG_${remote.toUpperCase()}_${name}`, value] as const));
  return { ...Object.fromEntries(all), AWS_ACCESS_KEY_ID: place.accessKey, AWS_SECRET_ACCESS_KEY: place.secretKey };
}

function bucketPath({ bucket, prefix }: MountDefinition): string {
  return prefix === '' ? bucket : `${bucket}/${prefix}`;
}

/** What a mount is, as rclone names it: `s3-data:bucket/folder`. */
export function remotePath(mount: MountDefinition): string {
  return `${mount.remote}:${bucketPath(mount)}`;
}

function rcloneWords(mount: MountDefinition, cacheDir: string): readonly string[] {
  return [
    'mount', remotePath(mount), mount.mountPoint,
    ...(mount.readOnly ? ['--read-only'] : []),
    '--allow-other',
    '--vfs-cache-mode', 'full',
    '--vfs-cache-max-size', rcloneSize(mount.cacheMaxBytes),
    '--vfs-cache-max-age', rcloneDuration(mount.cacheMaxAgeSeconds),
    '--dir-cache-time', rcloneDuration(mount.dirCacheSeconds),
    // How soon a cache that is too full is made smaller, and how old its gauge may be.
    '--vfs-cache-poll-interval', '10s',
    // The kernel asks again after a second: what was refreshed is seen within two.
    '--attr-timeout', '1s',
    '--vfs-fast-fingerprint',
    '--use-server-modtime',
    // A server that is away is told soon, not after a minute.
    '--contimeout', '5s',
    '--cache-dir', cacheDir,
    // The control socket lies in a folder that only root of the container and Berth's user can enter: whoever reaches it may give orders.
    '--rc-no-auth',
  ];
}

function s3fsTarget({ bucket, prefix }: MountDefinition): string {
  return prefix === '' ? bucket : `${bucket}:/${prefix}`;
}

/** s3fs shows objects that other clients wrote as files of root without a single right: nobody else could read them. */
const EVERYBODY_READS: readonly string[] = ['-o', 'umask=0022', '-o', 'mp_umask=0022'];

function s3fsWords(mount: MountDefinition): readonly string[] {
  return ['mount', s3fsTarget(mount), mount.mountPoint, ...(mount.readOnly ? ['-o', 'ro'] : []), '-o', `stat_cache_expire=${String(mount.dirCacheSeconds)}`, ...EVERYBODY_READS];
}

/** Those of the mounts that a container with these arguments has: a file that changed is not in effect before the next start. */
export function mountsWithin(container: StorageContainer, mounts: readonly MountDefinition[], args: readonly string[]): readonly MountDefinition[] {
  return mounts.filter((mount) => {
    const target = container.backend === 's3fs' ? s3fsTarget(mount) : remotePath(mount);
    return args.some((word, index) => word === target && args[index + 1] === mount.mountPoint);
  });
}

/** The command of a mount container, as the entry of Berth's images takes it. */
export function mountCommand(container: StorageContainer, mounts: readonly MountDefinition[]): readonly string[] {
  if (container.backend === 's3fs') return mounts.slice(0, 1).flatMap(s3fsWords);
  return mounts.flatMap((mount, index) => [...(index === 0 ? [] : [';']), ...rcloneWords(mount, container.cacheDir)]);
}

function environmentOf({ container, mounts, place }: MountContainerRequest): { readonly [name: string]: string } {
  if (container.backend === 's3fs') return { AWS_S3_URL: place.endpointInside, AWS_S3_REGION: place.region, AWS_S3_ACCESS_KEY_ID: place.accessKey, AWS_S3_SECRET_ACCESS_KEY: place.secretKey };
  // What is run in the container by hand finds the same configuration and the same remotes.
  return { RCLONE_CONFIG: `${container.configDir}/rclone.conf`, ...remoteEnvironment([...new Set(mounts.map(({ remote }) => remote))], place) };
}

/** Configuration and cache of a container, in volumes of its own: two rclones in one cache damage each other's files. */
export function mountVolumes(owner: StorageOwner, container: StorageContainer): readonly MountVolume[] {
  if (container.backend === 's3fs') return [];
  const volume = (kind: string, target: string): MountVolume => ({ name: `${owner.projectName}_${container.service}-${kind}`, key: `${container.service}-${kind}`, target });
  return [volume('config', container.configDir), volume('cache', container.cacheDir)];
}

/** Labels of everything storage makes for a project. */
export function storageLabels(owner: StorageOwner): { readonly [label: string]: string } {
  return { [COMPOSE_LABELS.project]: owner.projectName, [STORAGE_LABELS.projectId]: owner.projectId };
}

/** Labels of a container of storage. */
export function containerLabels(owner: StorageOwner, service: string, role: string): { readonly [label: string]: string } {
  return { ...storageLabels(owner), [COMPOSE_LABELS.service]: service, [COMPOSE_LABELS.workingDir]: owner.dir, [COMPOSE_LABELS.number]: '1', [COMPOSE_LABELS.oneOff]: 'False', [STORAGE_LABELS.role]: role };
}

/** What mounting takes of the machine, and nothing else: FUSE, the right to mount, and the folders above the mount points. */
function mounting(owner: StorageOwner, points: readonly string[]): JsonObject {
  const roots = [...new Set(points.map(mountRoot))];
  return {
    Init: true,
    CapAdd: ['SYS_ADMIN'],
    SecurityOpt: ['apparmor=unconfined'],
    Devices: [{ PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' }],
    // The supervisor starts it again: an engine that did would loop on a mount that is stale.
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
    Mounts: roots.map((root) => ({ Type: 'bind', Source: hostFolder(owner, root), Target: root, BindOptions: { Propagation: 'rshared' } })),
  };
}

/** The folder of the control sockets, in the container as in the image's entry; s3fs takes no orders. */
function controlBind(owner: StorageOwner, { backend, service }: StorageContainer): readonly JsonObject[] {
  return backend === 's3fs' ? [] : [{ Type: 'bind', Source: controlFolder(owner, service), Target: CONTROL_TARGET }];
}

/** The payload of a mount container: a fixed shape with values of the storage file in it. `hash` is added by whoever makes it. */
export function mountPayload(request: MountContainerRequest): JsonObject {
  const { owner, container, mounts, place, image } = request;
  const base = mounting(owner, mounts.map(({ mountPoint }) => mountPoint));
  const volumes = mountVolumes(owner, container).map(({ name, target }) => ({ Type: 'volume', Source: name, Target: target }));
  return {
    Image: image,
    Cmd: [...mountCommand(container, mounts)],
    Env: Object.entries(environmentOf(request)).map(([name, value]) => `${name}=${value}`),
    User: '0:0',
    StopTimeout: UNMOUNT_GRACE_SECONDS,
    Labels: { ...containerLabels(owner, container.service, 'mount'), [STORAGE_LABELS.endpoint]: place.endpointInside },
    HostConfig: { ...base, Mounts: [...((base['Mounts'] ?? []) as JsonObject[]), ...controlBind(owner, container), ...volumes], ...wayToS3(place), ...resourceFields(container.resources) },
  };
}

/** The network S3 is found in, and the name of this machine where S3 is on it. */
export function wayToS3({ network, hostGateway }: Pick<MountPlace, 'network' | 'hostGateway'>): JsonObject {
  return { ...(network === null ? {} : { NetworkMode: network }), ...(hostGateway ? { ExtraHosts: [`${HOST_GATEWAY}:host-gateway`] } : {}) };
}

/** Takes away stale mounts at exactly these folders, and only of these programs; the code says whether all of them are gone. */
const CLEAN_UP_SCRIPT = `status=0
for point; do
  rounds=0
  while WANTED=$point awk 'BEGIN { wanted = ENVIRON["WANTED"] } { point = $5; gsub(/\\\\040/, " ", point); if (point == wanted && $0 ~ / - fuse\\.(rclone|s3fs) /) found = 1 } END { exit !found }' /proc/self/mountinfo; do
    [ "$rounds" -lt 8 ] && umount -l "$point" || { status=1; break; }
    rounds=$((rounds + 1))
  done
done
exit "$status"`;

/** The service name under which clean-ups run. */
export const CLEAN_UP_SERVICE = 'mount-clean-up';

/** The payload of a run that takes stale mounts away lazily, in a container without a network. */
export function cleanUpPayload(owner: StorageOwner, image: string, points: readonly string[]): JsonObject {
  return {
    Image: image,
    Entrypoint: ['/bin/sh', '-c', CLEAN_UP_SCRIPT, 'clean-up'],
    Cmd: [...points],
    User: '0:0',
    Labels: containerLabels(owner, CLEAN_UP_SERVICE, 'clean-up'),
    HostConfig: { ...mounting(owner, points), NetworkMode: 'none' },
  };
}

/**
 * Ends the program behind a mount inside its container: the first word is how many seconds it may take to unmount by itself, then the folder. Only processes of rclone and s3fs that
 * name the folder are told. The image's entry takes the mount away and makes it again.
 */
export const END_MOUNT_COMMAND: readonly string[] = [
  '/bin/sh',
  '-c',
  `grace=$1
point=$2
for process in /proc/[0-9]*; do
  words=$(tr '\\0' '\\n' < "$process/cmdline" 2> /dev/null) || continue
  program=$(printf '%s\\n' "$words" | sed -n 1p)
  case "\${program##*/}" in rclone|s3fs) ;; *) continue ;; esac
  printf '%s\\n' "$words" | grep -qxF -e "$point" || continue
  id=\${process#/proc/}
  left=$grace
  [ "$left" = 0 ] || kill -TERM "$id"
  while [ "$left" -gt 0 ] && kill -0 "$id" 2> /dev/null; do
    sleep 1
    left=$((left - 1))
  done
  kill -KILL "$id" 2> /dev/null
done
exit 0`,
  'end-mount',
];

/** Keys of the risky facts of mount containers of these services: what the user of a trusted project gets by starting storage, and no more. */
export function mountFactKeys(owner: StorageOwner, services: readonly string[], roots: readonly string[]): readonly string[] {
  return [...services, CLEAN_UP_SERVICE].flatMap((service) => [
    `capability:${service}:SYS_ADMIN`,
    `device:${service}:/dev/fuse`,
    `security-option:${service}:apparmor=unconfined`,
    ...roots.map((root) => `bind-shared:${service}:${hostFolder(owner, root)}`),
  ]);
}
