import type { SnapshotPartKind } from '@shared/domain/snapshots/types';

/** The files of an export beside its parts. */
export const ARCHIVE_MANIFEST = 'manifest.json';
export const ARCHIVE_SUMS = 'SHA256SUMS';
export const ARCHIVE_COMPLETE = 'COMPLETE';

/** Where the files of a part stand. `number` counts the parts of the manifest from 1, those that were left out too. */
export function partName(kind: SnapshotPartKind, number: number, form: 'tar' | 'tree'): string {
  return `parts/${kind}-${String(number)}.${form}`;
}

/** A line of the sums, as sha256sum writes it. */
export function sumLine(sha256: string, name: string): string {
  return `${sha256}  ${name}\n`;
}

/** The last file: what came before it, and the version of this form. Canonical JSON. */
export function completeText(files: number, bytes: number): string {
  return `{"berthExport":1,"bytes":${String(bytes)},"files":${String(files)}}\n`;
}
