import { create } from 'zustand';
import type { OutputOf } from '@shared/contract/contract';
import type { AppError } from '@shared/kernel/app-error';
import { FILE_DRAFTS, tellUnsaved, type Unsaved } from '../../lib/unsaved';

export type ListedFile = OutputOf<'files.list'>[number];
export type FileKind = ListedFile['kind'];
export type ReadFile = OutputOf<'files.read'>;

/** A file that is open: what was read of it last, and what was made of it since. */
export interface OpenFile {
  /** Absolute. */
  readonly file: string;
  readonly kind: FileKind;
  /** Null until it is read. Its text has plain line ends, as the editor has them. */
  readonly saved: ReadFile | null;
  /** Null: nothing was changed. */
  readonly draft: string | null;
  /** What stood on the disk when the draft was begun: where it is another file by now, somebody decides. */
  readonly base: string | null;
  readonly error: AppError | null;
}

/** What is open of one project. */
export interface OpenFiles {
  readonly files: readonly OpenFile[];
  readonly active: string | null;
}

interface FilesState {
  readonly projects: { readonly [projectId: string]: OpenFiles };
}

/** What was typed and not saved, beyond the page's own life: a reloaded page finds it again. */
export interface KeptFile {
  readonly projectId: string;
  readonly file: string;
  readonly kind: FileKind;
  readonly draft: string | null;
  readonly base: string | null;
  readonly active: boolean;
}

const NOTHING: OpenFiles = { files: [], active: null };

/** What of the open files outlives the page. Texts of env files are secrets and stay in memory. */
export function keptFiles(projects: FilesState['projects']): readonly KeptFile[] {
  return Object.entries(projects).flatMap(([projectId, { files, active }]) => files.map(({ file, kind, draft, base }) => ({ projectId, file, kind, draft: kind === 'env' ? null : draft, base: kind === 'env' ? null : base, active: file === active })));
}

/** The way back: the files are open again with their drafts, and are still to be read. */
export function revived(kept: readonly KeptFile[]): FilesState['projects'] {
  const projects: { [projectId: string]: OpenFiles } = {};
  for (const { projectId, file, kind, draft, base, active } of kept) {
    const known = projects[projectId] ?? NOTHING;
    projects[projectId] = { files: [...known.files, { file, kind, saved: null, draft, base, error: null }], active: active ? file : known.active };
  }
  return projects;
}

function readKept(): readonly KeptFile[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(FILE_DRAFTS) ?? '[]');
    return Array.isArray(kept) ? (kept as readonly KeptFile[]) : [];
  } catch {
    return [];
  }
}

/** What would be lost with the page: files with a draft, and those of them that a page that is loaded anew does not find again. */
export function unsavedFiles(projects: FilesState['projects']): Unsaved {
  const drafts = Object.values(projects).flatMap(({ files }) => files.filter(({ draft }) => draft !== null));
  return { files: drafts.length, secret: drafts.filter(({ kind }) => kind === 'env').length };
}

const useFilesStore = create<FilesState>()(() => ({ projects: revived(readKept()) }));

tellUnsaved('files', unsavedFiles(useFilesStore.getState().projects));

useFilesStore.subscribe((state) => {
  tellUnsaved('files', unsavedFiles(state.projects));
  try {
    sessionStorage.setItem(FILE_DRAFTS, JSON.stringify(keptFiles(state.projects)));
  } catch {
    // Without the storage a draft lives as long as the page.
  }
});

/** What is open of a project. */
export function useOpenFiles(projectId: string): OpenFiles {
  return useFilesStore((state) => state.projects[projectId] ?? NOTHING);
}

/** What is open right now, for what happens later. */
export function openFilesOf(projectId: string): OpenFiles {
  return useFilesStore.getState().projects[projectId] ?? NOTHING;
}

function change(projectId: string, by: (files: OpenFiles) => OpenFiles): void {
  useFilesStore.setState((state) => ({ projects: { ...state.projects, [projectId]: by(state.projects[projectId] ?? NOTHING) } }));
}

function changeFile(projectId: string, file: string, by: (one: OpenFile) => OpenFile): void {
  change(projectId, (open) => ({ ...open, files: open.files.map((one) => (one.file === file ? by(one) : one)) }));
}

/** Opens a file, or goes to it where it is open. */
export function openFile(projectId: string, { file, kind }: Pick<ListedFile, 'file' | 'kind'>): void {
  change(projectId, ({ files }) => ({ files: files.some((one) => one.file === file) ? files : [...files, { file, kind, saved: null, draft: null, base: null, error: null }], active: file }));
}

/** Closes it; what was not saved is gone. */
export function closeFile(projectId: string, file: string): void {
  change(projectId, ({ files, active }) => {
    const at = files.findIndex((one) => one.file === file);
    const left = files.filter((one) => one.file !== file);
    return { files: left, active: active === file ? (left[Math.min(at, left.length - 1)]?.file ?? null) : active };
  });
}

/** Takes what stands on the disk now; a draft stays. */
export function tookRead(projectId: string, file: string, read: ReadFile): void {
  const saved = { ...read, text: plainLines(read.text) };
  changeFile(projectId, file, (one) => (one.draft === null || one.draft === saved.text ? { ...one, saved, draft: null, base: saved.sha256, error: null } : { ...one, saved, error: null }));
}

/** It could not be read. */
export function failedToRead(projectId: string, file: string, error: AppError): void {
  changeFile(projectId, file, (one) => ({ ...one, error }));
}

/** Takes what was typed; the same as what is saved is no draft. */
export function tookText(projectId: string, file: string, text: string): void {
  changeFile(projectId, file, (one) => (one.saved === null ? one : { ...one, draft: text === one.saved.text ? null : text, base: one.draft === null || text === one.saved.text ? one.saved.sha256 : one.base }));
}

/** Forgets what was typed. */
export function dropDraft(projectId: string, file: string): void {
  changeFile(projectId, file, (one) => ({ ...one, draft: null, base: one.saved?.sha256 ?? null }));
}

/** What was typed is to stand in place of what is on the disk now. */
export function keepDraft(projectId: string, file: string): void {
  changeFile(projectId, file, (one) => ({ ...one, base: one.saved?.sha256 ?? null }));
}

/** It was saved with this text. */
export function tookSaved(projectId: string, file: string, text: string, sha256: string): void {
  changeFile(projectId, file, (one) => (one.saved === null ? one : { ...one, saved: { ...one.saved, text, sha256, sizeBytes: new TextEncoder().encode(text).length }, draft: one.draft === text ? null : one.draft, base: sha256 }));
}

/** Whether somebody else changed the file since the draft was begun. */
export function isStale({ draft, base, saved }: OpenFile): boolean {
  return draft !== null && saved !== null && saved.sha256 !== base;
}

/** The text as it is shown. */
export function textOf({ draft, saved }: OpenFile): string {
  return draft ?? saved?.text ?? '';
}

function plainLines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
