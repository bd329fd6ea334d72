import { useRef, type ReactElement } from 'react';
import { RefreshCw, ShieldCheck } from 'lucide-react';
import { en } from '../../locales/en';
import type { Finding, Project } from '../../lib/model';
import { findingsOf } from '../../lib/selectors';
import type { ChecksState } from '../../lib/store';
import { runChecks } from '../../lib/sync';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { FindingItem } from '../../ui/finding-item';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import './conflicts-page.css';

/** What stops a switch or may break something, in any mode, with the way out of each. */
export function ConflictsPage({ project, checks, busy, filter, onFilter, onFix }: { readonly project: Project; readonly checks: ChecksState | null; readonly busy: boolean; readonly filter: string; readonly onFilter: (text: string) => void; readonly onFix: (fix: Finding['fixes'][number], mode: string) => void }): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const input = useRef<HTMLInputElement>(null);
  useRowKeys(list, input);
  const all = findingsOf(checks);
  const wanted = filter.trim().toLowerCase();
  const shown = wanted === '' ? all : all.filter(({ finding }) => [finding.message, finding.why, finding.service ?? '', finding.where?.file ?? ''].some((text) => text.toLowerCase().includes(wanted)));
  const errors = all.filter(({ finding }) => finding.severity === 'error').length;
  const warnings = all.filter(({ finding }) => finding.severity === 'warning').length;
  const loaded = checks?.reports != null;
  const modes = project.modes.map((mode) => mode.name).join(' and ');

  return (
    <div className="page" data-testid="page-conflicts">
      <PageHead
        mark={loaded ? <StateMark mark={errors > 0 ? 'bad' : warnings > 0 ? 'warn' : 'good'} /> : undefined}
        sentence={loaded ? en.conflicts.sentence(errors, warnings) : checks?.error == null ? en.conflicts.checking : en.conflicts.failed}
        detail={all.length > 0 ? en.conflicts.checked(modes) : undefined}
      >
        {all.length > 0 && <FilterBox value={filter} onChange={onFilter} label={en.conflicts.filter} inputRef={input} />}
        <Button icon={<RefreshCw size={13} />} disabled={checks?.running === true} data-testid="check-again" onClick={() => void runChecks(project.id)}>
          {en.actions.checkAgain}
        </Button>
      </PageHead>
      <div className="page-content scroll">
        {checks?.error != null && (
          <ErrorBox
            error={checks.error}
            actions={
              <Button size="small" onClick={() => void runChecks(project.id)}>
                {en.actions.retry}
              </Button>
            }
          />
        )}
        {!loaded && checks?.error == null && <Skeleton rows={5} height={56} label={en.conflicts.checking} />}
        {loaded && all.length === 0 && (
          <EmptyState icon={<ShieldCheck size={20} />} title={en.conflicts.checked(modes)}>
            {en.conflicts.noneText}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <ul ref={list} className="findings" aria-label={en.conflicts.list} data-testid="findings">
            {shown.map(({ finding, modes: inModes }) => (
              <FindingItem key={finding.id} finding={finding} modes={inModes} disabled={busy} onFix={(fix) => onFix(fix, inModes[0] ?? '')} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
