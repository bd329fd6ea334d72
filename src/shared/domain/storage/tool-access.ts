import type { Lookup } from '../compose/environment';
import type { S3Access } from './access';
import type { RcloneRemotes, RcloneSections, S3Location } from './rclone-config';

/** One access as a command line says it, before it is known where its container runs. */
export interface ToolAccess extends Pick<S3Access, 'mode' | 'verbs' | 'direction' | 'place' | 'remote' | 'staleSeconds'> {
  readonly location: S3Location;
  /** Absolute; null when no configuration file is used. */
  readonly configPath: string | null;
  /** Absolute; null when nothing is cached on a disk. */
  readonly cacheDir: string | null;
}

/** What the tools of a container find there. */
export interface ToolContext {
  readonly environment: Lookup;
  /** Texts of files, by absolute path in the container. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether something is mounted at a path or above it. */
  isMounted(path: string): boolean;
  readonly image: string;
  /** Remotes and aliases that commands of this container made. */
  readonly created: RcloneSections;
  readonly fallback: RcloneRemotes['fallback'];
}

export const READ = ['read'] as const;
export const WRITE = ['write'] as const;
export const READ_WRITE_DELETE = ['read', 'write', 'delete'] as const;
