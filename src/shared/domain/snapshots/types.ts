import type { Json, JsonObject } from '@shared/kernel/json';

/** The forms of docs/snapshot-format.md. */

export type SnapshotPartKind = 'files' | 'settings' | 'containers' | 'images' | 'volume' | 'bind' | 'bucket';
export type SnapshotConsistency = 'hook' | 'stopped' | 'paused' | 'live' | 'none';

/** A path or link target as text, or as base64 where its bytes are not valid UTF-8. */
export type RawText = { readonly text: string } | { readonly base64: string };

interface Owned {
  /** 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: string;
  /** Name to base64; empty when there are none. */
  readonly xattrs: { readonly [name: string]: string };
}

/** One entry of a tree. Its order is that of a walk by the bytes of names. */
export type TreeEntry = { readonly path: RawText } & (
  | ({ readonly type: 'dir' | 'fifo' | 'socket' } & Owned)
  | ({ readonly type: 'symlink'; readonly to: RawText } & Owned)
  | { readonly type: 'link'; readonly to: RawText }
  | ({
      readonly type: 'file';
      /** Bytes, holes counted. */
      readonly size: number;
      /** Where the data is, as [offset, length]; null without holes. */
      readonly data: readonly (readonly [number, number])[] | null;
      /** Chunk ids in order, 64 hex digits each. */
      readonly chunks: readonly string[];
    } & Owned)
);

export interface SkippedEntry {
  readonly path: string;
  readonly why: string;
}

/** A part of a manifest. */
export interface ManifestPart {
  readonly kind: SnapshotPartKind;
  readonly name: string;
  /** Ids of the chunks of its tree, in order. */
  readonly tree: readonly string[];
  /** Hash of its tree, hex. */
  readonly sha256: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly secret: boolean;
  readonly consistency: SnapshotConsistency;
  readonly skipped: readonly SkippedEntry[];
  readonly facts: JsonObject;
}

/** The body of a manifest. */
export interface Manifest {
  readonly id: string;
  readonly createdAt: string;
  readonly tag: string | null;
  readonly reason: string;
  readonly operationId: string | null;
  /** Version of Berth. */
  readonly berth: string;
  readonly engine: { readonly version: string; readonly api: string; readonly os: string; readonly arch: string };
  readonly project: { readonly id: string; readonly name: string; readonly dir: string };
  readonly mode: string | null;
  readonly health: 'healthy' | 'unhealthy' | 'stopped';
  readonly parts: readonly ManifestPart[];
  readonly notes: readonly string[];
  readonly complete: true;
}

/** `facts` of a volume. */
export interface VolumeFacts extends JsonObject {
  /** Its key in the compose model; null for one that no file names. */
  readonly key: string | null;
  readonly driver: string;
  readonly options: { readonly [name: string]: string };
  readonly labels: { readonly [name: string]: string };
  /** For example `postgres 16`; null where it is no database Berth knows. */
  readonly database: string | null;
  /** Services that mount it, with where. */
  readonly services: { readonly [service: string]: string };
}

/** `facts` of the images part: one row for each service. */
export interface ImageFact extends JsonObject {
  readonly service: string;
  readonly reference: string;
  readonly id: string;
  readonly digests: readonly string[];
  readonly platform: string;
}

/** `facts` of the containers part: one row for each container. */
export interface ContainerFact extends JsonObject {
  readonly service: string;
  readonly name: string;
  readonly number: number;
  readonly imageId: string;
  readonly state: string;
  readonly health: string;
}

/** `facts` of the files part `compose`: the modes, and which files (relative to the folder) make each. */
export interface ComposeFacts extends JsonObject {
  readonly modes: readonly { readonly name: string; readonly files: readonly string[]; readonly envFiles: readonly string[]; readonly profiles: readonly string[] }[];
}

/** `facts` of the images part. */
export interface ImagesFacts extends JsonObject {
  readonly images: readonly ImageFact[];
}

/** `facts` of the containers part. */
export interface ContainersFacts extends JsonObject {
  readonly containers: readonly ContainerFact[];
}

/** `facts` of a bind. */
export interface BindFacts extends JsonObject {
  /** Absolute, on the engine's machine. */
  readonly source: string;
  readonly targets: readonly string[];
  readonly services: readonly string[];
  /** Whether only what workspaces would send is in it; false for a data folder, which is whole. */
  readonly filtered: boolean;
}

/** `facts` of a bucket. */
export interface BucketFacts extends JsonObject {
  readonly versioning: string;
  readonly objects: number;
}

export type { Json, JsonObject };
