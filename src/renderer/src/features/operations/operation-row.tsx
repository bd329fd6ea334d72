import { useEffect, useRef, useState, type ReactElement } from 'react';
import { ChevronRight } from 'lucide-react';
import { canRetry, wayBack } from '@shared/domain/operations/way-back';
import { say } from '../../locales/say';
import type { ActivityNode } from '../../lib/activity';
import { duration } from '../../lib/format';
import { isFinal, resultNumber, type Operation } from '../../lib/model';
import { useStore } from '../../lib/store';
import { cancel, retry, switchTo } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { operationMark, StateMark } from '../../ui/state-mark';
import { Ago, useNow } from '../../ui/time';
import { OperationSteps } from './operation-steps';
import { UndoDialog } from './undo-dialog';

/** The operation that was asked for from elsewhere: it is opened with all that is above it, and brought into view. */
export interface WantedOperation {
  readonly id: string;
  readonly path: ReadonlySet<string>;
  /** Rises with every request. */
  readonly asked: number;
}

interface OperationRowProps {
  readonly node: ActivityNode;
  readonly wanted: WantedOperation | null;
  /** Told when a person opens or closes the steps. */
  readonly onToggle?: ((id: string, open: boolean) => void) | undefined;
}

/** One operation: how it went, how long it took, what can be done about it; and beneath it its steps and its parts. */
export function OperationRow({ node, wanted, onToggle }: OperationRowProps): ReactElement {
  const { operation, parts } = node;
  const onPath = wanted?.path.has(operation.id) === true;
  const [open, setOpen] = useState(onPath);
  const line = useRef<HTMLButtonElement>(null);
  const asked = onPath ? wanted.asked : null;
  const isWanted = wanted?.id === operation.id;
  useEffect(() => {
    if (asked === null) return;
    setOpen(true);
    if (isWanted) line.current?.scrollIntoView({ block: 'start' });
  }, [asked, isWanted]);

  return (
    <li className="operation" data-testid={`operation-${operation.id}`} data-state={operation.state}>
      <div className="operation-line">
        <button
          ref={line}
          type="button"
          data-row
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
            onToggle?.(operation.id, !open);
          }}
        >
          <ChevronRight size={14} aria-hidden="true" />
          <StateMark mark={operationMark(operation.state)} />
          <span className="operation-title ellipsis">
            {operation.title}
            <span className="operation-how">{howItCame(operation, parts.length)}</span>
          </span>
          <span className="operation-state">{say.activity.states[operation.state]}</span>
          <span className="operation-detail ellipsis" title={operation.error?.message}>
            {isFinal(operation) ? (operation.state === 'cancelled' ? '' : (operation.error?.message ?? '')) : operation.progress.message}
          </span>
          <span className="operation-time">
            <Elapsed operation={operation} />
          </span>
          <span className="operation-when">
            <Ago at={operation.startedAt ?? operation.createdAt} />
          </span>
        </button>
        <Actions operation={operation} />
      </div>
      {open && (
        <>
          <OperationSteps operation={operation} />
          {parts.length > 0 && (
            <ul className="operation-parts" aria-label={say.activity.partsOf(operation.title)}>
              {parts.map((part) => (
                <OperationRow key={part.operation.id} node={part} wanted={wanted} onToggle={onToggle} />
              ))}
            </ul>
          )}
        </>
      )}
    </li>
  );
}

/** Cancel while it can be, then the way back or another try. */
function Actions({ operation }: { readonly operation: Operation }): ReactElement {
  const [undoing, setUndoing] = useState(false);
  const mode = useStore((state) => state.model.projects?.find((project) => project.id === operation.projectId)?.activeMode ?? null);
  const back = wayBack(operation);
  // A switch is undone where it led to: later on that would be another switch.
  const isWhereItLed = back?.kind === 'switch' && mode !== null && mode === (operation.input as { readonly mode?: unknown }).mode;
  return (
    <span className="operation-actions">
      {!isFinal(operation) && operation.cancellable && (
        <Button size="small" data-testid={`cancel-${operation.id}`} onClick={() => void cancel(operation)}>
          {say.actions.cancel}
        </Button>
      )}
      {(back?.kind === 'undo' || isWhereItLed) && (
        <Button size="small" data-testid={`undo-${operation.id}`} onClick={() => (back?.kind === 'switch' ? void switchTo(back.projectId, back.mode) : setUndoing(true))}>
          {say.actions.undo}
        </Button>
      )}
      {canRetry(operation) && (
        <Button size="small" data-testid={`retry-${operation.id}`} onClick={() => void retry(operation)}>
          {say.actions.retry}
        </Button>
      )}
      {undoing && <UndoDialog operation={operation} onClose={() => setUndoing(false)} />}
    </span>
  );
}

/** Who started it, at which try, and of how many parts it is, where that is not a person, the first and none. */
function howItCame(operation: Operation, parts: number): string {
  const words = [operation.origin === 'user' ? '' : say.activity.origins[operation.origin], operation.attempt > 1 ? say.activity.attempt(operation.attempt) : '', parts > 0 ? say.activity.parts(parts) : ''].filter((word) => word !== '');
  return words.length === 0 ? '' : ` · ${words.join(' · ')}`;
}

function Elapsed({ operation }: { readonly operation: Operation }): ReactElement {
  if (operation.startedAt === null) return <>–</>;
  if (operation.finishedAt === null) return <Running since={operation.startedAt} />;
  return <>{duration(resultNumber(operation, 'durationMs') ?? Math.max(0, Date.parse(operation.finishedAt) - Date.parse(operation.startedAt)))}</>;
}

/** Only what runs is counted every second. */
function Running({ since }: { readonly since: string }): ReactElement {
  const now = useNow();
  return <>{duration(Math.max(0, now - Date.parse(since)))}</>;
}
