import type { ChangeKind } from '../modes/plan';

/** A service whose files were edited, and how. */
export interface PendingService {
  readonly service: string;
  readonly kind: ChangeKind;
}

/** The services whose files were edited since they were started, each once: what merely stopped, or follows another, was not. */
export function pendingServices(changes: readonly { readonly service: string; readonly kind?: ChangeKind | undefined }[]): readonly PendingService[] {
  const kinds = new Map<string, ChangeKind>();
  for (const { service, kind } of changes) {
    if (kind !== undefined && kind !== 'stopped' && kind !== 'follows' && !kinds.has(service)) kinds.set(service, kind);
  }
  return [...kinds].map(([service, kind]) => ({ service, kind }));
}
