import type { Finding } from '../../lib/model';
import type { Mark } from '../../ui/code/code-editor';
import type { FileCheck } from './use-files';

type CheckedFinding = FileCheck['findings'][number];

/** What stands in the gutter: problems of the text, then findings with their ways out. `onFix` is null while there is nothing to mend but what is not saved yet. */
export function marksOf(check: FileCheck | null, file: string, onFix: ((fix: Finding['fixes'][number], modes: readonly string[]) => void) | null): readonly Mark[] {
  if (check === null) return [];
  const problems = check.problems
    .filter((one) => one.where === undefined || one.where.file === file)
    .map((one): Mark => ({ line: one.where?.line ?? 1, column: one.where?.column, severity: 'error', message: [one.message, one.hint].filter((part) => part !== undefined).join('\n'), actions: [] }));
  const findings = check.findings.map(
    (one: CheckedFinding): Mark => ({
      line: one.where?.line ?? 1,
      column: one.where?.column,
      severity: one.severity,
      message: `${one.message}\n${one.why}`,
      actions: onFix === null ? [] : one.fixes.map((fix) => ({ name: fix.title, act: () => onFix(fix, one.modes) })),
    }),
  );
  return [...problems, ...findings];
}

/** How many of them stop something, may break something, and are only worth a look. */
export function countMarks(check: FileCheck | null): { readonly errors: number; readonly warnings: number; readonly notes: number } {
  const number = (severity: CheckedFinding['severity']): number => check?.findings.filter((one) => one.severity === severity).length ?? 0;
  return { errors: (check?.problems.length ?? 0) + number('error'), warnings: number('warning'), notes: number('info') };
}
