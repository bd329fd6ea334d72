import { useState, type ReactElement } from 'react';
import type { Operation, Project } from '../../lib/model';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { activityAnswer, ActivityFilterBar, NO_FILTER, OperationList } from './operation-list';

/** What was done, newest first: how it went, how long it took, its steps. */
export function OperationsPanel({ operations, projects }: { readonly operations: readonly Operation[] | null; readonly projects: readonly Project[] | null }): ReactElement {
  const [filter, setFilter] = useState(NO_FILTER);
  const { mark, sentence } = activityAnswer(operations);
  return (
    <>
      <PageHead mark={mark === null ? undefined : <StateMark mark={mark} />} sentence={sentence}>
        <ActivityFilterBar projects={projects} filter={filter} onChange={setFilter} />
      </PageHead>
      <div className="page-content scroll">
        <OperationList operations={operations} filter={filter} onClearFilter={() => setFilter(NO_FILTER)} />
      </div>
    </>
  );
}
