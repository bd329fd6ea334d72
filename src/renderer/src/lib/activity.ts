import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import { isDryRun, isFinal, type Operation } from './model';

/** Which operations are listed. */
export const ACTIVITY_STATES = ['all', 'open', 'wrong', 'done'] as const;
export interface ActivityFilter {
  /** Empty: of every project. */
  readonly projectId: string;
  readonly state: (typeof ACTIVITY_STATES)[number];
}

/** An operation with those that ran as parts of it or because of it. */
export interface ActivityNode {
  readonly operation: Operation;
  /** In the order they ran. */
  readonly parts: readonly ActivityNode[];
}

const WENT_WRONG: ReadonlySet<Operation['state']> = new Set<Operation['state']>(['failed', 'rolled-back', 'needs-attention', 'interrupted']);

/** True for an operation that ended, or is about to end, without doing what it was asked for, and not because somebody cancelled it. */
export function wentWrong({ state }: Pick<Operation, 'state'>): boolean {
  return WENT_WRONG.has(state);
}

/**
 * The operations as a tree, newest first; previews are left out. One that is part of another, or waited for it, stands beneath it; where the other is not
 * listed any more it stands by itself. With a filter, a tree is listed as soon as anything in it matches.
 */
export function activityTree(operations: readonly Operation[], filter: ActivityFilter): readonly ActivityNode[] {
  const listed = operations.filter((operation) => !isDryRun(operation));
  const place = new Map(listed.map((operation, index) => [operation.id, index]));
  const partsOf = new Map<string, Operation[]>();
  const roots: Operation[] = [];
  for (const [index, operation] of listed.entries()) {
    const above = aboveOf(operation);
    // Only what is older can be above: records that point at each other make no circle.
    if (above !== null && (place.get(above) ?? -1) > index) partsOf.set(above, [operation, ...(partsOf.get(above) ?? [])]);
    else roots.push(operation);
  }
  const node = (operation: Operation): ActivityNode => ({ operation, parts: (partsOf.get(operation.id) ?? []).map(node) });
  return roots.map(node).filter((one) => matches(one, filter));
}

/** The operation it belongs to: the one it is a part of, else the first it waited for. */
function aboveOf(operation: Operation): string | null {
  if (operation.parent !== undefined) return operation.parent;
  const before = isKeptWithin(operation) ? (operation.input as { readonly before?: unknown }).before : undefined;
  return typeof before === 'string' ? before : (operation.after[0] ?? null);
}

function matches(node: ActivityNode, filter: ActivityFilter): boolean {
  const { operation } = node;
  const inState = filter.state === 'all' || (filter.state === 'open' ? !isFinal(operation) : filter.state === 'wrong' ? wentWrong(operation) : operation.state === 'succeeded' || operation.state === 'cancelled');
  return (inState && (filter.projectId === '' || operation.projectId === filter.projectId)) || node.parts.some((part) => matches(part, filter));
}

/** The operations above this one in the tree and itself: what has to be open for it to be seen. */
export function pathTo(tree: readonly ActivityNode[], id: string): readonly string[] {
  for (const node of tree) {
    if (node.operation.id === id) return [id];
    const beneath = pathTo(node.parts, id);
    if (beneath.length > 0) return [node.operation.id, ...beneath];
  }
  return [];
}

/** What the status line says: the operation that has run longest of those that run, and how many more do; when none does, the one that ended last. */
export function lineOperation(operations: readonly Operation[] | null): { readonly operation: Operation; readonly more: number } | null {
  const own = (operations ?? []).filter((operation) => !isDryRun(operation) && !isKeptWithin(operation) && operation.parent === undefined);
  const open = own.filter((operation) => !isFinal(operation));
  const first = open.filter((operation) => operation.state !== 'queued').at(-1) ?? open.at(-1);
  if (first !== undefined) return { operation: first, more: open.length - 1 };
  const last = own.reduce<Operation | undefined>((latest, one) => (latest === undefined || (one.finishedAt ?? '') > (latest.finishedAt ?? '') ? one : latest), undefined);
  return last === undefined ? null : { operation: last, more: 0 };
}
