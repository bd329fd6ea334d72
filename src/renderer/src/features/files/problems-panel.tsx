import type { ReactElement } from 'react';
import { OctagonAlert } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { filesWords as words } from '../../locales/en/files';
import { inProject } from '../../lib/format';
import type { Finding, Project } from '../../lib/model';
import { FindingItem } from '../../ui/finding-item';
import { StateMark } from '../../ui/state-mark';
import { countMarks } from './check-marks';
import type { LiveCheck } from './use-files';

interface ProblemsPanelProps {
  readonly project: Project;
  readonly file: string;
  readonly live: LiveCheck;
  /** What is not saved cannot be mended yet. */
  readonly unsaved: boolean;
  readonly busy: boolean;
  readonly onFix: (fix: Finding['fixes'][number], modes: readonly string[]) => void;
  readonly onLine: (line: number) => void;
}

/** What stands in the gutter, once more as a list: to be read, and to be reached by keys. */
export function ProblemsPanel({ project, file, live, unsaved, busy, onFix, onLine }: ProblemsPanelProps): ReactElement {
  const { check, failed, checking } = live;
  const { errors, warnings, notes } = countMarks(check);
  const isEmpty = errors + warnings + notes === 0;
  const goTo = (where: Where): void => onLine(where.line ?? 1);
  return (
    <section className="problems" aria-label={words.problems.label} data-testid="problems" data-checking={checking}>
      <p className="problems-head" role="status">
        <StateMark mark={checking && check === null ? 'busy' : failed !== null ? 'warn' : errors > 0 ? 'bad' : warnings > 0 ? 'warn' : 'good'} />
        <span>{failed !== null ? `${words.problems.failed}: ${failed.message}` : check === null ? words.problems.checking : isEmpty ? words.problems.none : words.problems.count(errors, warnings, notes)}</span>
        <span className="grow" />
        {!isEmpty && (
          <span className="faint">
            <kbd>F8</kbd> {words.problems.next}
          </span>
        )}
      </p>
      {check !== null && !isEmpty && (
        <ul className="problems-list scroll" tabIndex={0} aria-label={words.problems.label}>
          {check.problems.map((problem, index) => (
            <li key={index} className="finding finding-error" data-testid="file-problem" data-row tabIndex={-1}>
              <OctagonAlert size={16} aria-hidden="true" />
              <div className="grow">
                <p className="finding-message selectable">
                  <span className="hidden-text">{say.findings.severities.error}: </span>
                  {problem.message}
                </p>
                {problem.hint !== undefined && <p className="dim selectable">{problem.hint}</p>}
                <div className="finding-meta">
                  {problem.where?.line !== undefined && problem.where.file === file && (
                    <button type="button" className="finding-place" onClick={() => onLine(problem.where?.line ?? 1)}>
                      {words.problems.line(problem.where.line)}
                    </button>
                  )}
                  {problem.where !== undefined && problem.where.file !== file && <span>{words.problems.elsewhere(inProject(problem.where.file, project.dir))}</span>}
                  <span>{words.problems.inModes(problem.modes)}</span>
                </div>
              </div>
            </li>
          ))}
          {check.findings.map((finding) => (
            <FindingItem key={finding.id} finding={finding} modes={finding.modes} disabled={busy || unsaved} onFix={(fix) => onFix(fix, finding.modes)} onShow={goTo} />
          ))}
          {unsaved && check.findings.some((finding) => finding.fixes.length > 0) && <li className="faint problems-note">{words.problems.saveFirst}</li>}
        </ul>
      )}
    </section>
  );
}
