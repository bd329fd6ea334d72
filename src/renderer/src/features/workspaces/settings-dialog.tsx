import { useState, type ReactElement } from 'react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { Choice } from '../../ui/choice';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { NumberField, typedNumber } from '../../ui/fields';
import type { Workspace, WorkspacesStatus } from './workspaces-answer';

type Compare = 'content' | 'size';

/** When a workspace is synced, what is compared, and where its container reads from. */
export function SettingsDialog({ project, workspace, onStatus, onClose }: { readonly project: Project; readonly workspace: Workspace; readonly onStatus: (status: WorkspacesStatus) => void; readonly onClose: () => void }): ReactElement {
  const [trigger, setTrigger] = useState(workspace.trigger);
  const [every, setEvery] = useState(String(workspace.everySeconds));
  const [source, setSource] = useState(workspace.source);
  const [compare, setCompare] = useState<Compare>(workspace.sizeOnly ? 'size' : 'content');
  const seconds = typedNumber(every, 5, 86_400);
  const valid = trigger !== 'interval' || seconds !== null;
  const save = async (): Promise<void> => {
    onStatus(await call('workspaces.configure', { project: project.id, name: workspace.name, trigger, source, ...(trigger === 'interval' && seconds !== null ? { everySeconds: seconds } : {}), sizeOnly: compare === 'size' }));
  };
  return (
    <ConfirmDialog testId="workspace-settings" title={words.settings.title(workspace.name)} lead={words.settings.lead} confirm={words.settings.save} working={words.settings.saving} confirmTestId="workspace-settings-save" ready={valid} act={save} onDone={onClose} onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.settings.trigger}</span>
        <Choice first label={words.settings.trigger} value={trigger} options={['watch', 'interval', 'manual']} words={words.settings.triggers} testId="settings-trigger" onChange={setTrigger} />
        {trigger === 'interval' && (
          <>
            <span className="label">{words.settings.every}</span>
            <NumberField label={words.settings.every} value={every} unit={words.settings.seconds} invalid={seconds === null} testId="settings-every" onChange={setEvery} />
          </>
        )}
        <span className="label">{words.settings.source}</span>
        <Choice label={words.settings.source} value={source} options={['mount', 'volume', 'direct', 'local']} words={words.settings.sources} testId="settings-source" onChange={setSource} />
        <span className="label">{words.settings.compare}</span>
        <Choice label={words.settings.compare} value={compare} options={['content', 'size']} words={words.settings.compares} testId="settings-compare" onChange={setCompare} />
      </div>
      {compare === 'size' && (
        <p className="ws-amber" role="status" data-testid="size-warning">
          {words.settings.sizeWarning}
        </p>
      )}
    </ConfirmDialog>
  );
}
