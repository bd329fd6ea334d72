import type { ReactElement } from 'react';
import { en } from '../../locales/en';
import { call } from '../../lib/client';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error-box';

/** Asks before a schedule goes. */
export function RemoveDialog({ id, what, onClose }: { readonly id: string; readonly what: string; readonly onClose: (removed: boolean) => void }): ReactElement {
  const { working, failure, run } = useAct();
  return (
    <Dialog
      kind="modal"
      testId="schedule-remove-dialog"
      title={en.schedules.removeTitle}
      lead={what}
      onClose={() => onClose(false)}
      footer={
        <>
          <span className="grow" />
          <Button onClick={() => onClose(false)}>{en.actions.cancel}</Button>
          <Button look="primary" data-first="" data-testid="schedule-remove-confirm" disabled={working} onClick={() => run(() => call('schedules.remove', { id }), () => onClose(true))}>
            {en.schedules.remove}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox title={en.schedules.notRemoved} error={failure} />}
      <p>{en.schedules.removeText}</p>
    </Dialog>
  );
}
