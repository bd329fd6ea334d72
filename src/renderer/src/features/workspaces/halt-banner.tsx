import { useCallback, useState, type ReactElement } from 'react';
import { OctagonAlert } from 'lucide-react';
import { say } from '../../locales/say';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PathList } from './path-list';
import type { WorkspacesStatus } from './workspaces-answer';

type Halt = NonNullable<WorkspacesStatus['halt']>;

/** A sync that stopped before it removed anything: why, and the way on. */
export function HaltBanner({ projectId, halt }: { readonly projectId: string; readonly halt: Halt }): ReactElement {
  const [looking, setLooking] = useState(false);
  return (
    <div className="ws-halt" role="alert" data-testid="workspaces-halt">
      <OctagonAlert size={16} aria-hidden="true" />
      <div className="grow selectable">
        <strong>{words.halt.title}</strong>
        <p>{halt.message}</p>
        {halt.approval === null && <p className="dim">{halt.hint}</p>}
      </div>
      <div className="ws-halt-acts">
        <Button size="small" data-testid="halt-look" onClick={() => setLooking(true)}>
          {words.halt.look}
        </Button>
      </div>
      {looking && <ApproveDialog projectId={projectId} onClose={() => setLooking(false)} />}
    </div>
  );
}

/** Every object that would go, and the button that removes exactly these: it is there once somebody said that the list was read. */
function ApproveDialog({ projectId, onClose }: { readonly projectId: string; readonly onClose: () => void }): ReactElement {
  const [agreed, setAgreed] = useState(false);
  const plan = useAnswer(useCallback(() => call('workspaces.plan', { project: projectId }), [projectId]));
  const known = plan.value;
  const approval = known?.halt?.approval ?? null;
  const removals = known?.changes.filter((change) => change.action === 'remove') ?? [];
  return (
    <ConfirmDialog
      testId="halt-dialog"
      title={words.halt.dialog}
      lead={words.halt.lead}
      confirm={words.halt.approve(known?.removals ?? 0)}
      working={words.halt.approving}
      confirmTestId="halt-approve"
      ready={agreed && approval !== null}
      act={() => (approval === null ? Promise.resolve() : runOperation('workspaces.sync', { project: projectId, approve: approval }))}
      onDone={onClose}
      onClose={onClose}
    >
      {plan.error !== null && <ErrorBox error={plan.error} actions={<Button size="small" onClick={plan.again}>{say.actions.retry}</Button>} />}
      {known === null && plan.error === null && <Skeleton rows={4} label={words.halt.reading} />}
      {known !== null && (
        <>
          <p>
            <strong>{known.removals === 0 ? words.halt.none : words.halt.removals(known.removals)}</strong>
            {known.uploads > 0 && <span className="dim"> · {words.halt.uploads(known.uploads, mebibytes(known.bytes))}</span>}
          </p>
          {removals.length > 0 && (
            <PathList
              items={removals}
              label={words.halt.list}
              testId="halt-list"
              keyOf={(change) => change.key}
              row={(change) => (
                <>
                  <code className="ellipsis grow selectable" title={change.key}>
                    {change.key}
                  </code>
                  <span className="faint">{change.reason}</span>
                  <span className="ws-size">{change.sizeBytes === null ? '–' : mebibytes(change.sizeBytes)}</span>
                </>
              )}
            />
          )}
          {known.removals > removals.length && <p className="faint">{words.halt.more(known.removals - removals.length)}</p>}
          {known.removals > 0 && approval === null && <p className="dim">{words.halt.noApproval}</p>}
          {approval !== null && (
            <label className="tick ws-agree">
              <input type="checkbox" checked={agreed} data-testid="halt-agree" onChange={(event) => setAgreed(event.target.checked)} />
              <span>{words.halt.agree}</span>
            </label>
          )}
        </>
      )}
    </ConfirmDialog>
  );
}
