/** One entry of an image's root file system. */
export interface ImageEntry {
  readonly path: string;
  readonly type?: 'file' | 'directory' | 'symlink';
  readonly mode?: number;
  readonly content?: string | Uint8Array;
  readonly fromFile?: string;
  readonly target?: string;
}
export declare const IMAGE_PATH: string;
export declare function engineSocketPath(env?: NodeJS.ProcessEnv): string;
export declare function engineCall(request: {
  readonly socketPath: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly timeoutMs?: number;
}): Promise<{ readonly status: number; readonly text: string }>;
export declare function findImage(socketPath: string, reference: string): Promise<string | null>;
export declare function importImage(request: {
  readonly socketPath: string;
  readonly repository: string;
  readonly tag: string;
  readonly entries: readonly ImageEntry[];
  readonly changes?: readonly string[];
}): Promise<string>;
export declare function buildImage(request: {
  readonly socketPath: string;
  readonly reference: string;
  readonly entries: readonly ImageEntry[];
  readonly args?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}): Promise<void>;
export declare function pullImage(request: { readonly socketPath: string; readonly reference: string; readonly timeoutMs?: number }): Promise<boolean>;
export declare function tarStream(entries: readonly ImageEntry[]): AsyncGenerator<Buffer>;
export declare function findStaticBusybox(): Promise<string | null>;
export declare function libraryEntries(programs: readonly string[]): Promise<ImageEntry[]>;
export declare function busyboxEntries(): Promise<ImageEntry[]>;
