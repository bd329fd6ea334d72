import { useState, type ReactElement } from 'react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { pickFiles, start } from '../../lib/client';
import type { Project } from '../../lib/model';
import type { PickedFile } from '../../../../preload/api';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { TextRow } from '../../ui/fields';
import { snapshotTitle, type Snapshot } from './snapshots-answer';

/** What compose takes as the name of a project. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A copy of a snapshot beside what runs: its name and its folder. */
export function BranchDialog({ project, snapshot, can, onClose }: { readonly project: Project; readonly snapshot: Snapshot; readonly can: boolean; readonly onClose: () => void }): ReactElement {
  const [name, setName] = useState(() => nameFor(project.name));
  const [dir, setDir] = useState<PickedFile | null>(null);
  const valid = NAME.test(name);
  const pick = (): void =>
    void attempt(async () => {
      const [picked] = await pickFiles({ kind: 'save', purpose: 'folder', name: valid ? name : 'copy' });
      if (picked !== undefined) setDir(picked);
    });
  return (
    <ConfirmDialog
      testId="branch-dialog"
      title={words.branch.title(snapshotTitle(snapshot))}
      lead={words.branch.lead}
      confirm={words.branch.confirm}
      working={words.branch.working}
      confirmTestId="branch-confirm"
      ready={can && valid && dir !== null}
      act={() => (dir === null ? Promise.resolve() : start('snapshots.branch', { project: project.id, id: snapshot.id, name, dir: dir.handle }))}
      onDone={onClose}
      onClose={onClose}
    >
      <div className="form-grid">
        <TextRow first code label={words.branch.name} value={name} placeholder={words.branch.nameHint} testId="branch-name" onChange={setName} />
        {!valid && (
          <>
            <span />
            <p className="field-error">{words.branch.nameHint}</p>
          </>
        )}
        <span className="label">{words.branch.dir}</span>
        <span className="snap-inline">
          <Button size="small" data-testid="branch-dir" onClick={pick}>
            {words.branch.choose}
          </Button>
          {dir === null ? <span className="faint">{words.branch.none}</span> : <code className="ellipsis">{dir.name}</code>}
        </span>
      </div>
    </ConfirmDialog>
  );
}

/** The name of the project with something behind it, as compose takes it. */
function nameFor(projectName: string): string {
  const base = projectName.toLowerCase().replace(/[^a-z0-9_-]/g, '').replace(/^[_-]+/, '').slice(0, 57);
  return `${base === '' ? 'project' : base}-copy`;
}
