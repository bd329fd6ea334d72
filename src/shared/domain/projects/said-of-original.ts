import type { AppErrorData, Where } from '../../kernel/app-error';
import type { Json } from '../../kernel/json';
import type { Finding } from '../findings/finding';

/** Says of the project what was said of its copy. */
export interface OriginalWords {
  text(text: string): string;
  finding(one: Finding): Finding;
  error(data: AppErrorData): AppErrorData;
}

/** The copy is removed: its paths become those the user knows, and fixes of it, which nobody could apply, are left out. */
export function saidOfOriginal(copyDir: string, dir: string): OriginalWords {
  const text = (one: string): string => one.replaceAll(copyDir, dir);
  const where = (one: Where | undefined): { readonly where?: Where } => (one === undefined ? {} : { where: { ...one, file: text(one.file) } });
  const deep = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, key === 'fixes' ? [] : deep(one as Json)]));
  };
  return {
    text,
    finding: (one) => ({ ...one, message: text(one.message), why: text(one.why), ...where(one.where), fixes: [] }),
    error: (data) => ({
      ...data,
      message: text(data.message),
      ...(data.hint === undefined ? {} : { hint: text(data.hint) }),
      ...where(data.where),
      ...(data.details === undefined ? {} : { details: Object.fromEntries(Object.entries(data.details).flatMap(([key, one]) => (one === undefined ? [] : [[key, deep(one)]]))) }),
    }),
  };
}
