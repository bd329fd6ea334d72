import type { Finding } from './finding';

/** What can be done about errors, for the middle of a sentence. Names `checks fix` only where it has something to do. */
export function waysOut(errors: readonly Pick<Finding, 'fixes'>[]): string {
  const fixable = errors.filter((one) => one.fixes.some((fix) => fix.opens === undefined)).length;
  if (fixable === 0) return errors.length === 1 ? 'it must be changed by hand' : 'they must be changed by hand';
  if (fixable < errors.length) return 'some can be fixed by `berth checks fix`, the others by hand';
  return errors.length === 1 ? '`berth checks fix` can fix it' : '`berth checks fix` can fix them';
}
