import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import { ChangeDialog } from '../../ui/change-dialog';

/** What giving a service a preset changes in the files, before it is done. */
export function PresetDialog({ projectId, service, preset, notice, onClose }: { readonly projectId: string; readonly service: string; readonly preset: 'current' | 'combined' | 'none'; readonly notice: string; readonly onClose: (changed: boolean) => void }): ReactElement {
  return <ChangeDialog name="services.resources" input={{ project: projectId, service, preset }} title={say.resources.dialogTitle(service, say.resources.presetNames[preset])} lead={notice === '' ? undefined : notice} apply={say.resources.apply} testId="preset-dialog" applyTestId="preset-apply" onClose={onClose} />;
}
