import type { AppErrorData } from '@shared/kernel/app-error';
import type { Finding } from '@shared/domain/findings/finding';

/** What the reader process is asked. Paths of files are relative to `dir`, with `/`. */
export type ReaderRequest =
  | { readonly work: 'compare'; readonly dir: string; readonly left: string; readonly right: string; readonly schemaFile: string }
  | { readonly work: 'check'; /** What the text would be called. */ readonly path: string; readonly text: string; readonly schemaFile: string }
  | { readonly work: 'validate'; readonly dir: string; /** null: the newest. */ readonly kubernetes: string | null; readonly schemaFile: string };

/** A file as it is compared with another. */
export interface ComparedContent {
  readonly file: string;
  /** Hex SHA-256 of the bytes. */
  readonly contentHash: string;
  readonly text: string;
  /** What it means, in an order of its own; null where there is no manifest in it. */
  readonly meaning: string | null;
  /** One sentence why there is none. */
  readonly reason: string | null;
}

/** Two files, and where they do not mean the same. */
export interface Comparison {
  readonly files: readonly [ComparedContent, ComparedContent];
  /** JSON pointers, with the object before them where a file has several; none where one of them has no meaning. */
  readonly differences: readonly string[];
}

/** Every manifest of a folder, checked. */
export interface ValidatedFolder {
  readonly kubernetes: string;
  readonly files: number;
  readonly documents: number;
  readonly findings: readonly Finding[];
}

export type ReaderAnswer = { readonly compared: Comparison } | { readonly validated: ValidatedFolder } | { readonly checked: readonly Finding[] } | { readonly error: AppErrorData };
