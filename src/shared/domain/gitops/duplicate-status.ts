import type { Json } from '../../kernel/json';
import type { Operation } from '../operations/operation';

/** How far looking for duplicates and resolving them is, for whoever asks again and again. */
export interface DuplicateStatus {
  readonly state: 'idle' | 'queued' | 'scanning' | 'resolving';
  readonly operationId: string | null;
  /** 0 to 100: of the operation that runs, else of the newest one. */
  readonly progress: number;
  readonly message: string;
  /** Groups by what became of them. */
  readonly counts: { readonly [status: string]: number };
  readonly lastScan: string | null;
  readonly nextScan: string | null;
}

const KINDS = ['gitops.scan', 'gitops.resolve', 'gitops.resolve-group'];
const OPEN: readonly Operation['state'][] = ['queued', 'running', 'rolling-back', 'interrupted'];

/** The operations that look for duplicates or resolve them, as they were given. */
export function duplicateOperations<O extends Pick<Operation, 'kind'>>(operations: readonly O[]): readonly O[] {
  return operations.filter((operation) => KINDS.includes(operation.kind));
}

/** The one that is under way; null for none. */
export function openDuplicateOperation(operations: readonly Operation[]): Operation | null {
  return duplicateOperations(operations).find((operation) => OPEN.includes(operation.state)) ?? null;
}

/** What to say. `operations`: newest first; `statuses`: of the groups that are stored, null where nothing keeps them. */
export function duplicateStatus(operations: readonly Operation[], statuses: readonly string[] | null, nextScan: string | null): DuplicateStatus {
  const ours = duplicateOperations(operations);
  const open = openDuplicateOperation(ours);
  const newest = open ?? ours[0] ?? null;
  return {
    state: open === null ? 'idle' : open.state === 'queued' ? 'queued' : open.kind === 'gitops.scan' ? 'scanning' : 'resolving',
    operationId: newest?.id ?? null,
    progress: progressOf(newest),
    message: open?.progress.message ?? newest?.error?.message ?? '',
    counts: statuses === null ? countsOf(ours.find((one) => one.state === 'succeeded') ?? null) : tally(statuses),
    lastScan: ours.find((one) => one.state === 'succeeded')?.finishedAt ?? null,
    nextScan,
  };
}

/** Ended is 100 however it ended; until then it is less, so that nobody takes the last step for the end. */
function progressOf(operation: Operation | null): number {
  if (operation === null) return 0;
  if (!OPEN.includes(operation.state)) return 100;
  const { step, of } = operation.progress;
  return of > 0 ? Math.min(99, Math.floor((step / of) * 100)) : 0;
}

function tally(statuses: readonly string[]): { readonly [status: string]: number } {
  const counts: Record<string, number> = {};
  for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Where groups are kept nowhere: what the newest operation answered. */
function countsOf(operation: Operation | null): { readonly [status: string]: number } {
  const result = (operation?.result ?? {}) as { readonly [field: string]: Json | undefined };
  const { groups, manual, resolved } = result;
  if (operation?.kind === 'gitops.scan' && Array.isArray(groups)) return tally(groups.map((group) => (typeof group === 'object' && group !== null && 'resolution' in group && group['resolution'] === 'auto' ? 'pending' : 'manual_review')));
  return { ...(typeof resolved === 'number' ? { resolved } : {}), ...(Array.isArray(manual) ? { manual_review: manual.length } : {}) };
}
