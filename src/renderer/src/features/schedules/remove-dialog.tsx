import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { ConfirmDialog } from '../../ui/confirm-dialog';

/** Asks before a schedule goes. */
export function RemoveDialog({ id, what, onClose }: { readonly id: string; readonly what: string; readonly onClose: (removed: boolean) => void }): ReactElement {
  return (
    <ConfirmDialog confirmFirst testId="schedule-remove-dialog" title={say.schedules.removeTitle} lead={what} confirm={say.schedules.remove} confirmTestId="schedule-remove-confirm" failed={say.schedules.notRemoved} act={() => call('schedules.remove', { id })} onDone={() => onClose(true)} onClose={() => onClose(false)}>
      <p>{say.schedules.removeText}</p>
    </ConfirmDialog>
  );
}
