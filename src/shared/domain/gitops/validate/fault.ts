import type { Path } from '../manifest/places';

/** The codes of findings about manifests. */
export type FaultCode = 'MANIFEST_UNREADABLE' | 'MANIFEST_KIND_UNKNOWN' | 'MANIFEST_KIND_NOT_SERVED' | 'MANIFEST_FIELD_UNKNOWN' | 'MANIFEST_FIELD_MISSING' | 'MANIFEST_VALUE_INVALID' | 'MANIFEST_REFERENCE_MISSING';

/** What is wrong with one place of a document. */
export interface Fault {
  readonly code: FaultCode;
  readonly path: Path;
  readonly message: string;
  readonly why: string;
}

/** Makes a fault. */
export function fault(parts: Fault): Fault {
  return parts;
}
