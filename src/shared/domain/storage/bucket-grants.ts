import type { Json } from '../../kernel/json';
import type { StorageDefinition } from './definition';

/** Whose keys: those of the project's own services, of its mounts, or of its copies. */
export type KeyRole = 'project' | 'mount' | 'sync';

/** Buckets by what the containers of a storage file do with them. */
export interface BucketUses {
  /** Mounted to be read. */
  readonly read: readonly string[];
  /** Mounted to be written. */
  readonly write: readonly string[];
  /** Copied to; nothing in them is ever deleted. */
  readonly copy: readonly string[];
  /** Kept equal to a folder: what is gone there is deleted. */
  readonly mirror: readonly string[];
}

const LIST = ['s3:GetBucketLocation', 's3:ListBucket'];
const READ = ['s3:GetObject'];
const UPLOADS = ['s3:ListBucketMultipartUploads'];
const WRITE = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const DELETE = ['s3:DeleteObject'];

/** What the mounts and the jobs of a storage file do with which bucket. */
export function bucketUses({ mounts, jobs }: Pick<StorageDefinition, 'mounts' | 'jobs'>): BucketUses {
  const names = (all: readonly { readonly bucket: string }[]): readonly string[] => [...new Set(all.map(({ bucket }) => bucket))].sort();
  return {
    read: names(mounts.filter((one) => one.readOnly)),
    write: names(mounts.filter((one) => !one.readOnly)),
    copy: names(jobs.filter((one) => one.semantics === 'archive')),
    mirror: names(jobs.filter((one) => one.semantics === 'mirror')),
  };
}

/**
 * The policy of keys. A mount that only reads cannot write whatever happens in it; a copy compares with what is there, puts, and deletes nothing unless it mirrors.
 * `buckets`: all of the project.
 */
export function grantsOf(role: KeyRole, buckets: readonly string[], uses: BucketUses): Json {
  const statements =
    role === 'project'
      ? [statement(['s3:*'], ['s3:*'], buckets)]
      : role === 'mount'
        ? [statement(LIST, READ, uses.read), statement([...LIST, ...UPLOADS], [...READ, ...WRITE, ...DELETE], uses.write)]
        : [statement([...LIST, ...UPLOADS], [...READ, ...WRITE], uses.copy), statement([...LIST, ...UPLOADS], [...READ, ...WRITE, ...DELETE], uses.mirror)];
  const named = statements.flat();
  // A policy has to name something, so it names a bucket that can never be (names have three letters at least).
  return { Version: '2012-10-17', Statement: named.length === 0 ? [...statement(['s3:ListBucket'], ['s3:GetObject'], ['-'])] : [...named] };
}

function statement(onBucket: readonly string[], onObjects: readonly string[], buckets: readonly string[]): readonly Json[] {
  if (buckets.length === 0) return [];
  const resource = (end: string): Json => buckets.map((name) => `arn:aws:s3:::${name}${end}`);
  return [
    { Effect: 'Allow', Action: [...onBucket], Resource: resource('') },
    { Effect: 'Allow', Action: [...onObjects], Resource: resource('/*') },
  ];
}
