import type { AppErrorData } from '@shared/kernel/app-error';
import type { ApplyRoot, DuplicateGroup, FileKind, LayerHashes, LayerName, ManifestValue, Marks, ReadProblem, ResourceId, ScannedFile } from '@shared/domain/gitops/types';
import type { FileFacts } from '@shared/domain/gitops/scan/facts';
import type { HashedService } from '@shared/domain/gitops/scan/compose-groups';
import type { ContentLine } from './content-lines';

/** What the scanner process is asked for one folder. */
export interface ScannerRequest {
  /** Absolute, links resolved. */
  readonly dir: string;
  readonly fresh: boolean;
  /** Look only at these (posix, relative); null: at everything. */
  readonly paths: readonly string[] | null;
  /** The scan this process knows; files that have not changed since are not sent again. */
  readonly generation: number;
  /** Files at which a scanner died before: read first, one at a time. */
  readonly suspects: readonly string[];
  /** Files at which it died even so: never parsed. */
  readonly refused: readonly string[];
  /** Where what was read is kept for the next time. */
  readonly cacheFile: string;
  /** Where it is written before it takes that place. */
  readonly besideFile: string;
  /** Written before each parse, so that whoever comes after a death knows at what. */
  readonly readingFile: string;
  readonly schemaFile: string;
  /** Threads beside this one; 0: as many as fit the tree and the machine. */
  readonly threads: number;
}

/** How far it is. */
export interface ScannerProgress {
  readonly files: number;
  readonly of: number | null;
  readonly phase: 'walking' | 'reading' | 'comparing';
}

/** What was not read, and why. */
export interface SkippedEntry {
  readonly path: string;
  readonly reason: string;
}

/** A list by what it has of the one before: each part is a run of that one, from where and how many, or something new. */
export type ListEdit<T extends object> = readonly (readonly [from: number, count: number] | T)[];

/** The end of a scan; its files came before. */
export interface ScannerResult {
  readonly generation: number;
  /** False when only what changed since `generation` was sent. */
  readonly isWhole: boolean;
  readonly removed: readonly string[];
  readonly applyRoots: ListEdit<ApplyRoot>;
  readonly groups: ListEdit<DuplicateGroup>;
  readonly skipped: readonly SkippedEntry[];
  readonly filesRead: number;
  readonly documents: number;
  readonly threads: number;
  readonly peakBytes: number;
  /** Where the time went, in milliseconds. */
  readonly phases: { readonly [phase: string]: number };
}

export type ScannerCall = { readonly id: number; readonly method: 'scan'; readonly request: ScannerRequest } | { readonly id: number; readonly method: 'cancel'; readonly of: number };

export type ScannerAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: ScannerProgress }
  | { readonly id: number; readonly kind: 'files'; readonly files: readonly ScannedFile[] }
  | { readonly id: number; readonly kind: 'done'; readonly result: ScannerResult }
  | { readonly id: number; readonly kind: 'failed'; readonly error: AppErrorData };

/** A document as it is kept; layers but the fourth are '' until something is compared with it. */
export interface ParsedDocument {
  readonly index: number;
  readonly item: number | null;
  readonly line: number;
  readonly id: ResourceId | null;
  readonly hashes: { -readonly [layer in LayerName]: string };
  readonly marks: Marks;
}

/** What the bytes of a file say, without their values. */
export interface ParsedContent {
  readonly kind: FileKind;
  readonly reason: string | null;
  readonly problem: ReadProblem | null;
  readonly documents: readonly ParsedDocument[];
  readonly marks: Marks;
  readonly facts: FileFacts | null;
  readonly services: readonly HashedService[];
  /** Definitions of kinds that the tree makes itself. */
  readonly definitions: readonly ManifestValue[];
}

/** A file that was read: its SHA-256 and size, and what it says, null where that has been told before. A text says why it could not be read; null: it is gone. */
export type ReadFileAnswer = readonly [contentHash: string, sizeBytes: number, content: ContentLine | null] | string | null;

/** One document of a file that is as it was when it was read. */
export type DocumentPlace = readonly [path: string, contentHash: string, document: number, item: number | null];

/** What is not known of documents that may be the same. */
export interface CompareJob {
  /** fine: L1 to L3, coarse: L5 and L6. */
  readonly layers: readonly { readonly place: DocumentPlace; readonly fine: boolean; readonly coarse: boolean }[];
  /** Where do these differ from the first of them, in one service where one is named. */
  readonly differing: readonly { readonly places: readonly DocumentPlace[]; readonly service: string | null }[];
}

/** In the order of what was asked; null for a document that is not as it was. */
export interface CompareAnswer {
  readonly layers: readonly (Partial<LayerHashes> | null)[];
  readonly differing: readonly (readonly string[])[];
}
