import { exactGroups } from '@shared/domain/gitops/exact-groups';
import type { ScannedFile } from '@shared/domain/gitops/types';
import type { Clock } from '@shared/kernel/clock';
import type { FoundManifest } from '@main/platform/manifests/walk';
import type { ScanRequest, ScanResult, ScanService } from './types';

/** What scans are made with. */
export interface ScanDependencies {
  readonly readTree: (root: string, signal: AbortSignal, onFile: (files: number) => void) => Promise<readonly FoundManifest[]>;
  readonly clock: Clock;
}

/** Scans of folders, the newest of each kept. */
export function createScans(deps: ScanDependencies): ScanService {
  const kept = new Map<string, ScanResult>();
  const scan: ScanService['scan'] = async ({ dir }: ScanRequest, signal, progress) => {
    const began = deps.clock.monotonic();
    const found = await deps.readTree(dir, signal, (files) => progress({ files, of: null, message: `Read ${String(files)} files` }));
    const files = found.map((one): ScannedFile => ({ ...one, kind: 'manifests', reason: null, problem: null, documents: [], marks: {} }));
    const result: ScanResult = { dir, files, applyRoots: [], groups: exactGroups(files), skipped: [], documents: 0, filesRead: files.length, durationMs: Math.round(deps.clock.monotonic() - began), scannedAt: new Date(deps.clock.now()).toISOString() };
    kept.set(dir, result);
    return result;
  };
  return {
    scan,
    last: (dir) => kept.get(dir) ?? null,
    rebuild: (dir, _files, signal) => scan({ dir, projectId: null }, signal, () => undefined),
  };
}
