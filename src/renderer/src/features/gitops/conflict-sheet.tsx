import { lazy, Suspense, useCallback, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { gitWords as words } from '../../locales/en/git';
import { runOperation } from '../../lib/run-operation';
import { say } from '../../locales/say';
import type { Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';

const MergeCode = lazy(async () => ({ default: (await import('../../ui/code/merge-code')).MergeCode }));

type Synced = OutputOf<'gitops.sync'>;
type Conflict = Synced['conflicts'][number];
/** What a file in conflict becomes: one of the two versions, or a text of its own. */
type Decision = { readonly take: 'ours' | 'theirs' } | { readonly text: string };

/** Both versions of each file in conflict, and what becomes of it. Nothing was touched so far. */
export function ConflictSheet({ project, conflict, onClose }: { readonly project: Project; readonly conflict: Synced; readonly onClose: () => void }): ReactElement {
  const [decisions, setDecisions] = useState<{ readonly [path: string]: Decision }>({});
  const [path, setPath] = useState(conflict.conflicts[0]?.path ?? '');
  const { working, failure, run } = useAct();
  const file = conflict.conflicts.find((one) => one.path === path);
  const open = conflict.conflicts.filter((one) => decisions[one.path] === undefined).length;
  const decide = useCallback((of: string, decision: Decision | null) => setDecisions((before) => {
    const others = Object.fromEntries(Object.entries(before).filter(([one]) => one !== of));
    return decision === null ? others : { ...others, [of]: decision };
  }), []);
  const pathsOf = (side: 'ours' | 'theirs'): string[] => Object.entries(decisions).flatMap(([one, decision]) => ('take' in decision && decision.take === side ? [one] : []));
  const texts = Object.entries(decisions).flatMap(([one, decision]) => ('text' in decision ? [{ path: one, text: decision.text }] : []));
  return (
    <Dialog
      kind="sheet"
      testId="git-conflicts"
      title={words.decideTitle}
      lead={words.decideLead}
      onClose={onClose}
      footer={
        <>
          <span className="dim" role="status">{open === 0 ? words.allDecided : words.open(open)}</span>
          <span className="grow" />
          <Button onClick={onClose}>{say.actions.cancel}</Button>
          <Button look="primary" disabled={open > 0 || working} data-testid="git-merge-now" onClick={() => run(() => runOperation('gitops.resolve-merge', { project: project.id, oursCommit: conflict.oursCommit ?? '', theirsCommit: conflict.theirsCommit ?? '', ours: pathsOf('ours'), theirs: pathsOf('theirs'), texts }), onClose)}>
            {words.mergeNow}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox error={failure} />}
      <div className="conflict-files" role="group" aria-label={words.files}>
        {conflict.conflicts.map((one) => (
          <button key={one.path} type="button" aria-pressed={one.path === path} data-testid={`conflict-${one.path}`} onClick={() => setPath(one.path)}>
            <StateMark mark={decisions[one.path] === undefined ? 'warn' : 'good'} />
            <span className="mono ellipsis" title={one.path}>{one.path}</span>
          </button>
        ))}
      </div>
      {file !== undefined && <FileConflict key={file.path} conflict={file} decision={decisions[file.path] ?? null} onDecide={decide} />}
    </Dialog>
  );
}

function FileConflict({ conflict, decision, onDecide }: { readonly conflict: Conflict; readonly decision: Decision | null; readonly onDecide: (path: string, decision: Decision | null) => void }): ReactElement {
  const { path, base, ours, theirs } = conflict;
  const taken = decision !== null && 'take' in decision ? decision.take : null;
  const isText = ours?.text != null && theirs?.text != null;
  const merged = useCallback((text: string, open: number) => onDecide(path, open === 0 ? { text } : null), [path, onDecide]);
  return (
    <>
      <div className="compare-bar">
        <div className="segments" role="group" aria-label={words.whole}>
          {(['ours', 'theirs'] as const).map((side) => (
            <button key={side} type="button" aria-pressed={taken === side} data-testid={`take-${side}`} onClick={() => onDecide(path, { take: side })}>
              {conflict[side] === null ? words.without[side] : words.take[side]}
            </button>
          ))}
        </div>
        <span className="dim grow">{isText ? words.orMerge : words.noText}</span>
      </div>
      {isText && taken === null && (
        <Suspense fallback={<Skeleton rows={8} label={words.loading} />}>
          <MergeCode base={base?.text ?? null} left={{ label: words.sides.ours, name: words.sides.ours, text: ours.text ?? '' }} right={{ label: words.sides.theirs, name: words.sides.theirs, text: theirs.text ?? '' }} onResult={merged} />
        </Suspense>
      )}
    </>
  );
}
