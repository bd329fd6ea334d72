import { useState, type ReactElement } from 'react';
import { ChevronRight, SquarePen, Undo2, X } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { duration, inProject, uptime } from '../../lib/format';
import { downtimeMs, isFinal, resultNumber, switchTarget, type ModePlan, type Operation, type OperationTrack } from '../../lib/model';
import { warningsOf } from '../../lib/operation-results';
import { showInEditor } from '../../lib/show-in-editor';
import { setUi } from '../../lib/store';
import { cancel, retry, switchTo } from '../../lib/switch-flow';
import { Button, IconButton } from '../../ui/button';
import { LogTail } from '../../ui/log-lines';
import { changeText, PlanChanges } from '../../ui/plan-changes';
import { ProgressBar } from '../../ui/progress-bar';
import { operationMark, StateMark, type Mark } from '../../ui/state-mark';
import { useNow } from '../../ui/time';
import './run-panel.css';

interface RunPanelProps {
  readonly operation: Operation;
  readonly track: OperationTrack | undefined;
  /** The plan it runs by, where this window knows it. */
  readonly plan: ModePlan | undefined;
}

/** The operation of the project as it runs, and how it ended: beside the table, never in front of it. */
export function RunPanel({ operation, track, plan, projectDir }: RunPanelProps & { readonly projectDir: string }): ReactElement {
  const ended = isFinal(operation);
  return (
    <section className="run-panel" data-testid="operation-row" data-state={operation.state} aria-label={operation.title}>
      <header className="run-head">
        <StateMark mark={operationMark(operation.state)} />
        <h2 className="grow">
          <span role="status">{headline(operation)}</span>
        </h2>
        {ended && (
          <IconButton label={say.actions.dismiss} onClick={() => setUi((ui) => ({ dismissed: [...ui.dismissed, operation.id] }))}>
            <X size={14} />
          </IconButton>
        )}
      </header>
      {ended ? <Outcome operation={operation} track={track} plan={plan} projectDir={projectDir} /> : <Running operation={operation} track={track} plan={plan} />}
    </section>
  );
}

/** How an operation went well, in one line, with the way back, and what is to be known although it did. */
export function RunStrip({ operation, track, plan }: RunPanelProps): ReactElement {
  const target = switchTarget(operation);
  const back = target?.from ?? plan?.from ?? null;
  const down = longestDowntime(operation) ?? downtimeMs(track, 0);
  const projectId = operation.projectId;
  const warnings = warningsOf(operation.result);
  return (
    <section className="run-strip" data-testid="operation-row" data-state={operation.state} data-warned={warnings.length > 0} aria-label={operation.title}>
      <StateMark mark={warnings.length > 0 ? 'warn' : 'good'} />
      <strong role="status">{headline(operation)}</strong>
      {target !== null && (
        <span className="dim">
          {say.run.downtime}: {down === 0 ? say.run.noDowntime : duration(down)}
        </span>
      )}
      <span className="grow" />
      {target !== null && back !== null && back !== 'mixed' && back !== target.to && projectId !== null && (
        <Button size="small" icon={<Undo2 size={13} />} data-testid="operation-undo" onClick={() => void switchTo(projectId, back)}>
          {say.actions.undo}
        </Button>
      )}
      {operation.undoable && (
        <Button size="small" icon={<Undo2 size={13} />} data-testid="change-undo" onClick={() => setUi({ undoing: operation.id })}>
          {say.actions.undo}
        </Button>
      )}
      <IconButton label={say.actions.dismiss} onClick={() => setUi((ui) => ({ dismissed: [...ui.dismissed, operation.id] }))}>
        <X size={14} />
      </IconButton>
      {warnings.map((one) => (
        <p key={one} className="run-warning selectable" role="note">
          {one}
        </p>
      ))}
    </section>
  );
}

function headline(operation: Operation): string {
  const target = switchTarget(operation);
  if (operation.state === 'queued') return say.run.queued;
  if (operation.state === 'rolling-back') return say.run.rollingBack;
  if (!isFinal(operation)) return target === null ? operation.title : say.run.switching(target.to);
  if (operation.state === 'succeeded') {
    const time = duration(resultNumber(operation, 'durationMs') ?? elapsedMs(operation, Date.now()));
    return target === null ? say.run.done(operation.title, time) : say.run.switched(target.to, time);
  }
  if (operation.state === 'cancelled') return say.run.cancelled;
  return target === null ? say.run.failed(operation.title) : say.run.switchFailed(target.to);
}

function elapsedMs(operation: Operation, now: number): number {
  const from = Date.parse(operation.startedAt ?? operation.createdAt);
  return Math.max(0, (operation.finishedAt === null ? now : Date.parse(operation.finishedAt)) - from);
}

function Running({ operation, track, plan }: RunPanelProps): ReactElement {
  const now = useNow();
  const down = downtimeMs(track, now);
  const lines = track?.log.slice(-60).map((line) => (line.service === null ? line.text : `${line.service}  ${line.text}`)) ?? [];
  return (
    <>
      <p className="run-message ellipsis" title={operation.progress.message}>
        {operation.progress.message}
      </p>
      <ProgressBar operation={operation} />
      <dl className="run-facts">
        <dt>{say.run.elapsed}</dt>
        <dd>{uptime(elapsedMs(operation, now))}</dd>
        {operation.kind === 'modes.switch' && (
          <>
            <dt>{say.run.downtimeSoFar}</dt>
            <dd>{down === 0 ? say.run.noDowntime : duration(down)}</dd>
          </>
        )}
      </dl>
      <ServiceSteps operation={operation} plan={plan} />
      {lines.length > 0 && (
        <Fold title={say.run.output}>
          <LogTail lines={lines} label={say.run.output} />
        </Fold>
      )}
      <div className="run-actions">
        <Button size="small" data-testid="operation-cancel" disabled={!operation.cancellable} onClick={() => void cancel(operation)} title={operation.cancellable ? undefined : say.run.committed}>
          {say.actions.cancel}
        </Button>
        {!operation.cancellable && operation.state === 'running' && <span className="faint">{say.run.committed}</span>}
      </div>
    </>
  );
}

function Outcome({ operation, track, plan, projectDir }: RunPanelProps & { readonly projectDir: string }): ReactElement {
  const error = operation.error;
  const lines = lastLines(operation, track);
  return (
    <>
      {error !== null && operation.state !== 'cancelled' && (
        <div role="alert">
          <p className="selectable run-error">{error.message}</p>
          {error.where !== undefined && <FaultPlace where={error.where} projectId={operation.projectId} projectDir={projectDir} />}
          {error.hint !== undefined && <p className="dim selectable">{error.hint}</p>}
        </div>
      )}
      {operation.state === 'rolled-back' && <p className="dim">{say.run.rolledBack(plan?.from ?? null)}</p>}
      {lines.length > 0 && operation.state !== 'cancelled' && (
        <>
          <h3>{say.run.lastLines}</h3>
          <LogTail lines={lines} label={say.run.lastLines} />
        </>
      )}
      <div className="run-actions">
        <Button size="small" data-testid="operation-retry" onClick={() => void retry(operation)}>
          {say.actions.retry}
        </Button>
      </div>
    </>
  );
}

/** The line that is to be looked at, as it reads from the project's folder, and the way there. */
function FaultPlace({ where, projectId, projectDir }: { readonly where: Where; readonly projectId: string | null; readonly projectDir: string }): ReactElement {
  return (
    <p className="run-place">
      <span className="mono selectable" title={where.file}>
        {say.findings.line(inProject(where.file, projectDir), where.line)}
      </span>
      {projectId !== null && (
        <Button size="small" icon={<SquarePen size={13} />} onClick={() => void showInEditor(projectId, where)}>
          {say.source.openInEditor}
        </Button>
      )}
    </p>
  );
}

const STEP_MARKS: { readonly [state: string]: Mark } = { waiting: 'none', done: 'good', kept: 'good', created: 'off', failed: 'bad' };

function ServiceSteps({ operation, plan }: { readonly operation: Operation; readonly plan: ModePlan | undefined }): ReactElement | null {
  const states = Object.entries(operation.progress.services ?? {}).sort(([a], [b]) => a.localeCompare(b));
  if (states.length === 0) return plan === undefined ? null : <PlanChanges changes={plan.changes} />;
  const reasons = new Map(plan?.changes.map((change) => [change.service, changeText(change)]));
  // While it is built its step says more than why it is.
  const noteOf = (service: string, state: string): string | undefined => (state === 'building' ? operation.progress.details?.[service] : undefined) ?? reasons.get(service);
  return (
    <ul className="run-services" aria-label={say.run.steps}>
      {states.map(([service, state]) => (
        <li key={service} data-testid={`progress-${service}`} data-state={state} title={noteOf(service, state)}>
          <StateMark mark={STEP_MARKS[state] ?? 'busy'} />
          <span className="grow">
            <span className="run-service ellipsis">{service}</span>
            {noteOf(service, state) !== undefined && <span className="run-reason">{noteOf(service, state)}</span>}
          </span>
          <span className="faint">{say.run.states[state] ?? state}</span>
        </li>
      ))}
    </ul>
  );
}

function Fold({ title, children }: { readonly title: string; readonly children: ReactElement }): ReactElement {
  const [open, setOpen] = useState(false);
  return (
    <div className="fold">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={13} aria-hidden="true" />
        {title}
      </button>
      {open && children}
    </div>
  );
}

function longestDowntime(operation: Operation): number | null {
  const result = operation.result as { readonly services?: readonly { readonly downtimeMs?: number }[] } | null;
  const times = result?.services?.map((service) => service.downtimeMs ?? 0) ?? [];
  return times.length === 0 ? null : Math.max(...times);
}

/** The last output: what the error carries, else what the operation logged last. */
function lastLines(operation: Operation, track: OperationTrack | undefined): readonly string[] {
  for (const value of Object.values(operation.error?.details ?? {})) {
    if (Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string')) return value.slice(-12);
  }
  return track?.log.slice(-12).map((line) => line.text) ?? [];
}
