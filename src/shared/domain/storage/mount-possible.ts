/** What decides whether buckets can be folders here. Null: could not be told. */
export interface MountFacts {
  readonly platform: string;
  readonly hostName: string;
  /** Null while no engine is connected. */
  readonly engine: { readonly local: boolean; readonly os: string; readonly name: string; readonly rootless: boolean } | null;
  readonly hasFuseDevice: boolean;
  /** Whether mounts made beneath Berth's folder are passed on to containers. */
  readonly isShared: boolean | null;
}

/** What takes the place of mounts where there can be none. */
export const INSTEAD_OF_MOUNTS = 'Containers read and write the buckets through S3 themselves (direct S3); copies to S3 work as usual.';

/** Why no bucket can be mounted here, in one sentence; null when it can. */
export function mountObstacle({ platform, hostName, engine, hasFuseDevice, isShared }: MountFacts): string | null {
  if (engine === null) return 'The Docker engine is not connected, so whether buckets can be mounted cannot be told.';
  if (platform !== 'linux') return 'Docker runs in a machine of its own here: mounts made there reach neither this computer nor other containers.';
  if (!engine.local) return 'The Docker engine runs on another computer: its mounts are not seen on this one.';
  if (engine.os !== 'linux') return 'The Docker engine runs containers of another system than Linux, which has no FUSE.';
  if (runsInOwnMachine(engine.name) || engine.name !== hostName) return `The Docker engine runs in a machine of its own (${engine.name}): its mounts are not seen on this computer.`;
  if (engine.rootless) return 'The Docker engine runs without root, so a mount of a container is seen nowhere else.';
  if (!hasFuseDevice) return 'This computer has no /dev/fuse: load it as root with “modprobe fuse”.';
  if (isShared === false) return 'The disk with Berth’s folder does not pass mounts on to containers: as root, “mount --make-rshared /”.';
  return null;
}

/** True for an engine in a machine of its own that passes this computer's ports on to its containers. */
export function runsInOwnMachine(engineName: string): boolean {
  return /^(?:docker-desktop|colima|lima|rancher-desktop)/.test(engineName);
}
