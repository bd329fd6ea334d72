import type { ReactElement } from 'react';
import { en } from '../../locales/en';
import { call } from '../../lib/client';
import { ConfirmDialog } from '../../ui/confirm-dialog';

/** Asks before a schedule goes. */
export function RemoveDialog({ id, what, onClose }: { readonly id: string; readonly what: string; readonly onClose: (removed: boolean) => void }): ReactElement {
  return (
    <ConfirmDialog confirmFirst testId="schedule-remove-dialog" title={en.schedules.removeTitle} lead={what} confirm={en.schedules.remove} confirmTestId="schedule-remove-confirm" failed={en.schedules.notRemoved} act={() => call('schedules.remove', { id })} onDone={() => onClose(true)} onClose={() => onClose(false)}>
      <p>{en.schedules.removeText}</p>
    </ConfirmDialog>
  );
}
