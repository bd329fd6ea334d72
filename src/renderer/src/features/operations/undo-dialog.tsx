import { useCallback, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call, start } from '../../lib/client';
import type { Operation } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PlanDocument } from '../../ui/plan-document';
import './undo-dialog.css';

/** Which files go back to what they were, and what the change had said, before it is taken back. */
export function UndoDialog({ operation, onClose }: { readonly operation: Operation; readonly onClose: () => void }): ReactElement {
  const answer = useAnswer(useCallback(() => whatItMeans(operation.id), [operation.id]));
  const plan = answer.value?.plan ?? null;
  const undo = answer.value?.undo ?? null;

  return (
    <ConfirmDialog testId="undo-dialog" title={say.undo.title(operation.title)} lead={say.undo.lead} confirm={say.undo.confirm} confirmTestId="undo-confirm" ready={answer.value !== null} failed={say.undo.failed} act={() => start('operations.undo', { id: operation.id })} onDone={onClose} onClose={onClose}>
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null && answer.error === null && <Skeleton rows={4} height={24} label={say.boot.loading} />}
      {plan !== null && (
        <>
          <h2>{say.undo.files}</h2>
          <ul className="undo-files">
            {plan.files.map((file) => (
              <li key={file.path}>
                <code>{file.path}</code> <span className="dim">{say.undo.back[file.change]}</span>
              </li>
            ))}
          </ul>
          <h2>{say.undo.was}</h2>
          <PlanDocument plan={plan} />
        </>
      )}
      {plan === null && undo !== null && <PlanDocument plan={undo} />}
      {answer.value !== null && plan === null && undo === null && <p className="dim">{say.undo.noPlan}</p>}
    </ConfirmDialog>
  );
}

type Plan = OutputOf<'operations.preview'>;

/** What the change had said; where it said nothing that was kept, what taking it back would do. */
async function whatItMeans(id: string): Promise<{ readonly plan: Plan | null; readonly undo: Plan | null }> {
  const { plan } = await call('operations.show', { id });
  return plan === null ? { plan, undo: await call('operations.preview', { name: 'operations.undo', input: { id } }) } : { plan, undo: null };
}
