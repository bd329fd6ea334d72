import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { textHash } from '@shared/kernel/text-hash';
import type { ApplyRoot, DuplicateGroup, ScannedFile } from '@shared/domain/gitops/types';
import { forkChild, type ChildHandle, type ChildSpawner } from '../child-worker';
import { workerEntry } from '../entries';
import { editedList } from './list-edit';
import type { ScannerAnswer, ScannerProgress, ScannerRequest, ScannerResult } from './protocol';
import { markedPaths } from './reading-mark';

/** What is asked of a folder. */
export interface FolderScanRequest {
  readonly dir: string;
  readonly fresh: boolean;
  readonly paths: readonly string[] | null;
  /** 0: as many as fit. */
  readonly threads: number;
}

/** A folder as it is now. */
export interface FolderScan extends Omit<ScannerResult, 'generation' | 'isWhole' | 'removed' | 'applyRoots' | 'groups'> {
  readonly applyRoots: readonly ApplyRoot[];
  readonly groups: readonly DuplicateGroup[];
  /** Sorted by path. */
  readonly files: readonly ScannedFile[];
}

/** Scans folders of manifests in a process that may die of them. */
export interface ManifestScanner {
  /** Rejects with `cancelled`, with what cannot be read of the folder itself, and with `internal` when it dies again and again. */
  scan(request: FolderScanRequest, signal: AbortSignal, progress: (progress: ScannerProgress) => void): Promise<FolderScan>;
  /** The scanner's process, for whoever shows what runs. */
  close(): void;
}

export interface ManifestScannerOptions {
  /** Berth's state folder. */
  readonly home: string;
  readonly schemaFile: string;
  readonly spawn?: ChildSpawner | undefined;
}

const MEMORY_MIB = 1_024;
const YOUNG_MIB = 4;
/** It tells how far it is several times a second; so long a silence is a hang. */
const SILENCE_MS = 20_000;
const CANCEL_MS = 1_500;
const RESTARTS_MAX = 18;
/** A process may be killed by chance while it reads a file by itself, hardly twice. */
const DEATHS_OF_ONE = 2;
/** One that never came up is no file's fault. */
const STARTS_MAX = 3;

interface FolderState {
  generation: number;
  /** Sorted by path. */
  files: readonly ScannedFile[];
  applyRoots: readonly ApplyRoot[];
  groups: readonly DuplicateGroup[];
  readonly refused: Set<string>;
}

/** Makes the scanner; its process is started with the first folder and stays warm. */
export function createManifestScanner(options: ManifestScannerOptions): ManifestScanner {
  return new ProcessScanner(options);
}

/** Where what is known of a folder is kept. */
export function cacheFileOf(home: string, dir: string): string {
  return join(home, 'gitops', `${textHash(dir)}.cache`);
}

class ScannerDied extends Error {
  constructor(readonly isUp: boolean) {
    super('The scanner died.');
  }
}

class ProcessScanner implements ManifestScanner {
  private child: ChildHandle | undefined;
  /** It said that it runs. */
  private isUp = false;
  private readonly folders = new Map<string, FolderState>();
  private readonly name: string;
  private readonly readingFile: string;
  private starts = 0;
  private isTidy = false;
  private turn: Promise<unknown> = Promise.resolve();
  private lastId = 0;
  private receive: ((answer: ScannerAnswer) => void) | undefined;
  private died: (() => void) | undefined;

  constructor(private readonly options: ManifestScannerOptions) {
    this.name = `${String(process.pid)}-${Math.random().toString(36).slice(2, 8)}`;
    this.readingFile = join(options.home, 'gitops', `reading-${this.name}`);
  }

  scan(request: FolderScanRequest, signal: AbortSignal, progress: (progress: ScannerProgress) => void): Promise<FolderScan> {
    const next = this.turn.catch(() => undefined).then(() => this.supervised(request, signal, progress));
    this.turn = next;
    return next;
  }

  close(): void {
    this.child?.kill();
    this.child = undefined;
    void unlink(this.readingFile).catch(() => undefined);
  }

  /** Begins again after a death, without what it died of. */
  private async supervised(request: FolderScanRequest, signal: AbortSignal, progress: (progress: ScannerProgress) => void): Promise<FolderScan> {
    await mkdir(join(this.options.home, 'gitops'), { recursive: true, mode: 0o700 });
    await this.tidy();
    let suspects: readonly string[] = [];
    const deaths = new Map<string, number>();
    for (let start = 0; start < RESTARTS_MAX; start += 1) {
      if (signal.aborted) throw new AppError('cancelled', 'The scan was cancelled.');
      try {
        return await this.once(request, suspects, signal, progress);
      } catch (error) {
        if (!(error instanceof ScannerDied)) throw error;
        if (!error.isUp && start >= STARTS_MAX - 1) throw new AppError('internal', 'The process that scans manifests cannot be started.', { hint: 'Install Berth again: a part of it is missing.' });
        const reading = markedPaths(await readFile(this.readingFile).catch(() => Buffer.alloc(0)));
        const state = this.stateOf(request.dir);
        // Read by itself it died again, and once more: it was this one.
        const [alone] = reading.length === 1 && suspects.includes(reading[0] ?? '') ? reading : [];
        if (alone !== undefined) deaths.set(alone, (deaths.get(alone) ?? 0) + 1);
        if (alone !== undefined && (deaths.get(alone) ?? 0) >= DEATHS_OF_ONE) state.refused.add(alone);
        suspects = reading.filter((path) => !state.refused.has(path));
      }
    }
    throw new AppError('internal', `The scan of ${request.dir} broke off again and again.`, { hint: 'Leave out the files that are not manifests, then scan again.', where: { file: request.dir } });
  }

  private stateOf(dir: string): FolderState {
    const known = this.folders.get(dir);
    if (known !== undefined) return known;
    const made: FolderState = { generation: 0, files: [], applyRoots: [], groups: [], refused: new Set() };
    this.folders.set(dir, made);
    return made;
  }

  private once(request: FolderScanRequest, suspects: readonly string[], signal: AbortSignal, progress: (progress: ScannerProgress) => void): Promise<FolderScan> {
    const state = this.stateOf(request.dir);
    const child = this.start();
    this.lastId += 1;
    const id = this.lastId;
    const arrived: ScannedFile[] = [];
    return new Promise<FolderScan>((resolve, reject) => {
      let timer = setTimeout(() => undefined, 0);
      const onAbort = (): void => {
        child.send({ id: 0, method: 'cancel', of: id });
        clearTimeout(timer);
        timer = setTimeout(() => end(() => reject(new AppError('cancelled', 'The scan was cancelled.')), true), CANCEL_MS);
      };
      const end = (act: () => void, kills: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.receive = undefined;
        this.died = undefined;
        child.hold(false);
        if (kills) this.stop(child);
        act();
      };
      const alive = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => end(() => reject(new ScannerDied(this.isUp)), true), SILENCE_MS);
      };
      this.died = () => end(() => reject(signal.aborted ? new AppError('cancelled', 'The scan was cancelled.') : new ScannerDied(this.isUp)), false);
      this.receive = (answer) => {
        if (!('kind' in answer) || answer.id !== id) return;
        if (!signal.aborted) alive();
        if (answer.kind === 'progress') progress(answer.progress);
        else if (answer.kind === 'files') arrived.push(...answer.files);
        else if (answer.kind === 'failed') end(() => reject(new AppError(answer.error.code, answer.error.message, { hint: answer.error.hint, where: answer.error.where })), false);
        else end(() => resolve(taken(state, answer.result, arrived)), false);
      };
      alive();
      signal.addEventListener('abort', onAbort, { once: true });
      child.hold(true);
      const full: ScannerRequest = { ...request, generation: state.generation, suspects, refused: [...state.refused], cacheFile: cacheFileOf(this.options.home, request.dir), besideFile: this.besideFile(request.dir, this.starts), readingFile: this.readingFile, schemaFile: this.options.schemaFile };
      child.send({ id, method: 'scan', request: full });
    });
  }

  private start(): ChildHandle {
    if (this.child !== undefined) return this.child;
    const child = (this.options.spawn ?? forkChild)(workerEntry('manifest-scanner'), { memoryMiB: MEMORY_MIB, youngMiB: YOUNG_MIB, name: 'manifest scanner' });
    this.child = child;
    this.isUp = false;
    this.starts += 1;
    const { starts } = this;
    child.onMessage((message) => {
      if (this.child !== child) return;
      this.isUp = true;
      this.receive?.(message as ScannerAnswer);
    });
    child.onExit(() => {
      for (const dir of this.folders.keys()) void unlink(this.besideFile(dir, starts)).catch(() => undefined);
      if (this.child !== child) return;
      this.child = undefined;
      this.forget();
      this.died?.();
    });
    return child;
  }

  /** What the process of this start writes before it takes the place of what is kept of a folder. */
  private besideFile(dir: string, start: number): string {
    return `${cacheFileOf(this.options.home, dir)}.${this.name}-${String(start)}.new`;
  }

  /** Takes away what scanners left whose Berth was killed. */
  private async tidy(): Promise<void> {
    if (this.isTidy) return;
    this.isTidy = true;
    const folder = join(this.options.home, 'gitops');
    for (const name of await readdir(folder).catch((): readonly string[] => [])) {
      const pid = Number(/^reading-(\d+)-|\.cache\.(\d+)-[^.]*\.new$/.exec(name)?.slice(1).find((one) => one !== undefined) ?? Number.NaN);
      if (pid > 0 && !isRunning(pid)) await unlink(join(folder, name)).catch(() => undefined);
    }
  }

  private stop(child: ChildHandle): void {
    if (this.child === child) this.child = undefined;
    this.forget();
    child.kill();
  }

  /** A new process knows nothing of what an older one sent. */
  private forget(): void {
    for (const state of this.folders.values()) state.generation = 0;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function taken(state: FolderState, { generation, isWhole, removed, applyRoots, groups, ...result }: ScannerResult, arrived: readonly ScannedFile[]): FolderScan {
  if (isWhole) [state.files, state.applyRoots, state.groups] = [[], [], []];
  state.files = merged(state.files, new Set(removed), arrived);
  state.applyRoots = editedList(state.applyRoots, applyRoots);
  state.groups = editedList(state.groups, groups);
  state.generation = generation;
  return { ...result, files: state.files, applyRoots: state.applyRoots, groups: state.groups };
}

/** Files in the order of their paths, without some and with others. */
function merged(files: readonly ScannedFile[], removed: ReadonlySet<string>, arrived: readonly ScannedFile[]): readonly ScannedFile[] {
  if (removed.size === 0 && arrived.length === 0) return files;
  const fresh = [...arrived].sort((a, b) => (a.path < b.path ? -1 : 1));
  const found: ScannedFile[] = [];
  let at = 0;
  for (const file of files) {
    for (let next = fresh[at]; next !== undefined && next.path < file.path; next = fresh[at]) {
      found.push(next);
      at += 1;
    }
    if (fresh[at]?.path !== file.path && !removed.has(file.path)) found.push(file);
  }
  return found.concat(fresh.slice(at));
}
