import type { ReactElement } from 'react';
import { GitCompare, X } from 'lucide-react';
import { say } from '../../locales/say';
import { start } from '../../lib/client';
import { duration } from '../../lib/format';
import type { Operation, Project } from '../../lib/model';
import { lastRun } from '../../lib/operation-results';
import { setUi } from '../../lib/store';
import { attempt, cancel, showPlan } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { PlanChanges } from '../../ui/plan-changes';
import { StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { TestReport } from './test-report';
import { useChanges } from './use-changes';
import './changes-panel.css';

/** What changed in the files and does not run yet: tested beside the running project, and deployed exactly as tested. */
export function ChangesPanel({ project, operations, busy }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const answer = useChanges(project.id);
  const tests = lastRun(operations, project.id, 'changes.test', 'services');
  const deploys = lastRun(operations, project.id, 'changes.deploy', 'services');
  const running = tests.running ?? deploys.running;
  const set = answer.value?.set ?? null;
  const act = (name: 'changes.test' | 'changes.deploy'): void => void attempt(() => start(name, { project: project.id, ...(set === null ? {} : { mode: set.mode }) }));
  return (
    <>
      <PageHead
        mark={running !== null ? <StateMark mark="busy" /> : set === null ? undefined : <StateMark mark={!set.pending ? 'good' : set.deployable ? 'good' : set.tested?.ok === false ? 'bad' : 'warn'} />}
        sentence={running !== null ? (tests.running !== null ? say.changes.testing : say.changes.deploying) : set === null ? (answer.error === null ? say.changes.loading : say.changes.notRead) : set.pending ? say.changes.pending(new Set(set.changes.filter((change) => change.action !== 'keep').map((change) => change.service)).size, set.mode) : say.changes.none}
        detail={running !== null ? running.progress.message : set?.pending === true ? set.reason : undefined}
        running={running}
      >
        {running !== null ? (
          running.cancellable && (
            <Button icon={<X size={13} />} data-testid="changes-cancel" onClick={() => void cancel(running)}>
              {say.actions.cancel}
            </Button>
          )
        ) : (
          <>
            <Button look="quiet" disabled={busy} data-testid="changes-rollback" onClick={() => setUi({ action: 'rollback' })}>
              {say.changes.rollback}
            </Button>
            <Button disabled={busy || set?.pending !== true} title={say.changes.applyHint} data-testid="changes-apply" onClick={() => set !== null && void showPlan(project.id, set.mode)}>
              {say.changes.apply}
            </Button>
            <Button look={set?.pending === true && !set.deployable ? 'primary' : 'normal'} disabled={busy || set?.pending !== true} data-testid="changes-test" onClick={() => act('changes.test')}>
              {say.changes.test}
            </Button>
            <Button look={set?.deployable === true ? 'primary' : 'normal'} disabled={busy || set?.deployable !== true} title={set?.reason} data-testid="changes-deploy" onClick={() => act('changes.deploy')}>
              {say.changes.deploy}
            </Button>
          </>
        )}
      </PageHead>
      <div className="page-content scroll changes-panel" tabIndex={0} role="region" aria-label={say.changes.title} data-testid="changes">
        {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
        {set === null && answer.error === null && <Skeleton rows={5} label={say.changes.loading} />}
        {deploys.failure !== null && <ErrorBox title={say.changes.deployFailed} error={deploys.failure} />}
        {set !== null && !set.pending && tests.last === null && (
          <EmptyState icon={<GitCompare size={20} />} title={say.changes.none}>
            {say.changes.emptyText}
          </EmptyState>
        )}
        {set?.pending === true && (
          <section>
            <h2>{say.changes.title}</h2>
            {set.tested !== null && (
              <p className="tested" data-testid="changes-tested" data-ok={set.tested.ok}>
                <StateMark mark={set.tested.ok ? 'good' : 'bad'} />
                {set.tested.ok ? say.changes.passed : say.changes.failed}
                <span className="faint"><Ago at={set.tested.at} /></span>
              </p>
            )}
            <PlanChanges changes={set.changes} />
          </section>
        )}
        {tests.failure !== null && <ErrorBox title={say.changes.testFailed} error={tests.failure} />}
        {tests.last !== null && tests.running === null && (
          <section data-testid="test-report">
            <h2>
              {say.changes.lastTest}
              <span className="faint">
                {duration(tests.last.result.tookMs)} · <Ago at={tests.last.operation.finishedAt ?? tests.last.operation.createdAt} />
              </span>
            </h2>
            <TestReport test={tests.last.result} current={set === null || tests.last.result.hash === set.hash} />
          </section>
        )}
      </div>
    </>
  );
}
