import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { goTo } from '../../lib/store';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import type { ActionProps } from './action-dialog';

/** Asks before files and services go back to the last state that was healthy. */
export function RollbackDialog({ project, onClose }: ActionProps): ReactElement {
  const done = (): void => {
    goTo('project');
    onClose();
  };
  return (
    <ConfirmDialog testId="rollback-dialog" title={say.rollback.title} confirm={say.rollback.confirm} working={say.plan.working} confirmTestId="rollback-confirm" act={() => start('changes.rollback', { project: project.id })} onDone={done} onClose={onClose}>
      <p>{say.rollback.text}</p>
      <p className="dim">{say.rollback.kept}</p>
    </ConfirmDialog>
  );
}
