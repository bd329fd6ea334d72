import { useEffect, useState, type ReactElement } from 'react';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call, pickFiles, start } from '../../lib/client';
import { isDryRun, type Operation, type Project } from '../../lib/model';
import { setUi, useStore, type SnapshotsTab } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { keysAreTaken } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import { BranchDialog } from './branch-dialog';
import { ComparePanel, type ComparePair } from './compare-panel';
import { CreateDialog } from './create-dialog';
import { ExportDialog } from './export-dialog';
import { RestoreSheet } from './restore-sheet';
import { SettingsPanel } from './settings-panel';
import { SnapshotList } from './snapshot-list';
import { SnapshotSheet } from './snapshot-sheet';
import { lastGood, type Snapshot, type SnapshotsStatus } from './snapshots-answer';
import { SnapshotsHead } from './snapshots-head';
import { SnapshotsNotes } from './snapshots-notes';
import { SpacePanel } from './space-panel';
import { useSnapshots } from './use-snapshots';
import './snapshots.css';

/** What can be asked of a snapshot, from its row, its sheet and its menu. */
export type SnapshotAct = 'show' | 'restore' | 'branch' | 'compare' | 'verify' | 'drill' | 'pin' | 'export' | 'delete';

/** What every panel of the page works with. */
export interface PanelProps {
  readonly project: Project;
  readonly status: SnapshotsStatus;
  readonly busy: boolean;
  /** False while nothing can be made or restored: no engine, or something runs. */
  readonly can: boolean;
  readonly onAct: (act: SnapshotAct, snapshot: Snapshot) => void;
  readonly onImport: () => void;
  /** Takes over what a change answered with. */
  readonly onStatus: (status: SnapshotsStatus) => void;
}

interface SnapshotsPanelsProps {
  readonly tab: SnapshotsTab;
  readonly project: Project;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
}

/** The answer on top of every tab, what just happened and can be taken back, the tab, and what was asked of a snapshot. */
export function SnapshotsPanels({ tab, project, operations, busy }: SnapshotsPanelsProps): ReactElement {
  const facts = useSnapshots(project.id);
  // What another operation keeps before it begins is told of by that one.
  const own = operations?.filter((one) => !isDryRun(one) && !isKeptWithin(one)) ?? null;
  const online = useStore((state) => state.model.engine?.state !== 'unreachable');
  const [asked, setAsked] = useState<{ readonly act: 'show' | 'restore' | 'branch' | 'export'; readonly id: string } | null>(null);
  const [pair, setPair] = useState<ComparePair | null>(null);
  const [deleted, setDeleted] = useState<string | null>(null);
  const { status } = facts;
  const about = status?.snapshots.find((one) => one.id === asked?.id) ?? null;
  useNewKey();

  const change = (work: () => Promise<SnapshotsStatus>): void => void attempt(async () => facts.set(await work()));

  function act(what: SnapshotAct, snapshot: Snapshot): void {
    const input = { project: project.id, id: snapshot.id };
    if (what === 'show' || what === 'restore' || what === 'branch' || what === 'export') return setAsked({ act: what, id: snapshot.id });
    setAsked(null);
    if (what === 'verify' || what === 'drill') void attempt(() => start(`snapshots.${what}`, input));
    if (what === 'pin') void attempt(() => call('snapshots.pin', { ...input, pinned: !snapshot.pinned }));
    if (what === 'compare') {
      setPair({ before: snapshot.id, after: null });
      setUi({ snapshotsTab: 'compare', filter: '' });
    }
    if (what === 'delete') {
      setDeleted(snapshot.id);
      change(() => call('snapshots.delete', input));
    }
  }

  const restoreById = (id: string): void => setAsked({ act: 'restore', id });
  const close = (): void => setAsked(null);
  return (
    <>
      <SnapshotsHead project={project} facts={facts} operations={own} can={online && !busy} />
      <SnapshotsNotes project={project} operations={own} deleted={status?.deleted.find((one) => one.id === deleted) ?? null} busy={busy} onUndelete={(id) => change(() => call('snapshots.undelete', { project: project.id, id }))} onKeepDeleted={() => setDeleted(null)} onRestore={restoreById} />
      {!online && <Offline />}
      {facts.error !== null && (
        <div className={status === null ? 'page-content' : 'snap-error'}>
          <ErrorBox error={facts.error} actions={<Button size="small" onClick={facts.again}>{say.actions.retry}</Button>} />
        </div>
      )}
      {status === null && facts.error === null && (
        <div className="page-content">
          <Skeleton rows={8} label={words.loading} />
        </div>
      )}
      {status !== null && <Panel tab={tab} pair={pair} onPair={setPair} project={project} status={status} busy={busy} can={online && !busy} onAct={act} onImport={() => void attempt(() => importFile(project.id))} onStatus={facts.set} />}
      {status !== null && <Questions project={project} status={status} />}
      {about !== null && asked?.act === 'show' && <SnapshotSheet snapshot={about} can={online && !busy} onAct={act} onClose={close} />}
      {about !== null && asked?.act === 'restore' && <RestoreSheet key={about.id} project={project} snapshot={about} can={online && !busy} onClose={close} />}
      {about !== null && asked?.act === 'branch' && <BranchDialog project={project} snapshot={about} can={online && !busy} onClose={close} />}
      {about !== null && asked?.act === 'export' && <ExportDialog project={project} snapshot={about} onClose={close} />}
    </>
  );
}

/** What the header, the palette and the tray ask. */
function Questions({ project, status }: { readonly project: Project; readonly status: SnapshotsStatus }): ReactElement | null {
  const question = useStore((state) => state.ui.snapshotsQuestion);
  const online = useStore((state) => state.model.engine?.state !== 'unreachable');
  const close = (): void => setUi({ snapshotsQuestion: null });
  if (question === 'create') return <CreateDialog project={project} status={status} onClose={close} />;
  const good = lastGood(status.snapshots);
  return question === 'restore-last-good' && good !== null ? <RestoreSheet project={project} snapshot={good} isLastGood can={online} onClose={close} /> : null;
}

function Panel({ tab, pair, onPair, ...props }: PanelProps & { readonly tab: SnapshotsTab; readonly pair: ComparePair | null; readonly onPair: (pair: ComparePair) => void }): ReactElement {
  switch (tab) {
    case 'snapshots':
      return <SnapshotList {...props} />;
    case 'compare':
      return <ComparePanel {...props} pair={pair} onPair={onPair} />;
    case 'space':
      return <SpacePanel {...props} />;
    case 'settings':
      return <SettingsPanel {...props} />;
  }
}

function Offline(): ReactElement {
  return (
    <div className="snap-standing" role="note" data-testid="snapshots-offline">
      <StateMark mark="off" />
      <p className="grow">
        <strong>{words.offline}</strong> <span className="dim">{words.offlineText}</span>
      </p>
    </div>
  );
}

async function importFile(projectId: string): Promise<void> {
  const [file] = await pickFiles({ kind: 'open', purpose: 'archive' });
  if (file !== undefined) await start('snapshots.import', { project: projectId, file: file.handle });
}

/** N asks for a new snapshot, wherever the focus is on the page. */
function useNewKey(): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (event.defaultPrevented || keysAreTaken(event) || event.key.toLowerCase() !== 'n') return;
      event.preventDefault();
      setUi({ snapshotsQuestion: 'create' });
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
