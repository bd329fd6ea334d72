import type { ContractName, InputOf, NamesOfKind, OutputOf } from '@shared/contract/contract';
import type { SequencedEvent } from '@shared/contract/events';
import type { PackedLines } from '@shared/domain/logs/packed-lines';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import type { Result } from '@shared/kernel/result';
import type { AppInfo, BerthApi, FileQuestion, PickedFile, PickedFolder, WindowCommand, WindowVerb } from '../../../preload/api';
import { visibleJson } from './visible-text';

declare global {
  interface Window {
    readonly berth: BerthApi;
  }
}

type Asked = NamesOfKind<'query'> | NamesOfKind<'command'>;

function unwrap(result: Result<unknown, AppErrorData>): unknown {
  if (!result.ok) throw AppError.fromData(visibleJson(result.error));
  return visibleJson(result.value);
}

/** Asks for a query or a command. Rejects with an AppError. Every text that comes back is safe to show as it is. */
export async function call<N extends Asked>(name: N, input: InputOf<N>): Promise<OutputOf<N>> {
  return unwrap(await window.berth.invoke(name, input)) as OutputOf<N>;
}

/** The same with every text as it is, hidden characters and all: for the text of a file that is edited. What shows it must show those itself, and never as HTML. */
export async function callExact<N extends Asked>(name: N, input: InputOf<N>): Promise<OutputOf<N>> {
  const result = await window.berth.invoke(name, input);
  return (result.ok ? result.value : unwrap(result)) as OutputOf<N>;
}

/** Enqueues an operation; what becomes of it comes as events. */
export async function start<N extends NamesOfKind<'operation'>>(name: N, input: InputOf<N>): Promise<{ readonly operationId: string }> {
  return unwrap(await window.berth.invoke(name, input)) as { readonly operationId: string };
}

/** Follows a stream until the returned function is called: nothing is told after that, not even its end. Items come as they are, in batches: a log view shows escape sequences its own way. */
export function stream<N extends NamesOfKind<'stream'>>(
  name: N,
  input: InputOf<N>,
  onItems: (items: readonly OutputOf<N>[]) => void,
  onEnd: (error: AppError | null) => void,
): () => void {
  return untilStopped(name, input, (items) => onItems(items as readonly OutputOf<N>[]), onEnd);
}

/**
 * Follows a log. Lines come packed and as they were written: a log view shows escape sequences its own way. `skipped`: lines before these that were left out because
 * this page could not keep up.
 */
export function streamLog<N extends 'services.logs' | 'workspaces.logs'>(name: N, input: InputOf<N>, onLines: (lines: PackedLines, skipped: number) => void, onEnd: (error: AppError | null) => void): () => void {
  const onItems = (items: readonly unknown[], skipped: number): void => {
    for (const [index, packed] of (items as readonly PackedLines[]).entries()) onLines(packed, index === 0 ? skipped : 0);
  };
  return untilStopped(name, input, onItems, onEnd);
}

/** A stream that was stopped ends too, a little later: whoever asks again at an end would ask for what it has just given up. */
function untilStopped(name: ContractName, input: unknown, onItems: (items: readonly unknown[], skipped: number) => void, onEnd: (error: AppError | null) => void): () => void {
  let over = false;
  const stop = window.berth.stream(
    name,
    input,
    (items, skipped) => {
      if (!over) onItems(items, skipped);
    },
    (result) => {
      if (!over) onEnd(result.ok ? null : AppError.fromData(visibleJson(result.error)));
    },
  );
  return () => {
    over = true;
    stop();
  };
}

export function subscribe(listener: (events: readonly SequencedEvent[]) => void): () => void {
  return window.berth.subscribe((events) => listener(visibleJson(events)));
}

export async function pickFolder(): Promise<PickedFolder | null> {
  return unwrap(await window.berth.pickFolder()) as PickedFolder | null;
}

/** Told of each folder that is dropped into the window; asking for it rejects when it was none. */
export function onFolderDrop(listener: (folder: () => PickedFolder) => void): () => void {
  return window.berth.onFolderDrop((answer) => listener(() => unwrap(answer) as PickedFolder));
}

/** Files to read, or the one to write; none when the dialog was closed. */
export async function pickFiles(question: FileQuestion): Promise<readonly PickedFile[]> {
  return unwrap(await window.berth.pickFiles(question)) as readonly PickedFile[];
}

async function ask(verb: WindowVerb, value?: unknown): Promise<unknown> {
  return unwrap(await window.berth.window(verb, value));
}

/** What only the window asks of the app. */
export const appWindow = {
  ready: () => ask('page-ready'),
  openSample: () => ask('open-sample') as Promise<OutputOf<'projects.open'>>,
  setTheme: (theme: 'system' | 'light' | 'dark') => ask('set-theme', theme),
  focusProject: (id: string) => ask('focus-project', id),
  /** The badge of the tray is that of the window. */
  countedConflicts: (projectId: string, conflicts: number) => ask('counted-conflicts', { projectId, conflicts }),
  /** With so many files not saved the window is kept, and quitting asks. */
  noteUnsaved: (files: number) => ask('unsaved-files', { files }),
  /** Shows a folder that a service has mounted in the file manager. */
  showMount: (projectId: string, service: string, source: string) => ask('show-mount', { projectId, service, source }),
  /** Opens a file of the project in the person's own editor. */
  openInEditor: (projectId: string, file: string, line: number) => ask('open-in-editor', { projectId, file, line }),
  /** Shows logs in a window of their own; of all services when none is named. */
  openLogs: (projectId: string, services: readonly string[]) => ask('open-logs', { projectId, services }),
  /** Editors of this machine, with the command that opens a file in each. */
  foundEditors: () => ask('found-editors') as Promise<readonly { readonly name: string; readonly command: string }[]>,
  info: () => ask('app-info') as Promise<AppInfo>,
  onCommand: (listener: (command: WindowCommand) => void) => window.berth.onCommand(listener),
};

/** The AppError of anything thrown, for showing it. */
export function toAppError(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : new AppError('internal', 'Something in Berth went wrong.', { hint: thrown instanceof Error ? thrown.message : String(thrown) });
}
