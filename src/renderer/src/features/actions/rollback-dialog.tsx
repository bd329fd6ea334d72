import type { ReactElement } from 'react';
import { en } from '../../locales/en';
import { start } from '../../lib/client';
import { goTo } from '../../lib/store';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error-box';
import type { ActionProps } from './action-dialog';

/** Asks before files and services go back to the last state that was healthy. */
export function RollbackDialog({ project, onClose }: ActionProps): ReactElement {
  const { working, failure, run } = useAct();
  const back = (): void =>
    run(
      () => start('changes.rollback', { project: project.id }),
      () => {
        goTo('project');
        onClose();
      },
    );
  return (
    <Dialog
      kind="modal"
      testId="rollback-dialog"
      title={en.rollback.title}
      onClose={onClose}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{en.actions.cancel}</Button>
          <Button look="primary" data-testid="rollback-confirm" disabled={working} onClick={back}>
            {working ? en.plan.working : en.rollback.confirm}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox error={failure} />}
      <p>{en.rollback.text}</p>
      <p className="dim">{en.rollback.kept}</p>
    </Dialog>
  );
}
