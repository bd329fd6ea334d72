import type { ReactElement } from 'react';
import { Network } from 'lucide-react';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import type { Operation, Project } from '../../lib/model';
import { lastRun } from '../../lib/operation-results';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { ConnectivityMatrix } from '../../ui/connectivity-matrix';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';

/** Does every running service reach what it depends on? Tried from inside, on demand. */
export function ConnectivityPanel({ project, operations, busy, runs }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean; /** True when something of the project runs: else there is nothing to try from. */ readonly runs: boolean }): ReactElement {
  const { running, failure, last } = lastRun(operations, project.id, 'checks.connectivity', 'cells');
  const cells = last?.result.cells ?? [];
  const open = cells.filter((cell) => cell.state === 'open').length;
  const check = (
    <Button look={last === null ? 'primary' : 'normal'} disabled={busy || !runs} data-testid="check-connectivity" onClick={() => void attempt(() => start('checks.connectivity', { project: project.id }))}>
      {running !== null ? say.connectivity.running : last === null ? say.connectivity.check : say.connectivity.again}
    </Button>
  );
  const nothing = last === null && running === null && failure === null;
  return (
    <>
      <PageHead
        mark={last === null ? undefined : <StateMark mark={last.result.ok ? 'good' : 'bad'} />}
        sentence={running !== null ? say.connectivity.running : last === null ? say.connectivity.never : cells.length === 0 ? say.connectivity.none : say.connectivity.sentence(open, cells.length)}
        detail={last === null ? undefined : <>{say.connectivity.tried} <Ago at={last.operation.finishedAt ?? last.operation.createdAt} /></>}
      >
        {!nothing && check}
      </PageHead>
      <div className="page-content scroll" tabIndex={0} role="region" aria-label={say.connectivity.table}>
        {failure !== null && <ErrorBox title={say.connectivity.failed} error={failure} />}
        {running !== null && last === null && <Skeleton rows={5} label={say.connectivity.running} />}
        {nothing && (
          <EmptyState icon={<Network size={20} />} title={say.connectivity.emptyTitle} actions={check}>
            {runs ? say.connectivity.emptyText : say.connectivity.stopped}
          </EmptyState>
        )}
        {last !== null && cells.length > 0 && <ConnectivityMatrix cells={cells} />}
      </div>
    </>
  );
}
