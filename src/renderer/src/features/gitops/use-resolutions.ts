import { useCallback, useEffect, useRef } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { call } from '../../lib/client';
import { isDryRun, isFinal, type Operation } from '../../lib/model';
import { useAnswer, type Answer } from '../../lib/use-answer';
import type { ScanReport } from './group-list';

export type ResolutionPlan = OutputOf<'gitops.plan'>;

const RESOLVES = /^gitops\.(resolve|resolve-group)$/;
/** What changes files of the folder, so that what a scan found is old. */
const CHANGES = /^gitops\.(resolve|resolve-group|rollback|sync|render)$/;

/** The plan by the rules, asked anew whenever a scan ended or the rules changed. */
export function usePlan(projectId: string, report: ScanReport | null, rulesVersion: number): Answer<ResolutionPlan | null> {
  const of = report === null ? null : `${report.scannedAt} ${String(rulesVersion)}`;
  return useAnswer(useCallback(() => (of === null ? Promise.resolve(null) : call('gitops.plan', { project: projectId })), [projectId, of]));
}

/** The newest resolution of a project that can be taken back: it succeeded, and nobody took it back. */
export function takeable(operations: readonly Operation[] | null, projectId: string): Operation | null {
  const own = (operations ?? []).filter((operation) => operation.projectId === projectId || operation.kind === 'gitops.rollback');
  const back = new Set(own.filter((operation) => operation.kind === 'gitops.rollback' && operation.state === 'succeeded').map((operation) => (operation.input as { readonly id?: unknown } | null)?.id));
  return own.find((operation) => RESOLVES.test(operation.kind) && operation.state === 'succeeded' && !isDryRun(operation) && !back.has(operation.id) && changedFiles(operation) > 0) ?? null;
}

function changedFiles(operation: Operation): number {
  const changed = (operation.result as { readonly changed?: unknown } | null)?.changed;
  return typeof changed === 'number' ? changed : 0;
}

/** Scans again when something changed files after the last scan: here, in a terminal, anywhere. */
export function useFreshScan(projectId: string, operations: readonly Operation[] | null, report: ScanReport | null, isScanning: boolean, scan: () => void): void {
  const asked = useRef('');
  const newest = operations?.find((operation) => CHANGES.test(operation.kind) && (operation.projectId === projectId || operation.projectId === null) && isFinal(operation) && !isDryRun(operation)) ?? null;
  const isOld = report !== null && newest?.finishedAt != null && newest.finishedAt > report.scannedAt;
  const id = newest?.id ?? '';
  useEffect(() => {
    if (!isOld || isScanning || asked.current === id) return;
    asked.current = id;
    scan();
  }, [isOld, isScanning, id, scan]);
}
