import type { ReactElement, ReactNode } from 'react';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { thousands } from '../../lib/format';
import type { Answer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';

const words = gitopsWords.plan;
/** More lines than anybody reads; how many there are is said. */
const SHOWN = 300;

/** What a plan does to one file. */
export interface PlannedChange {
  readonly path: string;
  readonly change: string;
  readonly target: string | null;
  readonly reason: string;
}

/** A group that is left alone, and why. */
export interface LeftGroup {
  readonly groupId: string;
  readonly name: string;
  readonly reason: string;
}

/** A resolution before anything is done. */
export interface PlanView {
  readonly planned: number;
  readonly manual: number;
  readonly changes: readonly PlannedChange[];
  readonly left: readonly LeftGroup[];
}

interface ResolveSheetProps {
  readonly plan: Pick<Answer<PlanView>, 'value' | 'error' | 'again'>;
  /** False while something else is still to be said. */
  readonly ready?: boolean;
  readonly act: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  /** What can be chosen besides. */
  readonly children?: ReactNode;
}

/** The plan of a resolution, file by file, and the button that does exactly that. */
export function ResolveSheet({ plan, ready = true, act, onDone, onClose, children }: ResolveSheetProps): ReactElement {
  const { value, error } = plan;
  return (
    <ConfirmDialog
      kind="sheet"
      testId="gitops-plan"
      title={words.title}
      lead={value === null ? undefined : words.lead(value.planned, value.changes.length)}
      confirm={words.confirm(value?.planned ?? 0)}
      working={words.working}
      confirmTestId="plan-resolve"
      ready={ready && value !== null && error === null && value.changes.length > 0}
      act={act}
      onDone={onDone}
      onClose={onClose}
    >
      {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={plan.again}>{say.actions.retry}</Button>} />}
      {value === null && error === null && <Skeleton rows={6} label={words.loading} />}
      {value !== null && (
        <>
          {children}
          {value.changes.length === 0 ? <p className="dim">{words.nothing}</p> : <Changes changes={value.changes} />}
          {value.left.length > 0 && <Left groups={value.left} />}
          <p className="dim gitops-note">{words.note}</p>
        </>
      )}
    </ConfirmDialog>
  );
}

function Changes({ changes }: { readonly changes: readonly PlannedChange[] }): ReactElement {
  return (
    <ul className="gitops-changes" tabIndex={0} aria-label={words.title} data-testid="plan-changes">
      {changes.slice(0, SHOWN).map((one) => (
        <li key={one.path}>
          <span className="gitops-change-what">{words.changes[one.change] ?? one.change}</span>
          <span className="gitops-change-text">
            <span className="mono selectable">{one.target === null ? one.path : `${one.path} → ${one.target}`}</span>
            {one.reason !== '' && <span className="faint">{one.reason}</span>}
          </span>
        </li>
      ))}
      {changes.length > SHOWN && <li className="dim">{words.more(thousands(changes.length - SHOWN))}</li>}
    </ul>
  );
}

function Left({ groups }: { readonly groups: readonly LeftGroup[] }): ReactElement {
  return (
    <section className="gitops-left">
      <h2>{words.left(groups.length)}</h2>
      <ul>
        {groups.slice(0, SHOWN).map((one) => (
          <li key={one.groupId}>
            <StateMark mark="warn" />
            <span>
              {one.name} <span className="faint">{one.reason}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
