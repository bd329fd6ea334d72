import { useCallback, type ReactElement } from 'react';
import { en } from '../../locales/en';
import { call, start } from '../../lib/client';
import type { Operation } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PlanDocument } from '../../ui/plan-document';

/** Which files go back to what they were, and what the change had said, before it is taken back. */
export function UndoDialog({ operation, onClose }: { readonly operation: Operation; readonly onClose: () => void }): ReactElement {
  const answer = useAnswer(useCallback(() => call('operations.show', { id: operation.id }), [operation.id]));
  const { working, failure, run } = useAct();
  const plan = answer.value?.plan ?? null;

  return (
    <Dialog
      kind="modal"
      testId="undo-dialog"
      title={en.undo.title(operation.title)}
      lead={en.undo.lead}
      onClose={onClose}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{en.actions.cancel}</Button>
          <Button look="primary" data-testid="undo-confirm" disabled={answer.value === null || working} onClick={() => run(() => start('operations.undo', { id: operation.id }), onClose)}>
            {en.undo.confirm}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox title={en.undo.failed} error={failure} />}
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{en.actions.retry}</Button>} />}
      {answer.value === null && answer.error === null && <Skeleton rows={4} height={24} label={en.boot.loading} />}
      {plan !== null && (
        <>
          <h2>{en.undo.files}</h2>
          <ul className="undo-files">
            {plan.files.map((file) => (
              <li key={file.path}>
                <code>{file.path}</code> <span className="dim">{en.undo.back[file.change]}</span>
              </li>
            ))}
          </ul>
          <h2>{en.undo.was}</h2>
          <PlanDocument plan={plan} />
        </>
      )}
      {answer.value !== null && plan === null && <p className="dim">{en.undo.noPlan}</p>}
    </Dialog>
  );
}
