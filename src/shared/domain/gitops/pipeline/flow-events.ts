import type { Json } from '../../../kernel/json';
import type { FlowEvent } from './pipeline';

/** What is read of an operation that ended well. */
export interface EndedOperation {
  readonly id: string;
  readonly kind: string;
  readonly projectId: string | null;
  readonly result: unknown;
}

/** What an operation's good end means for the flows; null for nothing. The id of the operation is the correlation of what follows from it. */
export function flowEventOf(operation: EndedOperation): { readonly event: FlowEvent; readonly payload: { readonly correlationId: string; readonly project: string | null; readonly groups?: number } } | null {
  const payload = { correlationId: operation.id, project: operation.projectId };
  switch (operation.kind) {
    case 'gitops.scan': {
      const groups = listLength((operation.result as { readonly groups?: Json } | null)?.groups);
      return groups === 0 ? null : { event: 'duplicate_detected', payload: { ...payload, groups } };
    }
    case 'gitops.resolve':
    case 'gitops.resolve-group':
      return { event: 'resolution_complete', payload };
    case 'gitops.save-template':
    case 'gitops.rollback-template':
      return { event: 'template_updated', payload };
    default:
      return null;
  }
}

function listLength(value: Json | undefined): number {
  return Array.isArray(value) ? value.length : 0;
}
