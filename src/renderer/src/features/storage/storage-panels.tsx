import { useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { start } from '../../lib/client';
import type { Operation, Project } from '../../lib/model';
import { useStore, type StorageTab } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { OutcomeNotes } from '../../ui/outcome-notes';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { BucketsPanel } from './buckets-panel';
import { ConflictsPanel } from './conflicts-panel';
import { DecisionsPanel } from './decisions-panel';
import { MountsPanel } from './mounts-panel';
import { ServerPanel } from './server-panel';
import { SetupDialog, SetupPanel } from './setup-panel';
import { addedWords, storageAnswer, usedWords, type StorageStatus } from './storage-answer';
import { TrustAndStartDialog } from './start-dialog';
import { SyncPanel } from './sync-panel';
import { failedStorage, runningStorage, undoableStorage, useStorage, type StorageFacts } from './use-storage';
import './storage.css';

/** What every panel of the page works with. */
export interface PanelProps {
  readonly project: Project;
  readonly status: StorageStatus;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
}

interface StoragePanelsProps {
  readonly tab: StorageTab;
  readonly project: Project;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
}

/** The answer on top of every tab, what just went wrong or can be taken back, and the tab. */
export function StoragePanels({ tab, project, operations, busy }: StoragePanelsProps): ReactElement {
  const facts = useStorage(project.id);
  const [settingUp, setSettingUp] = useState(false);
  const { status } = facts;
  return (
    <>
      <Head project={project} facts={facts} operations={operations} busy={busy} />
      <Notes project={project} operations={operations} busy={busy} />
      {facts.error !== null && (
        <div className={status === null ? 'page-content' : 'storage-error'}>
          <ErrorBox error={facts.error} actions={<Button size="small" onClick={facts.again}>{say.actions.retry}</Button>} />
        </div>
      )}
      {status === null && facts.error === null && (
        <div className="page-content">
          <Skeleton rows={6} label={words.loading} />
        </div>
      )}
      {status !== null && panel(status)}
      {settingUp && <SetupDialog project={project} preset="complementary" onClose={() => setSettingUp(false)} />}
    </>
  );

  function panel(known: StorageStatus): ReactElement {
    const props: PanelProps = { project, status: known, operations, busy };
    const setUp = (): void => setSettingUp(true);
    if (known.file === null && (tab === 'mounts' || tab === 'sync')) return <SetupPanel project={project} status={known} busy={busy} />;
    switch (tab) {
      case 'mounts':
        return <MountsPanel {...props} onSetUp={setUp} />;
      case 'sync':
        return <SyncPanel {...props} onSetUp={setUp} />;
      case 'buckets':
        return <BucketsPanel {...props} />;
      case 'server':
        return <ServerPanel {...props} />;
      case 'conflicts':
        return <ConflictsPanel project={project} conflicts={facts.conflicts} error={facts.conflictsError} busy={busy} onAgain={facts.again} />;
      case 'decisions':
        return <DecisionsPanel project={project} />;
    }
  }
}

/** True where something of storage runs or is on its way. */
function isUp({ s3, mounts, jobs }: StorageStatus): boolean {
  const local = s3.origin === 'local' && s3.health !== 'stopped';
  return local || mounts.some((mount) => !['absent', 'stopped', 'impossible'].includes(mount.state)) || jobs.some((job) => job.state !== 'stopped');
}

/** True where a start has something left to do. */
function isMissing({ s3, mounts, jobs }: StorageStatus): boolean {
  return (s3.origin === 'local' && s3.health === 'stopped') || mounts.some((mount) => mount.state === 'absent' || mount.state === 'stopped') || jobs.some((job) => job.state === 'stopped');
}

function Head({ project, facts, operations, busy }: { readonly project: Project; readonly facts: StorageFacts; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const { status, conflicts } = facts;
  const [trusting, setTrusting] = useState(false);
  const running = runningStorage(operations, project.id);
  if (status === null) return <PageHead sentence={facts.error === null ? words.loading : words.failed} />;
  const answer = storageAnswer(status, conflicts);
  const up = isUp(status);
  const run = (name: 'storage.start' | 'storage.stop'): void => {
    if (name === 'storage.start' && !project.trusted) setTrusting(true);
    else void attempt(() => start(name, { project: project.id }));
  };
  return (
    <>
      <PageHead
        mark={<StateMark mark={running === null ? answer.mark : 'busy'} />}
        sentence={answer.sentence}
        detail={<Added status={status} running={running} />}
        running={running}
      >
        {up && (
          <Button disabled={busy} data-testid="storage-stop" onClick={() => run('storage.stop')}>
            {say.actions.stop}
          </Button>
        )}
        {status.file !== null && isMissing(status) && (
          <Button look={up ? 'normal' : 'primary'} disabled={busy} data-testid="storage-start" onClick={() => run('storage.start')}>
            {up ? words.startAgain : say.actions.start}
          </Button>
        )}
      </PageHead>
      {trusting && <TrustAndStartDialog project={project} onClose={() => setTrusting(false)} />}
    </>
  );
}

/** What storage asks for beside the project, with what it uses; while something runs, what that does. */
function Added({ status, running }: { readonly status: StorageStatus; readonly running: Operation | null }): ReactElement | null {
  const message = running?.progress.message ?? '';
  if (message === '' && status.added.containers === 0) return null;
  return (
    <span className="storage-added" data-testid="storage-added" title={words.added.label}>
      {message === '' ? `${addedWords(status.added)} · ${usedWords(status.measured)}` : message}
    </span>
  );
}

/** A start that had no image: it may be fetched or made here, once somebody says so. */
function lacksImage(operation: Operation): boolean {
  return operation.kind === 'storage.start' && operation.error?.code === 'setup-failed' && operation.error.message.includes('image');
}

/** What the last act did: what went wrong with it, or how to take it back. */
function Notes({ project, operations, busy }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const tracks = useStore((state) => state.model.tracks);
  const dismissed = useStore((state) => state.ui.dismissed);
  const failed = failedStorage(operations, project.id, tracks, dismissed);
  const fetch = failed !== null && lacksImage(failed);
  return (
    <OutcomeNotes
      failed={failed}
      undoable={undoableStorage(operations, project.id, tracks)}
      busy={busy}
      didNotWork={words.didNotWork}
      undoDone={words.undoDone}
      testId="storage"
      actions={
        fetch &&
        (['pull', 'build'] as const).map((consent) => (
          <Button key={consent} size="small" disabled={busy} data-testid={`start-${consent}`} onClick={() => void attempt(() => start('storage.start', { project: project.id, [consent]: true }))}>
            {consent === 'pull' ? words.fetchAndStart : words.buildAndStart}
          </Button>
        ))
      }
    />
  );
}
