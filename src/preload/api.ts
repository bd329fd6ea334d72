import type { LinkedPage } from '@shared/domain/links/deep-link';
import type { SequencedEvent } from '@shared/contract/events';
import type { AppErrorData } from '@shared/kernel/app-error';
import type { Result } from '@shared/kernel/result';

/** What happens in the window only and is no part of the contract. Each verb has its own schema in the main process. */
export type WindowVerb = 'page-ready' | 'open-sample' | 'set-theme' | 'focus-project' | 'counted-conflicts' | 'unsaved-files' | 'open-in-editor' | 'show-mount' | 'found-editors' | 'open-logs' | 'app-info';

/** A folder the user picked in the system's dialog. `handle` stands for it in path inputs; the path itself is only for reading. */
export interface PickedFolder {
  readonly handle: string;
  readonly dir: string;
}

/** A file the user picked in the system's dialog. `handle` stands for it in path inputs; `name` is its last part. */
export interface PickedFile {
  readonly handle: string;
  readonly name: string;
}

/** What a picked file is for; the system's dialog says so. `folder`: a folder that is not there yet; `bundle`: a diagnostics bundle. */
export type FilePurpose = 'object' | 'archive' | 'folder' | 'log' | 'bundle' | 'settings';

/** What the system's dialog is to ask for: files that are there, or where to write a new one, under a name that is offered. */
export type FileQuestion = { readonly kind: 'open'; readonly purpose: FilePurpose } | { readonly kind: 'save'; readonly name: string; readonly purpose: FilePurpose };

/** Versions and places for the About section and for reports. */
export interface AppInfo {
  readonly version: string;
  readonly electron: string;
  readonly chromium: string;
  readonly node: string;
  readonly platform: string;
  readonly stateDir: string;
}

/** What the main process asks of the window: show a page, an operation in the drawer (and ask whether to undo it), the plan of a switch that must ask or of a restore of the last good snapshot, or run the checks again. */
export type WindowCommand =
  | { readonly type: 'show-page'; readonly page: LinkedPage; readonly tab?: 'operations' | 'events' | 'runtime' | 'disk' }
  | { readonly type: 'show-operation'; readonly operationId: string; readonly undo?: true }
  | { readonly type: 'show-plan'; readonly projectId: string; readonly mode: string }
  | { readonly type: 'show-restore'; readonly projectId: string }
  | { readonly type: 'show-project'; readonly projectId: string }
  | { readonly type: 'check-again'; readonly projectId: string }
  /** What could not even begin: no list shows it. */
  | { readonly type: 'show-error'; readonly error: AppErrorData };

/** `window.berth`: everything the page can reach. All of it is JSON. */
export interface BerthApi {
  invoke(name: string, input: unknown): Promise<Result<unknown, AppErrorData>>;
  /** Events in order of `seq`, in batches. Returns a function that ends the subscription. */
  subscribe(listener: (events: readonly SequencedEvent[]) => void): () => void;
  /** Items in batches, and how many of a log were left out before them because the page could not keep up; `onEnd` is called once, after the last of them. Returns a function that stops the stream: nothing is told after it. */
  stream(name: string, input: unknown, onItems: (items: readonly unknown[], skipped: number) => void, onEnd: (result: Result<null, AppErrorData>) => void): () => void;
  /** Shows the system's folder dialog. The value is null when the user closed it. */
  pickFolder(): Promise<Result<PickedFolder | null, AppErrorData>>;
  /** Told of a folder that was dropped into the window by hand; an error when it was no folder. Returns a function that ends it. */
  onFolderDrop(listener: (answer: Result<PickedFolder, AppErrorData>) => void): () => void;
  /** Shows the system's file dialog. The list is empty when the user closed it. */
  pickFiles(question: FileQuestion): Promise<Result<readonly PickedFile[], AppErrorData>>;
  window(verb: WindowVerb, value?: unknown): Promise<Result<unknown, AppErrorData>>;
  onCommand(listener: (command: WindowCommand) => void): () => void;
  readonly platform: string;
}

/** How a stream ended, and how many batches were sent for it; none for one that could not begin. */
export type StreamAnswer = Result<null, AppErrorData> & { readonly batches?: number };

/** Names of the IPC channels, for preload and the main process. */
export const CHANNELS = {
  call: 'berth:call',
  stream: 'berth:stream',
  streamItems: 'berth:stream-items',
  streamStop: 'berth:stream-stop',
  streamTaken: 'berth:stream-taken',
  pickFolder: 'berth:pick-folder',
  pickFiles: 'berth:pick-files',
  dropFolder: 'berth:drop-folder',
  window: 'berth:window',
  events: 'berth:events',
  command: 'berth:command',
} as const;
