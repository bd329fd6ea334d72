import { useCallback, useState, type ReactElement } from 'react';
import { GitMerge, RefreshCw } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { gitWords as words } from '../../locales/en/git';
import { say } from '../../locales/say';
import { call, start } from '../../lib/client';
import { lastRun, runningOf } from '../../lib/operation-results';
import { useStore } from '../../lib/store';
import type { Operation, Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { ConflictSheet } from './conflict-sheet';
import { GitBranches } from './git-branches';
import { GitChanges } from './git-changes';
import { GitHistory } from './git-history';
import { cancelOperation, RunStrip } from './scan-strip';
import './gitops.css';

export type GitStatus = OutputOf<'gitops.git'>;
const VIEWS = ['changes', 'branches', 'history'] as const;
/** What moves a branch or a file of it. */
const GIT = /^gitops\.(sync|fetch|pull|push|resolve|commit|create|switch|merge|delete|rollback|render)/;

/** Where the repository of the project stands, its branches and commits, and the way to and from its remote. */
export function GitPanel({ project, operations, busy }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  const [view, setView] = useState<(typeof VIEWS)[number]>('changes');
  const [deciding, setDeciding] = useState(false);
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  const ended = operations?.find((operation) => operation.projectId === project.id && GIT.test(operation.kind) && operation.finishedAt !== null)?.id ?? '';
  // Whatever changed files or commits makes it another answer.
  const turn = `${ended} ${String(revision)}`;
  const answer = useAnswer(useCallback(async () => ({ turn, status: await call('gitops.git', { project: project.id }) }), [project.id, turn]));
  const running = runningOf(operations, project.id, GIT);
  const synced = lastRun(operations, project.id, 'gitops.sync', 'conflicts');
  const conflict = synced.last?.result.state === 'conflict' && synced.last.operation.id === ended ? synced.last.result : null;
  const status = answer.value?.status ?? null;
  const isBusy = busy || running !== null;
  const act = (name: 'gitops.sync' | 'gitops.fetch'): void => void attempt(() => start(name, { project: project.id }));
  return (
    <>
      <PageHead mark={status === null ? undefined : <StateMark mark={status.conflicts.length > 0 || conflict !== null ? 'bad' : status.changes.length > 0 || (status.behind ?? 0) > 0 ? 'warn' : 'good'} />} sentence={status === null ? (answer.error === null ? words.loading : words.none) : sentenceOf(status)} detail={status === null ? undefined : detailOf(status)}>
        {status !== null && status.remotes.length > 0 && (
          <>
            <Button icon={<RefreshCw size={13} />} disabled={isBusy} data-testid="git-fetch" onClick={() => act('gitops.fetch')}>
              {words.fetch}
            </Button>
            <Button look="primary" disabled={isBusy} data-testid="git-sync" onClick={() => act('gitops.sync')}>
              {words.sync}
            </Button>
          </>
        )}
      </PageHead>
      {running !== null && <RunStrip operation={running} onCancel={() => cancelOperation(running)} />}
      {conflict !== null && running === null && (
        <div className="gitops-run" role="status" data-testid="git-conflict">
          <StateMark mark="bad" />
          <span className="grow">{words.conflict(conflict.conflicts.length)}</span>
          <Button size="small" look="primary" icon={<GitMerge size={13} />} data-testid="git-decide" onClick={() => setDeciding(true)}>
            {words.decide}
          </Button>
        </div>
      )}
      {[synced.failure, answer.error].map((error) => error !== null && error !== undefined && (
        <div key={error.message} className="gitops-error">
          <ErrorBox error={error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />
        </div>
      ))}
      {status === null && answer.error === null && <div className="page-content"><Skeleton rows={6} label={words.loading} /></div>}
      {status !== null && (
        <>
          <div className="compare-bar git-bar">
            <div className="segments" role="group" aria-label={words.views}>
              {VIEWS.map((one) => (
                <button key={one} type="button" aria-pressed={view === one} data-testid={`git-${one}`} onClick={() => setView(one)}>
                  {words.view[one]}
                </button>
              ))}
            </div>
          </div>
          {view === 'changes' && <GitChanges project={project} status={status} busy={isBusy} />}
          {view === 'branches' && <GitBranches project={project} turn={turn} busy={isBusy} />}
          {view === 'history' && <GitHistory project={project} turn={turn} />}
        </>
      )}
      {deciding && conflict !== null && <ConflictSheet project={project} conflict={conflict} onClose={() => setDeciding(false)} />}
    </>
  );
}

function sentenceOf(status: GitStatus): string {
  const branch = status.branch ?? words.detached;
  if (status.conflicts.length > 0) return words.inConflict(branch, status.conflicts.length);
  return status.changes.length === 0 ? words.clean(branch) : words.dirty(branch, status.changes.length);
}

function detailOf({ ahead, behind, upstream, unfinished }: GitStatus): string {
  return [unfinished === null ? '' : words.unfinished(unfinished), upstream === null ? words.noUpstream : ahead === 0 && behind === 0 ? words.even(upstream) : words.apart(upstream, ahead ?? 0, behind ?? 0)].filter((part) => part !== '').join(' · ');
}
