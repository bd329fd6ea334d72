import { AppError } from '../../kernel/app-error';
import { finding, type Finding } from '../findings/finding';
import type { At, ComposeNode } from './node';

/** Codes of what loads but cannot be honoured. All but those of `PRINTED_BY_COMPOSE` are also refused by `docker compose config`. */
export const LOAD_FINDING_CODES = ['UNDEFINED_VOLUME', 'UNDEFINED_NETWORK', 'UNDEFINED_SERVICE', 'DEPENDENCY_CYCLE', 'UNKNOWN_KEY', 'UNSUPPORTED_KEY', 'INVALID_VALUE', 'REFUSED_VALUE'] as const;
/** What docker compose can honour, and what it leaves to the engine to refuse. */
export const PRINTED_BY_COMPOSE: ReadonlySet<string> = new Set<LoadFindingCode>(['UNSUPPORTED_KEY', 'REFUSED_VALUE']);
export type LoadFindingCode = (typeof LOAD_FINDING_CODES)[number];

/** The error for a file that means nothing: `message` is one sentence. */
export function composeInvalid(message: string, at: At | { readonly file: string; readonly line?: number | undefined } | undefined, hint = 'Correct it there and try again; what runs goes on as it is.'): AppError {
  const where = at === undefined ? undefined : { file: at.file, ...(at.line === undefined ? {} : { line: at.line }), ...('column' in at ? { column: at.column } : {}) };
  return new AppError('compose-invalid', message, { ...(where === undefined ? {} : { where }), hint });
}

/** Dotted name of a place, as a reader looks for it: `services.web.ports.0`. */
export function dotted(path: readonly string[]): string {
  return path.length === 0 ? 'the file' : path.join('.');
}

export interface LoadFinding {
  /** The name that was meant most likely, where the key is a slip. */
  readonly nearest?: string | undefined;
  readonly code: LoadFindingCode;
  readonly severity?: 'error' | 'info';
  readonly path: readonly string[];
  readonly node: ComposeNode | undefined;
  readonly message: string;
  readonly why: string;
}

/** What a finding of the load is about, for its fixes: the place in the files and what was meant most likely. */
export interface FaultPlace {
  readonly path: readonly string[];
  readonly nearest?: string | undefined;
}

/** A finding of the load with its place. */
export interface LoadedFinding {
  readonly finding: Finding;
  readonly place: FaultPlace;
}

export function loadFinding({ code, severity, path, node, message, why, nearest }: LoadFinding): LoadedFinding {
  const service = path[0] === 'services' ? path[1] : undefined;
  const found = finding({
    code,
    severity: severity ?? 'error',
    message,
    why,
    object: dotted(path),
    ...(service === undefined ? {} : { service }),
    ...(node === undefined ? {} : { where: { file: node.at.file, line: node.at.line, column: node.at.column } }),
  });
  return { finding: found, place: { path, ...(nearest === undefined ? {} : { nearest }) } };
}
