import { useEffect, useState, type ReactElement } from 'react';
import { gitopsWords as words } from '../../locales/en/gitops';
import { duration, thousands } from '../../lib/format';
import { call } from '../../lib/client';
import type { Operation } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { say } from '../../locales/say';
import { Button } from '../../ui/button';
import { ProgressBar } from '../../ui/progress-bar';
import { usePace } from './use-pace';

const TICK_MS = 250;

/** A running operation over files: how far, how fast, how long still, and a way out. */
export function RunStrip({ operation, onCancel }: { readonly operation: Operation; readonly onCancel: () => void }): ReactElement {
  const { perSecond, leftMs } = usePace(operation);
  const { step, of, message } = operation.progress;
  const took = useElapsed(operation.startedAt);
  return (
    <div className="gitops-run" role="status" data-testid="gitops-run">
      <strong className="ellipsis">{operation.title}</strong>
      <ProgressBar operation={operation} />
      <span className="dim gitops-run-figures" data-testid="gitops-pace">
        {[step < of || message === '' ? words.run.of(thousands(step), thousands(of)) : message, perSecond === null ? '' : words.run.pace(thousands(Math.round(perSecond))), leftMs === null ? '' : words.run.left(duration(leftMs)), took === null ? '' : duration(took)].filter((part) => part !== '').join(' · ')}
      </span>
      <Button size="small" disabled={!operation.cancellable} data-testid="gitops-cancel" onClick={onCancel}>
        {say.actions.cancel}
      </Button>
    </div>
  );
}

/** How long it runs, told several times a second: what counts nothing for a while is seen to live. */
function useElapsed(since: string | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return since === null ? null : Math.max(0, now - Date.parse(since));
}

/** Asks it to end; what it did so far is taken back. */
export function cancelOperation(operation: Operation): void {
  void attempt(() => call('operations.cancel', { id: operation.id }));
}
