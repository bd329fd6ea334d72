import type { ErrorCode } from '@shared/kernel/error-codes';

const STATUS: { readonly [code in ErrorCode]?: number } = {
  'input-invalid': 400,
  'not-found': 404,
  'project-not-found': 404,
  'mode-not-found': 404,
  'service-not-found': 404,
  'operation-not-found': 404,
  'compose-not-found': 404,
  'consent-required': 403,
  'trust-required': 403,
  'policy-refused': 403,
  'plan-stale': 409,
  'port-taken': 409,
  busy: 409,
  'state-locked': 409,
  locked: 409,
  cancelled: 409,
  'engine-unreachable': 503,
  'engine-timeout': 503,
  'engine-lost': 503,
  'service-unreachable': 503,
  'storage-unreachable': 503,
  internal: 500,
};

/** The HTTP status of a failure. Every failure that Berth expects and that has no closer word is a 422; only a bug is a 500. */
export function httpStatus(code: ErrorCode): number {
  return STATUS[code] ?? 422;
}
