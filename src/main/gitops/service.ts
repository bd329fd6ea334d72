import type { Clock } from '@shared/kernel/clock';
import type { FolderScan, ManifestScanner } from '@main/platform/manifests/scanner';
import type { ScanRequest, ScanResult, ScanService } from './types';

/** What scans are made with. */
export interface ScanDependencies {
  readonly scanner: ManifestScanner;
  readonly clock: Clock;
  /** Told of every scan that ended well. */
  readonly onScanned: (request: ScanRequest, result: ScanResult) => Promise<void>;
}

const WORDS = { walking: 'Looking through', reading: 'Reading', comparing: 'Comparing' } as const;

/** Scans of folders, the newest of each kept. */
export function createScans(deps: ScanDependencies): ScanService {
  const kept = new Map<string, ScanResult>();
  const running = new Map<string, number>();
  const ask = async (request: ScanRequest, paths: readonly string[] | null, signal: AbortSignal, progress: Parameters<ManifestScanner['scan']>[2]): Promise<ScanResult> => {
    const began = deps.clock.monotonic();
    const found = await deps.scanner.scan({ dir: request.dir, fresh: request.fresh === true, paths, threads: 0 }, signal, progress);
    return resultOf(request.dir, found, Math.round(deps.clock.monotonic() - began), new Date(deps.clock.now()).toISOString());
  };
  const run = async (request: ScanRequest, paths: readonly string[] | null, signal: AbortSignal, progress: Parameters<ScanService['scan']>[2]): Promise<ScanResult> => {
    running.set(request.dir, 0);
    const result = await ask(request, paths, signal, ({ files, of, phase }) => {
      running.set(request.dir, Math.max(running.get(request.dir) ?? 0, percentOf(files, of, phase)));
      progress({ files, of, message: `${WORDS[phase]} ${String(files)} files` });
    }).finally(() => running.delete(request.dir));
    kept.set(request.dir, result);
    return result;
  };
  return {
    async scan(request, signal, progress) {
      const result = await run(request, null, signal, progress);
      await deps.onScanned(request, result);
      return result;
    },
    look: (request, signal) => ask(request, null, signal, () => undefined),
    state: (dir) => ({ isScanning: running.has(dir), percent: running.get(dir) ?? (kept.has(dir) ? 100 : 0) }),
    last: (dir) => kept.get(dir) ?? null,
    rebuild: (dir, files, signal) => run({ dir, projectId: null }, kept.has(dir) ? files : null, signal, () => undefined),
  };
}

function resultOf(dir: string, found: FolderScan, durationMs: number, scannedAt: string): ScanResult {
  const { files, applyRoots, groups, skipped, documents, filesRead } = found;
  return { dir, files, applyRoots, groups, skipped, documents, filesRead, durationMs, scannedAt };
}

/** How many files there are is known only at the end of the walk, or from the last time. */
function percentOf(files: number, of: number | null, phase: keyof typeof WORDS): number {
  if (phase === 'comparing') return 95;
  const share = of === null || of === 0 ? files / (files + 2_000) : Math.min(1, files / of);
  return Math.floor((phase === 'walking' ? 70 : 90) * share);
}
