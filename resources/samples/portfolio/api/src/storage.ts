import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What is known of one storage place. */
export interface StorageStatus {
  readonly path: string;
  readonly state: 'ok' | 'down';
  /** Why it is down; null when it is not. */
  readonly reason: string | null;
  readonly mounted: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  readonly usedBytes: number | null;
  readonly latencyMs: number | null;
}

interface ProbeReport {
  readonly mounted: boolean;
  readonly notReadable: string | null;
  readonly notWritable: string | null;
  readonly totalBytes: number | null;
  readonly freeBytes: number | null;
  readonly usedBytes: number | null;
  readonly latencyMs: number;
}

const PROBE_DEADLINE_MS = 3000;
const FRESH_MS = 1000;
const PROBE_PATH = join(import.meta.dirname, 'storage-probe.ts');

/** Watches /mnt/efs and whatever is mounted below /mnt/s3. */
export class StorageMonitor {
  private readonly efsRoot: string;
  private readonly s3Root: string;
  private latest: { readonly atMs: number; readonly result: Promise<StorageStatus[]> } | null = null;

  constructor(efsRoot: string, s3Root: string) {
    this.efsRoot = efsRoot;
    this.s3Root = s3Root;
  }

  /** Calls within a second share one look, so that many pages do not start many probes. */
  status(): Promise<StorageStatus[]> {
    const nowMs = performance.now();
    if (this.latest === null || nowMs - this.latest.atMs > FRESH_MS) this.latest = { atMs: nowMs, result: this.look() };
    return this.latest.result;
  }

  private async look(): Promise<StorageStatus[]> {
    // Only names are read here: looking into a mount is the probe's work.
    const names = await readdir(this.s3Root).catch(() => []);
    return Promise.all([this.efsRoot, ...names.sort().map((name) => join(this.s3Root, name))].map(probe));
  }
}

function probe(path: string): Promise<StorageStatus> {
  return new Promise((resolve) => {
    const down = (reason: string): void =>
      resolve({ path, state: 'down', reason, mounted: false, readable: false, writable: false, totalBytes: null, freeBytes: null, usedBytes: null, latencyMs: null });
    const child = execFile(process.execPath, [PROBE_PATH, path], { killSignal: 'SIGKILL' }, (error, stdout) => {
      clearTimeout(timer);
      if (error === null) resolve(statusOf(path, JSON.parse(stdout) as ProbeReport));
      else down('The probe of this place failed.');
    });
    // A process stuck in a hung mount does not even end on SIGKILL: the answer does not wait for it.
    const timer = setTimeout(() => {
      down(`It did not answer within ${PROBE_DEADLINE_MS / 1000} s.`);
      child.kill('SIGKILL');
    }, PROBE_DEADLINE_MS);
  });
}

function statusOf(path: string, report: ProbeReport): StorageStatus {
  const { notReadable, notWritable, mounted, totalBytes, freeBytes, usedBytes, latencyMs } = report;
  const reason = notReadable !== null ? `It cannot be read (${notReadable}).` : !mounted ? 'Nothing is mounted here.' : null;
  return {
    path,
    state: reason === null ? 'ok' : 'down',
    reason,
    mounted,
    readable: notReadable === null,
    writable: notWritable === null,
    totalBytes,
    freeBytes,
    usedBytes,
    latencyMs,
  };
}
