import { useCallback } from 'react';
import { start } from '../../lib/client';
import type { Operation, Project } from '../../lib/model';
import { lastRun } from '../../lib/operation-results';
import { attempt } from '../../lib/switch-flow';
import type { ScanReport } from './group-list';

/** How a scan stands: the one that runs, what the last one found, why there is no newer one. */
export interface ScanState {
  readonly running: Operation | null;
  readonly failure: Operation['error'];
  readonly report: ScanReport | null;
  readonly scan: () => void;
}

/** Scans of the whole project: somebody may have scanned a folder in it from a terminal. */
export function useScan({ id: projectId, dir }: Pick<Project, 'id' | 'dir'>, operations: readonly Operation[] | null): ScanState {
  const own = operations?.filter((operation) => operation.kind !== 'gitops.scan' || scannedDir(operation) === null || scannedDir(operation) === dir) ?? null;
  const { running, failure, last } = lastRun(own, projectId, 'gitops.scan', 'groups');
  const scan = useCallback(() => void attempt(() => start('gitops.scan', { project: projectId })), [projectId]);
  return {
    running,
    failure,
    report: last?.result ?? null,
    scan,
  };
}

function scannedDir(operation: Operation): string | null {
  const dir = (operation.input as { readonly dir?: unknown } | null)?.dir;
  return typeof dir === 'string' ? dir : null;
}
