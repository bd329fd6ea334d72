import { useMemo, useRef, type ReactElement, type RefObject } from 'react';
import { History } from 'lucide-react';
import { say } from '../../locales/say';
import { ACTIVITY_STATES, activityTree, pathTo, wentWrong, type ActivityFilter } from '../../lib/activity';
import { isFinal, type Operation, type Project } from '../../lib/model';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import type { Mark } from '../../ui/state-mark';
import { OperationRow, type WantedOperation } from './operation-row';
import './operations-panel.css';

export const NO_FILTER: ActivityFilter = { projectId: '', state: 'all' };

/** Of which project, and how they went. */
export function ActivityFilterBar({ projects, filter, onChange }: { readonly projects: readonly Project[] | null; readonly filter: ActivityFilter; readonly onChange: (filter: ActivityFilter) => void }): ReactElement {
  const names = { '': say.activity.filter.allProjects, ...Object.fromEntries((projects ?? []).map((project) => [project.id, project.name])) };
  return (
    <div className="operations-filter">
      {(projects?.length ?? 0) > 1 && <Choice label={say.activity.filter.project} value={filter.projectId} options={Object.keys(names)} words={names} onChange={(projectId) => onChange({ ...filter, projectId })} testId="activity-project" />}
      <Choice label={say.activity.filter.state} value={filter.state} options={ACTIVITY_STATES} words={say.activity.filter.states} onChange={(state) => onChange({ ...filter, state })} testId="activity-state" />
    </div>
  );
}

const RECENT = 20;

/** How it goes, in one sentence, and its shape; no shape where nothing happened yet. */
export function activityAnswer(operations: readonly Operation[] | null): { readonly mark: Mark | null; readonly sentence: string } {
  if (operations === null) return { mark: null, sentence: say.boot.loading };
  const shown = activityTree(operations, NO_FILTER).map((node) => node.operation);
  if (shown.length === 0) return { mark: null, sentence: say.activity.empty };
  const running = shown.filter((operation) => !isFinal(operation)).length;
  const recent = shown.slice(0, RECENT);
  const wrong = recent.filter(wentWrong).length;
  return { mark: running > 0 ? 'busy' : wrong > 0 ? 'warn' : 'good', sentence: say.activity.sentence(running, wrong, recent.length) };
}

interface OperationListProps {
  readonly operations: readonly Operation[] | null;
  readonly filter: ActivityFilter;
  readonly onClearFilter: () => void;
  /** The operation to open and bring into view. */
  readonly wanted?: { readonly id: string; readonly asked: number } | null;
  readonly onToggle?: ((id: string, open: boolean) => void) | undefined;
}

/** Operations, newest first, each with its parts: loading, empty, nothing that fits, or the list. */
export function OperationList({ operations, filter, onClearFilter, wanted = null, onToggle }: OperationListProps): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const tree = useMemo(() => activityTree(operations ?? [], filter), [operations, filter]);
  const id = wanted?.id ?? null;
  const asked = wanted?.asked ?? 0;
  const path = useMemo<WantedOperation | null>(() => (id === null ? null : { id, path: new Set(pathTo(tree, id)), asked }), [tree, id, asked]);
  if (operations === null) return <Skeleton rows={6} label={say.boot.loading} />;
  if (tree.length === 0 && (filter.projectId !== '' || filter.state !== 'all')) {
    return (
      <EmptyState
        icon={<History size={20} />}
        title={say.activity.nothingMatches}
        actions={
          <Button onClick={onClearFilter} data-testid="activity-clear">
            {say.activity.clear}
          </Button>
        }
      />
    );
  }
  if (tree.length === 0) {
    return (
      <EmptyState icon={<History size={20} />} title={say.activity.empty}>
        {say.activity.emptyText}
      </EmptyState>
    );
  }
  return <Rows list={list} tree={tree} wanted={path} onToggle={onToggle} />;
}

function Rows({ list, tree, wanted, onToggle }: { readonly list: RefObject<HTMLUListElement | null>; readonly tree: ReturnType<typeof activityTree>; readonly wanted: WantedOperation | null; readonly onToggle: OperationListProps['onToggle'] }): ReactElement {
  return (
    <ul ref={list} className="operations" aria-label={say.activity.list}>
      {tree.map((node) => (
        <OperationRow key={node.operation.id} node={node} wanted={wanted} onToggle={onToggle} />
      ))}
    </ul>
  );
}
