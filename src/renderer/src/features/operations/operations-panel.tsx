import { useEffect, useRef, useState, type CSSProperties, type ReactElement } from 'react';
import { ChevronRight, History } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import type { AppError } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { call, toAppError } from '../../lib/client';
import { duration } from '../../lib/format';
import { isDryRun, isFinal, resultNumber, type Operation } from '../../lib/model';
import { warningsOf } from '../../lib/operation-results';
import { cancel, retry } from '../../lib/switch-flow';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { LogTail } from '../../ui/log-lines';
import { PageHead } from '../../ui/page-head';
import { operationMark, StateMark } from '../../ui/state-mark';
import { Ago, useNow } from '../../ui/time';
import { journalLines, timelineSpans } from './journal-lines';
import { UndoDialog } from './undo-dialog';
import './operations-panel.css';

const WENT_WRONG = new Set(['failed', 'rolled-back', 'needs-attention']);
const RETRIABLE = new Set(['failed', 'rolled-back', 'cancelled', 'needs-attention']);

/** What was done, newest first: how it went, how long it took, its steps. */
export function OperationsPanel({ operations }: { readonly operations: readonly Operation[] | null }): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const shown = operations?.filter((operation) => !isDryRun(operation)) ?? null;
  const running = shown?.filter((operation) => !isFinal(operation)).length ?? 0;
  const recent = shown?.slice(0, 20) ?? [];
  const wrong = recent.filter((operation) => WENT_WRONG.has(operation.state)).length;
  return (
    <>
      <PageHead
        mark={shown !== null && shown.length > 0 ? <StateMark mark={running > 0 ? 'busy' : wrong > 0 ? 'warn' : 'good'} /> : undefined}
        sentence={shown === null ? say.boot.loading : shown.length === 0 ? say.activity.empty : say.activity.sentence(running, wrong, recent.length)}
      />
      <div className="page-content scroll">
        {shown === null && <Skeleton rows={6} label={say.boot.loading} />}
        {shown?.length === 0 && (
          <EmptyState icon={<History size={20} />} title={say.activity.empty}>
            {say.activity.emptyText}
          </EmptyState>
        )}
        {shown !== null && shown.length > 0 && (
          <ul ref={list} className="operations" aria-label={say.activity.list}>
            {shown.map((operation) => (
              <Row key={operation.id} operation={operation} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

function Row({ operation }: { readonly operation: Operation }): ReactElement {
  const [open, setOpen] = useState(false);
  const [undoing, setUndoing] = useState(false);
  return (
    <li className="operation" data-testid={`operation-${operation.id}`} data-state={operation.state}>
      <div className="operation-line">
        <button type="button" data-row aria-expanded={open} onClick={() => setOpen(!open)}>
          <ChevronRight size={14} aria-hidden="true" />
          <StateMark mark={operationMark(operation.state)} />
          <span className="operation-title ellipsis">
            {operation.title}
            <span className="operation-how">{howItCame(operation)}</span>
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
        <span className="operation-actions">
          {!isFinal(operation) && operation.cancellable && (
            <Button size="small" onClick={() => void cancel(operation)}>
              {say.actions.cancel}
            </Button>
          )}
          {operation.undoable && isFinal(operation) && (
            <Button size="small" data-testid={`undo-${operation.id}`} onClick={() => setUndoing(true)}>
              {say.actions.undo}
            </Button>
          )}
          {RETRIABLE.has(operation.state) && (
            <Button size="small" onClick={() => void retry(operation)}>
              {say.actions.retry}
            </Button>
          )}
        </span>
      </div>
      {open && <Steps operation={operation} />}
      {undoing && <UndoDialog operation={operation} onClose={() => setUndoing(false)} />}
    </li>
  );
}

/** Who started it and at which try, where that is not a person and the first one. */
function howItCame(operation: Operation): string {
  const parts = [operation.origin === 'user' ? '' : say.activity.origins[operation.origin], operation.attempt > 1 ? say.activity.attempt(operation.attempt) : ''].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` · ${parts.join(' · ')}`;
}

function Elapsed({ operation }: { readonly operation: Operation }): ReactElement {
  const now = useNow();
  if (operation.startedAt === null) return <>–</>;
  const end = operation.finishedAt === null ? now : Date.parse(operation.finishedAt);
  return <>{duration(resultNumber(operation, 'durationMs') ?? Math.max(0, end - Date.parse(operation.startedAt)))}</>;
}

function Steps({ operation }: { readonly operation: Operation }): ReactElement {
  const [shown, setShown] = useState<OutputOf<'operations.show'> | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  useEffect(() => {
    let current = true;
    call('operations.show', { id: operation.id }).then(
      (answer) => current && setShown(answer),
      (failure: unknown) => current && setError(toAppError(failure)),
    );
    return () => {
      current = false;
    };
    // Asked again when it moves on: a step or a state more.
  }, [operation.id, operation.state, operation.progress.step]);

  if (error !== null) return <ErrorBox error={error} />;
  if (shown === null) return <Skeleton rows={3} height={24} label={say.boot.loading} />;
  const lines = journalLines(shown.steps);
  const spans = timelineSpans(lines);
  return (
    <div className="steps">
      {operation.error !== null && operation.state !== 'cancelled' && <ErrorBox error={operation.error} />}
      {warningsOf(shown.result).map((one) => (
        <p key={one} className="steps-warning selectable" role="note">
          <StateMark mark="warn" /> {one}
        </p>
      ))}
      {shown.steps.length === 0 && <p className="dim">{say.activity.noSteps}</p>}
      {shown.steps.length > 0 && (
        <ol aria-label={say.activity.steps}>
          {lines.map((line, index) => (
            <li key={line.seq}>
              <time dateTime={line.at}>{new Date(line.at).toLocaleTimeString(undefined, { hour12: false })}</time>
              <code>{line.name}</code>
              <span className="steps-took">{line.tookMs === null ? say.activity.kinds[line.kind] : `${line.kind === 'undone' ? `${say.activity.kinds.undone} · ` : ''}${duration(line.tookMs)}`}</span>
              <span className="steps-bar" data-kind={line.kind} aria-hidden="true">
                <i style={barStyle(spans[index])} />
              </span>
              <span className="ellipsis selectable" title={line.text}>
                {line.text}
              </span>
            </li>
          ))}
        </ol>
      )}
      {shown.log.length > 0 && (
        <>
          <h2>{say.activity.log}</h2>
          <LogTail lines={shown.log.slice(-200)} label={say.activity.log} />
        </>
      )}
    </div>
  );
}

function barStyle(span: { readonly from: number; readonly width: number } | undefined): CSSProperties {
  return { left: `${(span?.from ?? 0) * 100}%`, width: `${(span?.width ?? 0) * 100}%` };
}
