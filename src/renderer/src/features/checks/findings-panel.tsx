import { useMemo, useRef, useState, type ReactElement, type RefObject } from 'react';
import { RefreshCw, ShieldCheck, Undo2, Wrench } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import { AREA_TITLES } from '@shared/domain/findings/areas';
import { say } from '../../locales/say';
import { filterFindings, firstFixes, groupFindings, NO_FINDING_FILTER, type FindingFilter } from '../../lib/finding-groups';
import { duration } from '../../lib/format';
import type { Finding, Operation, Project } from '../../lib/model';
import { areasOf, findingsOf } from '../../lib/selectors';
import type { ChecksState } from '../../lib/store';
import { runChecks } from '../../lib/sync';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { FindingItem } from '../../ui/finding-item';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { AreaStrip } from './area-strip';
import { requestOf, type FixRequest } from '../../lib/fix-request';
import './findings-panel.css';

interface FindingsPanelProps {
  readonly project: Project;
  readonly checks: ChecksState | null;
  readonly busy: boolean;
  readonly filter: string;
  /** The newest change that can be taken back. */
  readonly undoable: Operation | null;
  readonly onFilter: (text: string) => void;
  readonly onFix: (request: FixRequest) => void;
  readonly onShow: (where: Where) => void;
  readonly onEdit: (where: Where) => void;
  readonly onUndo: (operation: Operation) => void;
}

/** What stops a switch or may break something, in any mode, with the way out of each. */
export function FindingsPanel(props: FindingsPanelProps): ReactElement {
  const { project, checks, busy, undoable } = props;
  const input = useRef<HTMLInputElement>(null);
  const [choices, setChoices] = useState<FindingFilter>(NO_FINDING_FILTER);
  const [by, setBy] = useState<'blocks' | 'area'>('blocks');
  const all = findingsOf(checks);
  const areas = useMemo(() => areasOf(checks), [checks]);
  const filter = { ...choices, text: props.filter };
  const shown = filterFindings(all, filter);
  const loaded = checks?.reports != null;
  const number = (severity: Finding['severity']): number => all.filter(({ finding }) => finding.severity === severity).length;
  const [errors, warnings] = [number('error'), number('warning')];
  const fixable = firstFixes(shown);
  const fixes = fixable.reduce((sum, one) => sum + one.fixes.length, 0);
  const modes = project.modes.map((mode) => mode.name).join(' and ');
  const clear = (): void => {
    setChoices(NO_FINDING_FILTER);
    props.onFilter('');
  };

  return (
    <>
      <PageHead
        mark={loaded ? <StateMark mark={errors > 0 ? 'bad' : warnings > 0 ? 'warn' : 'good'} /> : undefined}
        sentence={loaded ? say.conflicts.sentence(errors, warnings) : checks?.error == null ? say.conflicts.checking : say.conflicts.failed}
        detail={all.length > 0 ? say.conflicts.checked(modes) : undefined}
      >
        {fixes > 1 && (
          <Button icon={<Wrench size={13} />} disabled={busy} data-testid="fix-all" onClick={() => props.onFix({ title: say.fix.all(fixes), groups: fixable })}>
            {say.fix.all(fixes)}
          </Button>
        )}
        <Button icon={<RefreshCw size={13} />} disabled={checks?.running === true} data-testid="check-again" onClick={() => void runChecks(project.id)}>
          {say.actions.checkAgain}
        </Button>
      </PageHead>
      {loaded && areas.length > 0 && <AreaStrip areas={areas} chosen={choices.area} onChoose={(area) => setChoices({ ...choices, area })} />}
      {all.length > 0 && <Filters all={all} project={project} filter={filter} by={by} inputRef={input} onText={props.onFilter} onChange={setChoices} onBy={setBy} />}
      {undoable !== null && (
        <div className="undo-strip" role="status" data-testid="undo-strip">
          <StateMark mark="good" />
          <span className="ellipsis">{say.run.done(undoable.title, duration(Math.max(0, Date.parse(undoable.finishedAt ?? undoable.createdAt) - Date.parse(undoable.startedAt ?? undoable.createdAt))))}</span>
          <span className="grow" />
          <Button size="small" icon={<Undo2 size={13} />} disabled={busy} data-testid="undo-fix" onClick={() => props.onUndo(undoable)}>
            {say.actions.undo}
          </Button>
        </div>
      )}
      <div className="page-content scroll findings-list" tabIndex={0} role="region" aria-label={say.conflicts.list}>
        {checks?.error != null && (
          <ErrorBox
            error={checks.error}
            actions={
              <Button size="small" onClick={() => void runChecks(project.id)}>
                {say.actions.retry}
              </Button>
            }
          />
        )}
        {!loaded && checks?.error == null && <Skeleton rows={5} height={56} label={say.conflicts.checking} />}
        {loaded && all.length === 0 && (
          <EmptyState icon={<ShieldCheck size={20} />} title={say.conflicts.checked(modes)}>
            {say.conflicts.noneText}
          </EmptyState>
        )}
        {all.length > 0 && shown.length === 0 && <EmptyState title={say.conflicts.nothingMatches} actions={<Button onClick={clear}>{say.conflicts.clear}</Button>} />}
        {shown.length > 0 && <Groups {...props} shown={shown} by={by} inputRef={input} />}
      </div>
    </>
  );
}

function Groups({ shown, by, busy, inputRef, onFix, onShow, onEdit }: FindingsPanelProps & { readonly shown: ReturnType<typeof findingsOf>; readonly by: 'blocks' | 'area'; readonly inputRef: RefObject<HTMLInputElement | null> }): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list, inputRef);
  return (
    <div ref={list} data-testid="findings">
      {groupFindings(shown, by).map((group) => (
        <section key={group.key} className="findings-group" data-testid={`findings-${group.key.replaceAll(' ', '-')}`}>
          <h2>
            {group.kind === 'area' ? group.title : say.conflicts.blocks[group.kind](group.modes)}
            <span>{group.findings.length}</span>
          </h2>
          <ul>
            {group.findings.map(({ finding, modes }) => (
              <FindingItem
                key={finding.id}
                finding={finding}
                modes={modes}
                {...(group.kind === 'area' ? {} : { area: AREA_TITLES[finding.area] })}
                disabled={busy}
                onFix={(fix) => onFix(requestOf(fix, modes[0] ?? ''))}
                onShow={onShow}
                onEdit={onEdit}
              />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface FiltersProps {
  readonly all: ReturnType<typeof findingsOf>;
  readonly project: Project;
  readonly filter: FindingFilter;
  readonly by: 'blocks' | 'area';
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onText: (text: string) => void;
  readonly onChange: (filter: FindingFilter) => void;
  readonly onBy: (by: 'blocks' | 'area') => void;
}

function Filters({ all, project, filter, by, inputRef, onText, onChange, onBy }: FiltersProps): ReactElement {
  const services = [...new Set(all.flatMap(({ finding }) => (finding.service === undefined ? [] : [finding.service])))].sort();
  return (
    <div className="findings-bar">
      <FilterBox value={filter.text} onChange={onText} label={say.conflicts.filter} inputRef={inputRef} testId="finding-filter" />
      <Choice label={say.conflicts.severity} value={filter.severity} options={['', 'error', 'warning', 'info']} words={say.conflicts.severities} testId="finding-severity" onChange={(severity) => onChange({ ...filter, severity })} />
      {services.length > 0 && <Choice label={say.conflicts.service} value={filter.service} options={['', ...services]} words={{ '': say.conflicts.allServices }} testId="finding-service" onChange={(service) => onChange({ ...filter, service })} />}
      {project.modes.length > 1 && <Choice label={say.conflicts.mode} value={filter.mode} options={['', ...project.modes.map((mode) => mode.name)]} words={{ '': say.conflicts.allModes }} testId="finding-mode" onChange={(mode) => onChange({ ...filter, mode })} />}
      <Choice label={say.conflicts.groupBy} value={by} options={['blocks', 'area']} words={say.conflicts.groupings} testId="finding-group" onChange={onBy} />
    </div>
  );
}
