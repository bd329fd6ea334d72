import { useEffect, useState, type CSSProperties, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import type { AppError } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { call, toAppError } from '../../lib/client';
import { duration } from '../../lib/format';
import { isFinal, type Operation } from '../../lib/model';
import { warningsOf } from '../../lib/operation-results';
import { useStore } from '../../lib/store';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { LogTail } from '../../ui/log-lines';
import { ProgressBar } from '../../ui/progress-bar';
import { StateMark } from '../../ui/state-mark';
import { journalLines, timelineSpans } from './journal-lines';

const MOST_LOG_LINES = 200;

/** What an operation did, step by step, with its output: as it runs, and as it is kept. */
export function OperationSteps({ operation }: { readonly operation: Operation }): ReactElement {
  const [shown, setShown] = useState<OutputOf<'operations.show'> | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const live = useStore((state) => state.model.tracks[operation.id]?.log);
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
  // While it runs, its output comes with the events; what is stored then lags behind them.
  const told = isFinal(operation) ? [] : (live ?? []).map((line) => (line.service === null ? line.text : `${line.service}  ${line.text}`));
  const log = told.length > 0 ? told : shown.log;
  return (
    <div className="steps">
      {!isFinal(operation) && <ProgressBar operation={operation} />}
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
      {log.length > 0 && (
        <>
          <h2>{say.activity.log}</h2>
          <LogTail lines={log.slice(-MOST_LOG_LINES)} label={say.activity.log} />
        </>
      )}
    </div>
  );
}

function barStyle(span: { readonly from: number; readonly width: number } | undefined): CSSProperties {
  return { left: `${(span?.from ?? 0) * 100}%`, width: `${(span?.width ?? 0) * 100}%` };
}
