import type { Where } from '../../kernel/app-error';
import type { StorageResources } from './definition';

/** A text in which every variable was resolved, or the text as written when one is not known. */
export interface StorageText {
  readonly text: string;
  /** False while a variable in it is not known. */
  readonly certain: boolean;
}

/**
 * One access to S3, wherever it was found: compose files, rclone configurations and commands, environment, Kubernetes manifests,
 * running containers. The conflicts are read from a table of these (storage design: every access as endpoint, bucket, prefix, verbs).
 */
export interface S3Access {
  /** Container name as a person would say it. */
  readonly container: string;
  readonly service: string | null;
  /** What runs and is given memory together: `pod:<namespace>/<kind>/<name>`, or `host` for all containers of one engine. Accesses of different groups share no config path and no cache folder unless a volume joins them. */
  readonly group: string;
  /** True for what runs to its end before the rest of its group begins (an init container). */
  readonly startup: boolean;
  readonly mode: 'mount' | 'sync' | 'client';
  readonly verbs: readonly ('read' | 'write' | 'delete')[];
  /** For sync: where the data goes. */
  readonly direction: 'to-s3' | 'from-s3' | null;
  /** Name of the remote or alias as the command writes it; null where it names the bucket without one. */
  readonly remote: string | null;
  /** Scheme, host and port, no slash at the end; `aws:<region>` for Amazon's own; as written while a variable in it is not known; empty when nothing is known. */
  readonly endpoint: string;
  readonly bucket: StorageText;
  /** Without a slash at either end; empty for the whole bucket. */
  readonly prefix: StorageText;
  /** Mount point, or the local folder of a sync. */
  readonly place: string;
  /** What lies at the place, as `configStore` says it. */
  readonly placeStore: string | null;
  /** Absolute path of the rclone configuration in the container; null when the remotes come from the environment only. */
  readonly configPath: string | null;
  /** What lies at the configuration's folder: a volume or folder of the host that others may share; null when it is the container's own. */
  readonly configStore: string | null;
  /** False where the configuration is mounted read-only. */
  readonly configWritable: boolean;
  readonly cacheDir: string | null;
  readonly cacheStore: string | null;
  /** Which credentials, as a name or a hash: never the value. */
  readonly credentials: string | null;
  readonly image: string;
  readonly resources: StorageResources;
  readonly everySeconds: number | null;
  /** True when runs of this schedule never overlap (a lock, `concurrencyPolicy: Forbid`, one loop). */
  readonly exclusive: boolean;
  /** How long the view of a mount may be old, in seconds; null for everything else. */
  readonly staleSeconds: number | null;
  readonly where: Where | undefined;
}
