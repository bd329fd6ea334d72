import { useCallback, useState, type ReactElement } from 'react';
import { Trash2 } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call, start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { IconButton } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { ErrorBox } from '../../ui/error-box';
import { TextRow } from '../../ui/fields';
import { Ago } from '../../ui/time';
import type { Workspace } from './workspaces-answer';

type Variables = OutputOf<'workspaces.variables'>;

/** What the container of a workspace is given beside its source: names are shown, values never. */
export function VariablesDialog({ project, workspace, onClose }: { readonly project: Project; readonly workspace: Workspace; readonly onClose: () => void }): ReactElement {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [changed, setChanged] = useState<Variables | null>(null);
  const input = { project: project.id, name: workspace.name };
  const { id } = project;
  const asked = useAnswer(useCallback(() => call('workspaces.variables', { project: id, name: workspace.name }), [id, workspace.name]));
  const shown = changed ?? asked.value;
  const save = async (): Promise<void> => {
    await call('workspaces.set-variable', { ...input, variable: name.trim(), value });
    // Its container has it from its next start on, and that is now.
    if (workspace.runner !== null) await start('workspaces.start', input);
  };
  const remove = (variable: string): void => void attempt(async () => setChanged(await call('workspaces.remove-variable', { ...input, variable })));
  return (
    <ConfirmDialog testId="workspace-variables" title={words.variables.title(workspace.name)} lead={words.variables.lead} confirm={workspace.runner === null ? words.variables.save : words.variables.saveAndStart} working={words.settings.saving} confirmTestId="workspace-variables-save" ready={name.trim() !== '' && value !== ''} act={save} onDone={onClose} onClose={onClose}>
      {asked.error !== null && <ErrorBox error={asked.error} />}
      {shown !== null && shown.variables.length > 0 && (
        <ul className="ws-variables" aria-label={words.variables.list} data-testid="variables">
          {shown.variables.map((one) => (
            <li key={one.name}>
              <code className="grow selectable">{one.name}</code>
              <span className="faint">
                {words.variables.set} <Ago at={one.setAt} />
              </span>
              <IconButton label={words.variables.remove(one.name)} data-testid={`variable-remove-${one.name}`} onClick={() => remove(one.name)}>
                <Trash2 size={14} />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <div className="form-grid">
        <TextRow first label={words.variables.name} value={name} placeholder="API_TOKEN" code testId="variable-name" onChange={setName} />
        <TextRow label={words.variables.value} value={value} secret testId="variable-value" onChange={setValue} />
      </div>
    </ConfirmDialog>
  );
}
