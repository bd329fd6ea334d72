import { useState, type ReactElement } from 'react';
import { CopyX, ListOrdered, ScanSearch, Settings2, Undo2 } from 'lucide-react';
import { gitopsWords as words } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { duration, thousands } from '../../lib/format';
import { runningOf } from '../../lib/operation-results';
import { runOperation } from '../../lib/run-operation';
import type { Operation, Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import type { Answer } from '../../lib/use-answer';
import { Button, IconButton } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { groupCounts, type ScanReport } from './group-list';
import { GitChoices, gitInput, gitIsReady, NO_GIT, type GitChoice } from './git-choices';
import { GroupsView } from './groups-view';
import { PipelineStrip } from './pipeline-strip';
import { ResolveSheet, type PlanView } from './resolve-sheet';
import { RulesDoor } from './rules-door';
import { cancelOperation, RunStrip } from './scan-strip';
import { SettingsSheet } from './settings-sheet';
import { takeable, useFreshScan, usePlan, type ResolutionPlan } from './use-resolutions';
import { useScan } from './use-scan';
import './gitops.css';

interface DuplicatesPanelProps {
  readonly project: Project;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
}

/** What in the folder says the same more than once, or contradicts itself, and what is to be done about it. */
export function DuplicatesPanel({ project, operations, busy }: DuplicatesPanelProps): ReactElement {
  const { running, failure, report, scan } = useScan(project, operations);
  const [rules, setRules] = useState(0);
  const [sheet, setSheet] = useState<'plan' | 'rules' | 'settings' | null>(null);
  const plan = usePlan(project.id, report, rules);
  const acting = runningOf(operations, project.id, /^gitops\.(scan|resolve|resolve-group|rollback)$/);
  useFreshScan(project.id, operations, report, acting !== null, scan);
  const undoable = takeable(operations, project.id);
  const isBusy = busy || acting !== null;
  const counts = report === null ? null : groupCounts(report.groups);
  return (
    <>
      <PageHead mark={counts === null ? undefined : <StateMark mark={counts.all === 0 ? 'good' : 'warn'} />} sentence={sentenceOf(operations, running, report)} detail={report === null ? undefined : <Scanned report={report} />}>
        <IconButton label={words.settings.open} data-testid="gitops-settings-open" onClick={() => setSheet('settings')}>
          <Settings2 size={15} />
        </IconButton>
        <Button icon={<ListOrdered size={14} />} data-testid="gitops-rules-open" onClick={() => setSheet('rules')}>
          {words.rulesOpen}
        </Button>
        {report !== null && (
          <Button icon={<ScanSearch size={14} />} disabled={isBusy} data-testid="gitops-scan" onClick={scan}>
            {words.scanAgain}
          </Button>
        )}
        {counts !== null && counts.auto > 0 && (
          <Button look="primary" disabled={isBusy} data-testid="gitops-resolve" onClick={() => setSheet('plan')}>
            {words.resolveAll}
          </Button>
        )}
      </PageHead>
      <PipelineStrip projectId={project.id} />
      {acting !== null && <RunStrip operation={acting} onCancel={() => cancelOperation(acting)} />}
      {acting === null && undoable !== null && <UndoStrip operation={undoable} busy={busy} />}
      {[failure, plan.error].map((error) => error !== null && error !== undefined && (
        <div key={error.message} className="gitops-error">
          <ErrorBox error={error} actions={<Button size="small" onClick={() => (error === failure ? scan() : plan.again())}>{say.actions.retry}</Button>} />
        </div>
      ))}
      {report !== null ? <GroupsView key={project.id} project={project} report={report} plan={plan.value} busy={isBusy} /> : <NoReport loading={operations === null || running !== null} onScan={scan} />}
      {sheet === 'plan' && <PlanDoor project={project} plan={plan} onClose={() => setSheet(null)} />}
      {sheet === 'settings' && (
        <SettingsSheet
          project={project}
          onClose={(changed) => {
            setSheet(null);
            if (changed) setRules((number) => number + 1);
          }}
        />
      )}
      {sheet === 'rules' && (
        <RulesDoor
          project={project}
          onClose={(changed) => {
            setSheet(null);
            if (!changed) return;
            setRules((number) => number + 1);
            if (report !== null) void attempt(() => start('gitops.scan', { project: project.id }));
          }}
        />
      )}
    </>
  );
}

/** The plan by the rules, and the resolution it leads to. */
function PlanDoor({ project, plan, onClose }: { readonly project: Project; readonly plan: Answer<ResolutionPlan | null>; readonly onClose: () => void }): ReactElement {
  const value = plan.value === null ? null : viewOf(plan.value);
  const [git, setGit] = useState<GitChoice>(NO_GIT);
  return (
    <ResolveSheet plan={{ ...plan, value }} ready={gitIsReady(git)} act={() => runOperation('gitops.resolve', { project: project.id, ...gitInput(git) })} onDone={onClose} onClose={onClose}>
      <GitChoices project={project} choice={git} onChange={setGit} />
    </ResolveSheet>
  );
}

function viewOf({ groups, files, counts }: ResolutionPlan): PlanView {
  const reasons = new Map(groups.flatMap((group) => group.members.map((member) => [member.file, group.status === 'planned' ? group.reason : ''] as const)));
  return {
    planned: counts.planned,
    manual: counts.manual,
    changes: files.map(({ file, action, target }) => ({ path: file, change: action, target, reason: reasons.get(file) ?? '' })),
    left: groups.filter((group) => group.status === 'manual_review' && group.review !== 'info').map((group) => ({ groupId: group.id, name: group.members[0]?.file ?? group.id, reason: group.reason })),
  };
}

function UndoStrip({ operation, busy }: { readonly operation: Operation; readonly busy: boolean }): ReactElement {
  return (
    <div className="gitops-run" role="status" data-testid="gitops-undo">
      <span className="grow ellipsis">{words.undone(operation.title)}</span>
      <Button size="small" icon={<Undo2 size={13} />} disabled={busy} data-testid="gitops-undo-button" onClick={() => void attempt(() => start('gitops.rollback', { id: operation.id }))}>
        {say.actions.undo}
      </Button>
    </div>
  );
}

function NoReport({ loading, onScan }: { readonly loading: boolean; readonly onScan: () => void }): ReactElement {
  if (loading) {
    return (
      <div className="page-content">
        <Skeleton rows={6} height={44} label={words.answer.loading} />
      </div>
    );
  }
  return (
    <EmptyState icon={<CopyX size={20} />} title={words.never} testId="gitops-never" actions={<Button look="primary" data-testid="gitops-first-scan" onClick={onScan}>{words.scan}</Button>}>
      {words.neverText}
    </EmptyState>
  );
}

function Scanned({ report }: { readonly report: ScanReport }): ReactElement {
  return (
    <>
      {words.answer.scanned(thousands(report.files), duration(report.durationMs))} <Ago at={report.scannedAt} />
    </>
  );
}

function sentenceOf(operations: readonly Operation[] | null, running: Operation | null, report: ScanReport | null): string {
  if (report === null) return operations === null ? words.answer.loading : running === null ? words.answer.never : words.answer.scanning;
  const { all, auto, manual } = groupCounts(report.groups);
  return all === 0 ? words.answer.none : words.answer.found(all, auto, manual);
}
