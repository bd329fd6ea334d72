import type { ReactElement } from 'react';
import { GitCompare } from 'lucide-react';
import { pendingServices } from '@shared/domain/changes/pending-services';
import { say } from '../../locales/say';
import { goToConflicts } from '../../lib/store';
import { showPlan } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { useChanges } from './use-changes';
import './pending-strip.css';

const FEW = 4;

/** Edits of the files that do not run yet: of which services and of which kind, and the way to apply them. Nothing where there are none. */
export function PendingStrip({ projectId, busy }: { readonly projectId: string; readonly busy: boolean }): ReactElement | null {
  const set = useChanges(projectId).value?.set ?? null;
  const pending = set === null ? [] : pendingServices(set.changes);
  if (set === null || pending.length === 0) return null;
  const shown = pending.slice(0, FEW).map((one) => `${one.service} (${say.changes.kinds[one.kind]})`);
  return (
    <section className="pending-strip" aria-label={say.changes.pendingLabel} data-testid="pending-changes" data-count={pending.length}>
      <GitCompare size={15} aria-hidden="true" />
      <p className="grow selectable ellipsis" title={pending.map((one) => `${one.service}: ${say.changes.kinds[one.kind]}`).join('\n')}>
        <strong>{say.changes.pendingCount(pending.length)}</strong> <span className="dim">{say.changes.pendingList(shown, pending.length - shown.length)}</span>
      </p>
      <Button size="small" look="quiet" data-testid="pending-show" onClick={() => goToConflicts('changes')}>
        {say.changes.show}
      </Button>
      <Button size="small" disabled={busy} title={say.changes.applyHint} data-testid="pending-apply" onClick={() => void showPlan(projectId, set.mode)}>
        {say.changes.apply}
      </Button>
    </section>
  );
}
