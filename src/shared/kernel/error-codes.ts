/**
 * Every expected failure of Berth, with the process exit code the CLI ends with (spec: the exit codes of
 * docs/cli.md). 1 failed and rolled back where it changed things; 2 cannot be parsed or found, or consent or
 * trust is missing; 3 engine or service unreachable; 4 blocked by findings; 5 cancelled.
 */
export const ERROR_CODES = {
  'input-invalid': 2,
  'not-found': 2,
  'project-not-found': 2,
  'mode-not-found': 2,
  'service-not-found': 2,
  'operation-not-found': 2,
  'compose-not-found': 2,
  'compose-invalid': 2,
  'file-unreadable': 2,
  'consent-required': 2,
  'trust-required': 2,
  'engine-unreachable': 3,
  'engine-timeout': 3,
  'service-unreachable': 3,
  'engine-refused': 1,
  'engine-lost': 1,
  'policy-refused': 1,
  blocked: 4,
  cancelled: 5,
  'plan-stale': 1,
  'build-failed': 1,
  'pull-failed': 1,
  'start-failed': 1,
  unhealthy: 1,
  'port-taken': 1,
  'disk-full': 1,
  'switch-failed': 1,
  'fix-failed': 1,
  busy: 1,
  'state-locked': 1,
  interrupted: 1,
  'needs-attention': 1,
  'setup-failed': 1,
  damaged: 1,
  'not-supported': 1,
  locked: 1,
  'passphrase-wrong': 2,
  'repository-version': 2,
  'storage-unreachable': 3,
  internal: 1,
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
