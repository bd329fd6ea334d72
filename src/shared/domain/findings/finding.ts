import type { Where } from '../../kernel/app-error';
import { textHash } from '../../kernel/text-hash';
import { areaOf } from './areas';

/** What a finding is about: the rows of the checks page (S3.15). */
export type CheckArea = 'files' | 'mounts' | 'ports' | 'builds' | 'networks' | 'dependencies' | 'environment' | 'data' | 'resources' | 'storage' | 'engine';

export type Severity = 'error' | 'warning' | 'info';

/** One way out of a finding: the id is what `checks fix` takes, the title is the words on the button. */
export interface FindingFix {
  readonly id: string;
  readonly title: string;
  /** Nothing is changed by itself: a person decides in this dialog of the window, or with this command. */
  readonly opens?: { readonly dialog: 'healthcheck' | 'relocate' | 'rebuild'; readonly service?: string | undefined; readonly command: string } | undefined;
}

/**
 * What a check has to say. The one shape for mounts, ports, storage, YAML, drift and troubleshooting
 * (docs/cli.md). `id` is stable across runs: it hashes code, object and file.
 */
export interface Finding {
  readonly id: string;
  readonly code: string;
  /** Which rule of the code said it, where a code has several: B1, C3. */
  readonly rule?: string | undefined;
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

/** The errors that were not there before. One of the same kind and service that is gone, and was not to be fixed, is the same fault under the path that is written now. */
export function newErrors(before: readonly Finding[], after: readonly Finding[], fixed: ReadonlySet<string> = new Set()): readonly Finding[] {
  const left = new Set(after.map((one) => one.id));
  const known = new Set(before.map((one) => one.id));
  const gone = before.filter((one) => one.severity === 'error' && !left.has(one.id) && !fixed.has(one.id)).map((one) => `${one.code} ${one.service ?? ''}`);
  return after.filter((one) => {
    if (one.severity !== 'error' || known.has(one.id)) return false;
    const at = gone.indexOf(`${one.code} ${one.service ?? ''}`);
    if (at === -1) return true;
    gone.splice(at, 1);
    return false;
  });
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((one) => one.severity === 'error');
}
