import { useState, type ReactElement } from 'react';
import { Check, Copy, ShieldCheck, X } from 'lucide-react';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { duration } from '../../lib/format';
import type { Operation, Project } from '../../lib/model';
import { lastRun } from '../../lib/operation-results';
import { attempt, cancel } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { copyText } from '../../ui/copy-command';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import './robustness-panel.css';

/** How well does this project recover? Ten points, tried on an isolated copy. */
export function RobustnessPanel({ project, operations, busy }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const { running, failure, last } = lastRun(operations, project.id, 'checks.robustness', 'points');
  const [copied, setCopied] = useState(false);
  const report = last?.result ?? null;
  const run = (
    <Button look={report === null ? 'primary' : 'normal'} disabled={busy} data-testid="run-robustness" onClick={() => void attempt(() => start('checks.robustness', { project: project.id }))}>
      {report === null ? say.robustness.run : say.robustness.again}
    </Button>
  );
  const nothing = report === null && running === null && failure === null;
  return (
    <>
      <PageHead
        mark={report === null || running !== null ? undefined : <StateMark mark={report.score === report.of ? 'good' : report.score >= report.of - 1 ? 'warn' : 'bad'} />}
        sentence={running !== null ? say.robustness.running : report === null ? say.robustness.never : say.robustness.sentence(report.score, report.of)}
        detail={running !== null ? running.progress.message : last === null || report === null ? undefined : <>{say.robustness.took(duration(report.tookMs))} · <Ago at={last.operation.finishedAt ?? last.operation.createdAt} /></>}
        running={running}
      >
        {running?.cancellable === true && (
          <Button icon={<X size={13} />} onClick={() => void cancel(running)}>
            {say.actions.cancel}
          </Button>
        )}
        {report !== null && running === null && (
          <Button icon={copied ? <Check size={13} /> : <Copy size={13} />} data-testid="copy-robustness" onClick={() => setCopied(copyText(report.markdown))} onBlur={() => setCopied(false)}>
            {copied ? say.actions.copied : say.robustness.copy}
          </Button>
        )}
        {!nothing && running === null && run}
      </PageHead>
      <div className="page-content scroll" tabIndex={0} role="region" aria-label={say.robustness.list}>
        {failure !== null && <ErrorBox title={say.robustness.failed} error={failure} />}
        {running !== null && report === null && <Skeleton rows={10} label={say.robustness.running} />}
        {nothing && (
          <EmptyState icon={<ShieldCheck size={20} />} title={say.robustness.emptyTitle} actions={run}>
            {say.robustness.emptyText}
          </EmptyState>
        )}
        {report !== null && running === null && (
          <ol className="points" data-testid="points">
            {report.points.map((point, index) => (
              <li key={point.id} className="point" data-testid={`point-${point.id}`} data-ok={point.ok}>
                <span className="point-number">{index + 1}</span>
                <StateMark mark={point.ok ? 'good' : 'bad'} />
                <div className="selectable">
                  <strong>{point.title}</strong>
                  {point.detail !== '' && <p className="dim">{point.detail}</p>}
                </div>
                <span className="point-word">{point.ok ? say.robustness.passed : say.robustness.missed}</span>
                <span className="point-time dim">{duration(point.tookMs)}</span>
              </li>
            ))}
          </ol>
        )}
      </div>
    </>
  );
}
