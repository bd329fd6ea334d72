import { useMemo, useRef, type ReactElement, type ReactNode } from 'react';
import { RefreshCw } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import type { FindingAcrossModes } from '@shared/domain/findings/across-modes';
import guideText from '../../../../../docs/troubleshooting.md?raw';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { filterGuide, readGuide, type GuideCheck, type GuideSection, type Symptom } from '../../lib/guide';
import { codeSpans } from '../../lib/markdown-lines';
import type { Project } from '../../lib/model';
import { findingsOf } from '../../lib/selectors';
import { goTo, goToActivity, goToConflicts, goToSettings, goToSnapshots, goToStorage, type ChecksState } from '../../lib/store';
import { runChecks } from '../../lib/sync';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { FilterBox } from '../../ui/filter-box';
import { FindingItem } from '../../ui/finding-item';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { requestOf, type FixRequest } from '../../lib/fix-request';
import './guide-panel.css';

interface GuidePanelProps {
  readonly project: Project;
  readonly checks: ChecksState | null;
  readonly busy: boolean;
  /** True when something of the project runs: else there is nothing to try from. */
  readonly runs: boolean;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
  readonly onFix: (request: FixRequest) => void;
  readonly onShow: (where: Where) => void;
}

/** The guide for when something is wrong: what is seen, how to look, what to do. What stands in this project comes first, with its fixes. */
export function GuidePanel(props: GuidePanelProps): ReactElement {
  const { project, checks, filter, onFilter } = props;
  const input = useRef<HTMLInputElement>(null);
  const guide = useMemo(() => readGuide(guideText), []);
  const shown = useMemo(() => filterGuide(guide, filter), [guide, filter]);
  const findings = findingsOf(checks);
  const standing = (code: string): readonly FindingAcrossModes[] => findings.filter(({ finding }) => finding.code === code);
  const stands = shown.sections.filter((section) => standing(section.code).length > 0);
  const rest = shown.sections.filter((section) => !stands.includes(section));
  const number = new Set(findings.map(({ finding }) => finding.code)).size;
  const isChecked = checks?.reports != null;
  const section = (one: GuideSection): ReactElement => <Section key={one.code} {...props} section={one} isChecked={isChecked} standing={standing(one.code)} />;
  return (
    <>
      <PageHead
        mark={isChecked ? <StateMark mark={number > 0 ? 'warn' : 'good'} /> : undefined}
        sentence={!isChecked ? say.guide.title : say.guide.sentence(number)}
        detail={say.guide.lead}
      >
        <FilterBox value={filter} onChange={onFilter} label={say.guide.filter} inputRef={input} testId="guide-filter" />
        <Button icon={<RefreshCw size={13} />} disabled={checks?.running === true} data-testid="guide-check" onClick={() => void runChecks(project.id)}>
          {say.guide.checkNow}
        </Button>
      </PageHead>
      <div className="page-content scroll guide" tabIndex={0} role="region" aria-label={say.guide.title} data-testid="guide">
        {shown.symptoms.length + shown.sections.length === 0 && <EmptyState title={say.guide.nothingMatches} actions={<Button onClick={() => onFilter('')}>{say.conflicts.clear}</Button>} />}
        {stands.length > 0 && <Group title={say.guide.stands}>{stands.map(section)}</Group>}
        {shown.symptoms.length > 0 && (
          <Group title={say.guide.symptoms}>
            {shown.symptoms.map((symptom) => (
              <SymptomRow key={symptom.see} symptom={symptom} {...props} />
            ))}
          </Group>
        )}
        {(['finding', 'error'] as const).map((kind) => {
          const of = rest.filter((one) => one.kind === kind);
          return of.length > 0 && <Group key={kind} title={say.guide.kinds[kind]}>{of.map(section)}</Group>;
        })}
      </div>
    </>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section className="guide-group">
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  );
}

function SymptomRow({ symptom, project, runs, busy, checks }: GuidePanelProps & { readonly symptom: Symptom }): ReactElement {
  const { check } = symptom;
  const blocked = check === 'connectivity' ? busy || !runs : check === 'checks' && checks?.running === true;
  return (
    <li className="guide-entry" data-testid="guide-symptom">
      <div className="grow selectable">
        <h3>{symptom.see}</h3>
        <p>
          <span className="faint">{say.guide.look} </span>
          <Text text={symptom.look} />
        </p>
        <p>
          <span className="faint">{say.guide.then} </span>
          <Text text={symptom.then} />
        </p>
      </div>
      {check !== null && (
        <Button size="small" disabled={blocked} aria-label={`${say.guide.checks[check]}: ${symptom.see}`} onClick={() => make(check, project.id)}>
          {say.guide.checks[check]}
        </Button>
      )}
    </li>
  );
}

function Section({ section, standing, isChecked, project, checks, busy, onFix, onShow }: GuidePanelProps & { readonly section: GuideSection; readonly isChecked: boolean; readonly standing: readonly FindingAcrossModes[] }): ReactElement {
  const { code, kind, text } = section;
  const ofRestore = code.startsWith('SNAPSHOT_');
  return (
    <li className="guide-entry" data-testid={`guide-${code}`} data-stands={standing.length > 0}>
      <div className="grow">
        <h3 className="mono selectable">{code}</h3>
        <p className="selectable">
          <Text text={text} />
        </p>
        {standing.length > 0 && (
          <ul>
            {standing.map(({ finding, modes }) => (
              <FindingItem key={finding.id} finding={finding} modes={modes} disabled={busy} onFix={(fix) => onFix(requestOf(fix, modes[0] ?? ''))} onShow={onShow} />
            ))}
          </ul>
        )}
      </div>
      {/* What speaks against a restore is found when one is planned. */}
      {ofRestore && (
        <Button size="small" aria-label={`${say.guide.checks.snapshots}: ${code}`} onClick={() => make('snapshots', project.id)}>
          {say.guide.checks.snapshots}
        </Button>
      )}
      {kind === 'finding' && !ofRestore && (
        <span className="guide-check">
          {isChecked && standing.length === 0 && checks?.running !== true && <span className="faint">{say.guide.notFound}</span>}
          <Button size="small" disabled={checks?.running === true} aria-label={`${say.guide.checkNow}: ${code}`} onClick={() => void runChecks(project.id)}>
            {checks?.running === true ? say.guide.checking : say.guide.checkNow}
          </Button>
        </span>
      )}
    </li>
  );
}

function Text({ text }: { readonly text: string }): ReactElement {
  return <>{codeSpans(text).map((span, index) => (span.code ? <code key={index}>{span.text}</code> : <span key={index}>{span.text}</span>))}</>;
}

/** Makes the look a symptom asks for: runs it, or goes where it is shown. */
function make(check: GuideCheck, project: string): void {
  switch (check) {
    case 'checks':
      goToConflicts('findings');
      void runChecks(project);
      return;
    case 'connectivity':
      goToConflicts('connectivity');
      void attempt(() => start('checks.connectivity', { project }));
      return;
    case 'variables':
      return goToConflicts('variables');
    case 'services':
      return goTo('project');
    case 'machine':
      return goToSettings('machine');
    case 'disk':
      return goToActivity('disk');
    case 'operations':
      return goToActivity('operations');
    case 'storage':
      return goToStorage('mounts');
    case 'snapshots':
      return goToSnapshots('snapshots');
  }
}
