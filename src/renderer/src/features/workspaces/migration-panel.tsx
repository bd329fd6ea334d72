import { useState, type ReactElement } from 'react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { start } from '../../lib/client';
import { duration } from '../../lib/format';
import type { Operation } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { goToStorage } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { StateMark, type Mark } from '../../ui/state-mark';
import { runningOf } from '../../lib/operation-results';
import { MIGRATION_STEPS, stepStates } from './workspaces-answer';
import type { PanelProps } from './workspaces-panels';

const MARKS: { readonly [state in ReturnType<typeof stepStates>[number]]: Mark } = { done: 'good', now: 'off', running: 'busy', later: 'none' };
const MIGRATE = /^workspaces\.migrate$/;

/** From local folders to the mount in four checked steps, the way back, and how the two ways compare. */
export function MigrationPanel({ project, status, operations, busy }: PanelProps): ReactElement {
  const [back, setBack] = useState(false);
  const { step } = status.migration;
  const running = runningOf(operations, project.id, MIGRATE) !== null;
  const states = stepStates(step, running);
  const can = project.trusted && !busy && status.workspaces.length > 0;
  const done = step === 'done';
  const last = lastMove(operations, project.id);
  return (
    <div className="page-content scroll ws-panel" tabIndex={0} role="region" aria-label={words.migration.title} data-testid="migration-panel">
      <section className="ws-section">
        <h2>{words.migration.title}</h2>
        <p className="dim">{words.migration.text}</p>
        <ol className="ws-steps">
          {MIGRATION_STEPS.map((one, index) => {
            const state = states[index] ?? 'later';
            const [title, text] = words.migration.steps[one] ?? ['', ''];
            return (
              <li key={one} data-testid={`step-${one}`} data-state={state} aria-current={state === 'now' || state === 'running' ? 'step' : undefined}>
                <StateMark mark={MARKS[state]} />
                <div className="grow">
                  <p>
                    <strong>
                      {index + 1}. {title}
                    </strong>
                  </p>
                  <p className="dim">{text}</p>
                </div>
                <span className="faint">{words.migration.states[state]}</span>
              </li>
            );
          })}
        </ol>
        <p className="dim" data-testid="migration-detail">
          {status.migration.detail}
          {last !== null && <span className="faint"> {words.migration.took(duration(last))}</span>}
        </p>
        {status.mountPoint === null && !done && (
          <p className="ws-note ws-inline">
            <StateMark mark="warn" />
            <span>{words.migration.noMount}</span>
            <Button size="small" data-testid="migration-set-up" onClick={() => goToStorage('mounts')}>
              {words.migration.setUp}
            </Button>
          </p>
        )}
        <div className="ws-buttons">
          <Button look={done ? 'normal' : 'primary'} disabled={!can} data-testid="migrate" onClick={() => void attempt(() => start('workspaces.migrate', { project: project.id }))}>
            {done ? words.migration.repeat : step === 'none' ? words.migration.begin : words.migration.goOn(MIGRATION_STEPS.indexOf(step) + 1)}
          </Button>
          {step !== 'none' && (
            <Button disabled={!can} data-testid="rollback" onClick={() => setBack(true)}>
              {words.migration.back}
            </Button>
          )}
        </div>
      </section>
      <Comparison />
      {back && (
        <ConfirmDialog testId="rollback-dialog" title={words.migration.backTitle} confirm={words.migration.backConfirm} working={words.migration.backWorking} confirmTestId="rollback-confirm" confirmFirst act={() => runOperation('workspaces.rollback', { project: project.id })} onDone={() => setBack(false)} onClose={() => setBack(false)}>
          <p>{words.migration.backText}</p>
        </ConfirmDialog>
      )}
    </div>
  );
}

/** How long the last finished move took, in milliseconds. */
function lastMove(operations: readonly Operation[] | null, projectId: string): number | null {
  const last = operations?.find((one) => one.projectId === projectId && MIGRATE.test(one.kind) && one.state === 'succeeded');
  return last?.startedAt == null || last.finishedAt === null ? null : Date.parse(last.finishedAt) - Date.parse(last.startedAt);
}

function Comparison(): ReactElement {
  return (
    <section className="ws-section">
      <h2>{words.migration.compare}</h2>
      <table className="grid-table ws-compare" aria-label={words.migration.compare} data-testid="comparison">
        <thead>
          <tr>
            <th>{words.migration.aspect}</th>
            <th>{words.migration.mount}</th>
            <th>{words.migration.volume}</th>
            <th>{words.migration.direct}</th>
          </tr>
        </thead>
        <tbody>
          {words.migration.rows.map(([aspect, mount, volume, direct]) => (
            <tr key={aspect}>
              <th scope="row">{aspect}</th>
              <td>{mount}</td>
              <td>{volume}</td>
              <td>{direct}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
