import type { Where } from '../../kernel/app-error';
import { textHash } from '../../kernel/text-hash';
import { areaOf } from './areas';

/** What a finding is about: the rows of the checks page (S3.15). */
export type CheckArea = 'files' | 'mounts' | 'ports' | 'builds' | 'networks' | 'dependencies' | 'environment' | 'data' | 'resources' | 'engine';

export type Severity = 'error' | 'warning' | 'info';

/** One way out of a finding: the id is what `checks fix` takes, the title is the words on the button. */
export interface FindingFix {
  readonly id: string;
  readonly title: string;
}

/**
 * What a check has to say. The one shape for mounts, ports, storage, YAML, drift and troubleshooting
 * (docs/cli.md). `id` is stable across runs: it hashes code, object and file.
 */
export interface Finding {
  readonly id: string;
  readonly code: string;
  readonly severity: Severity;
  readonly area: CheckArea;
  readonly service?: string | undefined;
  readonly where?: Where | undefined;
  readonly message: string;
  readonly why: string;
  readonly fixes: readonly FindingFix[];
  readonly confidence?: 'certain' | 'possible' | undefined;
}

/** Builds a finding with its stable id. `object` names the thing itself, for example `api:./src:/app/src` or `port 8000/tcp`. */
export function finding(parts: Omit<Finding, 'id' | 'area' | 'fixes'> & { readonly object: string; readonly fixes?: readonly FindingFix[] }): Finding {
  const { object, fixes, ...rest } = parts;
  return { id: `${rest.code.toLowerCase()}-${textHash(`${rest.code}\n${object}\n${rest.where?.file ?? ''}`).slice(0, 8)}`, area: areaOf(rest.code), fixes: fixes ?? [], ...rest };
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((one) => one.severity === 'error');
}
