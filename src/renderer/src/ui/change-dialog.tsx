import { useCallback, type ReactElement, type ReactNode } from 'react';
import type { InputOf, NamesOfKind } from '@shared/contract/contract';
import type { JsonObject } from '@shared/kernel/json';
import { say } from '../locales/say';
import { call } from '../lib/client';
import { runOperation } from '../lib/run-operation';
import { useAnswer } from '../lib/use-answer';
import { useSettled } from '../lib/use-settled';
import { Button } from './button';
import { ConfirmDialog } from './confirm-dialog';
import { Skeleton } from './empty-state';
import { ErrorBox } from './error-box';
import { PlanDocument } from './plan-document';

interface ChangeDialogProps<N extends NamesOfKind<'operation'>> {
  readonly name: N;
  /** What is asked for; null while the form is not filled. */
  readonly input: InputOf<N> | null;
  readonly title: string;
  readonly lead?: ReactNode;
  readonly apply: string;
  /** What the form is for while it is not filled. */
  readonly incomplete?: string;
  readonly testId: string;
  readonly applyTestId?: string;
  readonly onClose: (changed: boolean) => void;
  /** The form, where there is something to choose. */
  readonly children?: ReactNode;
}

/** A change of the project's files: the form, the plan it makes, and the button that does exactly that. It can be undone afterwards. */
export function ChangeDialog<N extends NamesOfKind<'operation'>>({ name, input, title, lead, apply, incomplete, testId, applyTestId = 'change-apply', onClose, children }: ChangeDialogProps<N>): ReactElement {
  const key = input === null ? '' : JSON.stringify(input);
  const settled = useSettled(key);
  const plan = useAnswer(useCallback(async () => ({ key: settled, plan: settled === '' ? null : await call('operations.preview', { name, input: JSON.parse(settled) as JsonObject }) }), [name, settled]));
  const current = plan.error === null && settled === key && plan.value?.key === key ? plan.value.plan : null;

  return (
    <ConfirmDialog
      testId={testId}
      title={title}
      lead={lead}
      confirm={apply}
      working={say.change.working}
      confirmTestId={applyTestId}
      ready={current !== null}
      act={() => (input === null ? Promise.resolve() : runOperation(name, input))}
      onDone={() => onClose(true)}
      onClose={() => onClose(false)}
    >
      {children}
      {key === '' && incomplete !== undefined && <p className="faint">{incomplete}</p>}
      {key !== '' && plan.error !== null && <ErrorBox error={plan.error} actions={<Button size="small" onClick={plan.again}>{say.actions.retry}</Button>} />}
      {key !== '' && current === null && plan.error === null && <Skeleton rows={4} height={24} label={say.fix.loading} />}
      {current !== null && <PlanDocument plan={current} />}
    </ConfirmDialog>
  );
}
