import { useState, type ReactElement } from 'react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { pickFiles, start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { snapshotTitle, type Snapshot } from './snapshots-answer';

/** A snapshot as one tar: with or without what is secret, and where. */
export function ExportDialog({ project, snapshot, onClose }: { readonly project: Project; readonly snapshot: Snapshot; readonly onClose: () => void }): ReactElement {
  const [secrets, setSecrets] = useState(false);
  // The dialog of the system may be closed without a choice: then this one stays.
  const run = async (): Promise<void> => {
    const [file] = await pickFiles({ kind: 'save', purpose: 'archive', name: `${project.name}-${snapshot.createdAt.slice(0, 10)}.tar` });
    if (file === undefined) return;
    await start('snapshots.export', { project: project.id, id: snapshot.id, file: file.handle, secrets });
    onClose();
  };
  return (
    <ConfirmDialog testId="export-dialog" title={words.export.title(snapshotTitle(snapshot))} lead={words.export.lead} confirm={words.export.confirm} working={words.export.working} confirmTestId="export-confirm" confirmFirst act={run} onDone={() => undefined} onClose={onClose}>
      <label className="tick">
        <input type="checkbox" checked={secrets} data-testid="export-secrets" onChange={(event) => setSecrets(event.target.checked)} />
        <span>
          {words.export.secrets}
          <span className={secrets ? 'snap-amber snap-detail' : 'faint snap-detail'}>{words.export.secretsText}</span>
        </span>
      </label>
    </ConfirmDialog>
  );
}
