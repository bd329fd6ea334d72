import { useState, type ReactElement } from 'react';
import { showOperationSteps } from '../../lib/drawer';
import type { Operation, Project } from '../../lib/model';
import { StateMark } from '../../ui/state-mark';
import { activityAnswer, ActivityFilterBar, NO_FILTER, OperationList } from './operation-list';

interface ActivityPanelProps {
  readonly operations: readonly Operation[] | null;
  readonly projects: readonly Project[] | null;
  /** The operation whose steps were asked for, or were open when the page was left. */
  readonly operation: string | null;
  readonly asked: number;
}

/** Running and past operations in the drawer, beneath whatever page is open. */
export function ActivityPanel({ operations, projects, operation, asked }: ActivityPanelProps): ReactElement {
  const [filter, setFilter] = useState(NO_FILTER);
  const [seen, setSeen] = useState(asked);
  if (seen !== asked) {
    // What is asked for must not be hidden by a filter.
    setSeen(asked);
    setFilter(NO_FILTER);
  }
  const { mark, sentence } = activityAnswer(operations);
  return (
    <>
      <div className="activity-bar">
        {mark !== null && <StateMark mark={mark} />}
        <p className="grow ellipsis dim" data-testid="activity-sentence">
          {sentence}
        </p>
        <ActivityFilterBar projects={projects} filter={filter} onChange={setFilter} />
      </div>
      <div className="activity-list scroll">
        <OperationList operations={operations} filter={filter} onClearFilter={() => setFilter(NO_FILTER)} wanted={operation === null ? null : { id: operation, asked }} onToggle={(id, open) => (open ? showOperationSteps(id) : id === operation && showOperationSteps(null))} />
      </div>
    </>
  );
}
