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
  const own = operations?.filter((operation) => operation.kind !== 'gitops.scan' || isWhole(operation, dir)) ?? null;
  const { running, failure, last } = lastRun(own, projectId, 'gitops.scan', 'groups');
  const scan = useCallback(() => void attempt(() => start('gitops.scan', { project: projectId })), [projectId]);
  return {
    running,
    failure,
    report: last?.result ?? null,
    scan,
  };
}

/** Not only of a folder in it, nor of one elsewhere. */
function isWhole({ input }: Operation, projectDir: string): boolean {
  const { dir, within } = (input ?? {}) as { readonly dir?: unknown; readonly within?: unknown };
  return (typeof dir !== 'string' || dir === projectDir) && (typeof within !== 'string' || within === '');
}
