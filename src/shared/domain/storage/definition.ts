/**
 * What of S3 a project sees as folders and what it copies to S3, as its storage file says. The file is a compose file of its own
 * (`docker-compose.storage.yml`, `docker-compose.rclone.yml`, `docker-compose.s3fs.yml`): runnable without Berth, never a mode.
 * Berth makes containers from the values below only; everything else in the file is not used.
 */
export interface StorageDefinition {
  /** Relative to the project; null when there is none yet: then nothing is defined. */
  readonly file: string | null;
  readonly containers: readonly StorageContainer[];
  readonly mounts: readonly MountDefinition[];
  readonly jobs: readonly JobDefinition[];
}

/** A container of the storage file. */
export interface StorageContainer {
  readonly service: string;
  /** `container_name`, or the service. */
  readonly container: string;
  readonly role: 'mount' | 'sync';
  readonly backend: 'rclone' | 's3fs';
  /** As the file says; what runs is what the image resolver finds for its role. */
  readonly image: string;
  /** Folder of the rclone configuration in the container, for example /root/.config/rclone-mount. */
  readonly configDir: string;
  readonly cacheDir: string;
  readonly resources: StorageResources;
  /** Folders the sync jobs read, by where they are mounted: named volumes and folders inside the project only. */
  readonly sources: readonly { readonly type: 'volume' | 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }[];
}

/** Requests and limits in bytes and thousandths of a core; null where the file says nothing. */
export interface StorageResources {
  readonly requestMemoryBytes: number | null;
  readonly requestCpuMillis: number | null;
  readonly limitMemoryBytes: number | null;
  readonly limitCpuMillis: number | null;
}

/** One bucket, or a part of one, as a folder. */
export interface MountDefinition {
  /** `service:mountPoint`. */
  readonly id: string;
  readonly service: string;
  /** Name of the remote as commands write it: `s3-data`, `minio`. */
  readonly remote: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Absolute in the container and at least two folders deep: its parent is what containers share. */
  readonly mountPoint: string;
  readonly readOnly: boolean;
  readonly cacheMaxBytes: number;
  readonly cacheMaxAgeSeconds: number;
  readonly dirCacheSeconds: number;
}

/** One folder that is copied to S3 again and again. */
export interface JobDefinition {
  /** `service:source`. */
  readonly id: string;
  readonly service: string;
  /** Absolute in the container: /mnt/efs/processed. */
  readonly source: string;
  readonly remote: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly semantics: 'archive' | 'mirror';
  readonly everySeconds: number;
}

/** Names of storage files, in the order in which they are looked for. None of them is ever a mode. */
export const STORAGE_FILES: readonly string[] = ['docker-compose.storage.yml', 'docker-compose.rclone.yml', 'docker-compose.s3fs.yml'];

/** Variables of buckets in `.env`, as S0.22 names them. */
export const BUCKET_VARIABLES: readonly string[] = ['S3_DATA_BUCKET', 'S3_INDEX_BUCKET', 'S3_REALTIME_BUCKET', 'S3_ARCHIVE_BUCKET', 'S3_LOGS_BUCKET', 'S3_BACKUP_BUCKET'];
