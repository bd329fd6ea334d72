import { useState, type ReactElement } from 'react';
import { RefreshCw } from 'lucide-react';
import { say } from '../../locales/say';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { start } from '../../lib/client';
import type { Operation, Project } from '../../lib/model';
import { failedOf, runningOf, undoableOf } from '../../lib/operation-results';
import { useStore, type WorkspacesTab } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { OutcomeNotes } from '../../ui/outcome-notes';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { TrustDialog } from '../../ui/trust-dialog';
import { ConflictsPanel } from './conflicts-panel';
import { ExcludedPanel } from './excluded-panel';
import { HaltBanner } from './halt-banner';
import { MigrationPanel } from './migration-panel';
import { SavingsPanel } from './savings-panel';
import { TroublePanel } from './trouble-panel';
import { useWorkspaces, WORKSPACE_KINDS, type WorkspacesFacts } from './use-workspaces';
import { WorkspaceList } from './workspace-list';
import { workspacesAnswer, type WorkspacesStatus } from './workspaces-answer';
import './workspaces.css';

/** What every panel of the page works with. */
export interface PanelProps {
  readonly project: Project;
  readonly status: WorkspacesStatus;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
  /** Takes over what a change answered with. */
  readonly onStatus: (status: WorkspacesStatus) => void;
  /** The live log of the container of a workspace. */
  readonly log: (name: string, containerId: string) => ReactElement;
}

interface WorkspacesPanelsProps extends Pick<PanelProps, 'project' | 'operations' | 'busy' | 'log'> {
  readonly tab: WorkspacesTab;
}

/** The answer on top of every tab, what stands in the way, what just went wrong or can be taken back, and the tab. */
export function WorkspacesPanels({ tab, project, operations, busy, log }: WorkspacesPanelsProps): ReactElement {
  const facts = useWorkspaces(project.id);
  const { status } = facts;
  return (
    <>
      <Head project={project} facts={facts} operations={operations} busy={busy} />
      <Notes project={project} halted={status?.halt != null} operations={operations} busy={busy} />
      {facts.error !== null && (
        <div className={status === null ? 'page-content' : 'ws-error'}>
          <ErrorBox error={facts.error} actions={<Button size="small" onClick={facts.again}>{say.actions.retry}</Button>} />
        </div>
      )}
      {status === null && facts.error === null && (
        <div className="page-content">
          <Skeleton rows={6} label={words.loading} />
        </div>
      )}
      {status !== null && <Standing project={project} status={status} busy={busy} />}
      {status !== null && <Panel tab={tab} project={project} status={status} operations={operations} busy={busy} log={log} onStatus={facts.set} />}
    </>
  );
}

function Panel({ tab, ...props }: PanelProps & { readonly tab: WorkspacesTab }): ReactElement {
  switch (tab) {
    case 'workspaces':
      return <WorkspaceList {...props} />;
    case 'excluded':
      return <ExcludedPanel {...props} />;
    case 'conflicts':
      return <ConflictsPanel {...props} />;
    case 'savings':
      return <SavingsPanel {...props} />;
    case 'migration':
      return <MigrationPanel {...props} />;
    case 'trouble':
      return <TroublePanel {...props} />;
  }
}

function Head({ project, facts, operations, busy }: { readonly project: Project; readonly facts: WorkspacesFacts; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const { status } = facts;
  const running = runningOf(operations, project.id, WORKSPACE_KINDS);
  if (status === null) return <PageHead sentence={facts.error === null ? words.loading : words.failed} />;
  const answer = workspacesAnswer(status, project.trusted);
  const can = project.trusted && status.endpoint !== null && status.workspaces.length > 0 && !busy;
  const up = status.workspaces.some((one) => one.runner !== null && one.runner.state !== 'stopped');
  const missing = status.workspaces.some((one) => one.runner === null || one.runner.state === 'stopped');
  const message = running?.progress.message ?? '';
  return (
    <PageHead mark={<StateMark mark={running === null ? answer.mark : 'busy'} />} sentence={answer.sentence} detail={message === '' ? status.monitor.detail : message} running={running}>
      {up && (
        <Button disabled={!can} data-testid="workspaces-stop" onClick={() => void attempt(() => start('workspaces.stop', { project: project.id }))}>
          {words.stopAll}
        </Button>
      )}
      {missing && status.workspaces.length > 0 && (
        <Button disabled={!can} data-testid="workspaces-start" onClick={() => void attempt(() => start('workspaces.start', { project: project.id }))}>
          {words.startAll}
        </Button>
      )}
      {status.workspaces.length > 0 && (
        <Button look="primary" icon={<RefreshCw size={13} />} disabled={!can} data-testid="workspaces-sync" onClick={() => void attempt(() => start('workspaces.sync', { project: project.id }))}>
          {words.syncAll}
        </Button>
      )}
    </PageHead>
  );
}

/** What has to be mended before anything is sent: trust, S3, a sync that stopped. */
function Standing({ project, status, busy }: { readonly project: Project; readonly status: WorkspacesStatus; readonly busy: boolean }): ReactElement | null {
  const [trusting, setTrusting] = useState(false);
  if (!project.trusted) {
    return (
      <div className="ws-standing" role="note" data-testid="workspaces-untrusted">
        <StateMark mark="warn" />
        <p className="grow">
          <strong>{words.notTrusted}</strong> <span className="dim">{words.notTrustedText}</span>
        </p>
        <Button size="small" data-testid="workspaces-trust" onClick={() => setTrusting(true)}>
          {words.trust}
        </Button>
        {trusting && <TrustDialog project={project} plain={words.trustPlain} confirm={words.trustConfirm} testId="workspaces-trust-dialog" onClose={() => setTrusting(false)} />}
      </div>
    );
  }
  if (status.endpoint === null && status.workspaces.length > 0) {
    return (
      <div className="ws-standing" role="note" data-testid="workspaces-offline">
        <StateMark mark="off" />
        <p className="grow">
          <strong>{words.offline}</strong> <span className="dim">{words.offlineText}</span>
        </p>
        <Button size="small" disabled={busy} data-testid="workspaces-start-s3" onClick={() => void attempt(() => start('storage.start', { project: project.id, component: 's3' }))}>
          {words.startS3}
        </Button>
      </div>
    );
  }
  return status.halt === null ? null : <HaltBanner projectId={project.id} halt={status.halt} />;
}

/** What the last act did: what went wrong with it, or how to take it back. */
function Notes({ project, halted, operations, busy }: { readonly project: Project; readonly halted: boolean; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const tracks = useStore((state) => state.model.tracks);
  const dismissed = useStore((state) => state.ui.dismissed);
  const failed = failedOf(operations, project.id, WORKSPACE_KINDS, tracks, dismissed);
  // Why a sync stopped stands in its own banner, as long as it is stopped.
  const said = halted && failed?.kind === 'workspaces.sync';
  return <OutcomeNotes failed={said ? null : failed} undoable={undoableOf(operations, project.id, WORKSPACE_KINDS, tracks)} busy={busy} didNotWork={words.didNotWork} undoDone={words.undoDone} testId="workspaces" />;
}
