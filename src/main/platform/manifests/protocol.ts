import type { AppErrorData } from '@shared/kernel/app-error';
import type { ApplyRoot, DuplicateGroup, LayerHashes, ManifestValue, Marks, FileKind, ReadProblem, ResourceId, ScannedFile } from '@shared/domain/gitops/types';
import type { FileFacts } from '@shared/domain/gitops/scan/facts';
import type { HashedService } from '@shared/domain/gitops/scan/compose-groups';

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

/** The end of a scan; its files came before. */
export interface ScannerResult {
  readonly generation: number;
  /** False when only what changed since `generation` was sent. */
  readonly isWhole: boolean;
  readonly removed: readonly string[];
  readonly applyRoots: readonly ApplyRoot[];
  readonly groups: readonly DuplicateGroup[];
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
  readonly apiVersion: string;
  hashes: LayerHashes;
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

/** One piece of work on the bytes of a stranger. */
export interface ContentJob {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** parse: everything but the other layers. fine: L1 to L3 of each document. coarse: L5 and L6. Else the value of one document (or one service of it). */
  readonly work: 'parse' | 'fine' | 'coarse' | { readonly document: number; readonly item: number | null; readonly service: string | null };
}

export type ContentResult = { readonly parsed: ParsedContent } | { readonly layers: readonly Partial<LayerHashes>[] } | { readonly value: ManifestValue };
