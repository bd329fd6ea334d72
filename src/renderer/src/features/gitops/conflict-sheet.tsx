import { lazy, Suspense, useCallback, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { gitWords as words } from '../../locales/en/git';
import { runOperation } from '../../lib/run-operation';
import type { Operation, Project } from '../../lib/model';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { StateMark } from '../../ui/state-mark';

const MergeCode = lazy(async () => ({ default: (await import('../../ui/code/merge-code')).MergeCode }));

type Conflict = OutputOf<'gitops.sync'>['conflicts'][number];
/** What could not be brought together, and how to go on with it once every file is decided. */
export interface OpenConflict {
  readonly conflicts: readonly Conflict[];
  readonly oursCommit: string;
  readonly theirsCommit: string;
  readonly sends: boolean;
  readonly how: { readonly branch?: string; readonly remote?: string; readonly push: boolean };
}
/** What a file in conflict becomes: one of the two versions, or a text of its own. */
type Decision = { readonly take: 'ours' | 'theirs' } | { readonly text: string };

/** The conflict that an operation ended with: of a sync, of a pull, of a merge of a branch. */
export function conflictOf({ kind, input, result }: Operation): OpenConflict | null {
  const ended = result as Partial<OutputOf<'gitops.sync'>> | null;
  if (ended?.state !== 'conflict' || ended.conflicts === undefined) return null;
  const given = input as { readonly name?: string; readonly remote?: string } | null;
  const sends = kind === 'gitops.sync';
  return {
    conflicts: ended.conflicts,
    oursCommit: ended.oursCommit ?? '',
    theirsCommit: ended.theirsCommit ?? '',
    sends,
    how: { push: sends, ...(kind === 'gitops.merge-branch' && given?.name !== undefined ? { branch: given.name } : given?.remote === undefined ? {} : { remote: given.remote }) },
  };
}

/** Both versions of each file in conflict, and what becomes of it. Nothing was touched so far. */
export function ConflictSheet({ project, conflict, onClose }: { readonly project: Project; readonly conflict: OpenConflict; readonly onClose: () => void }): ReactElement {
  const [decisions, setDecisions] = useState<{ readonly [path: string]: Decision }>({});
  const [path, setPath] = useState(conflict.conflicts[0]?.path ?? '');
  const file = conflict.conflicts.find((one) => one.path === path);
  const open = conflict.conflicts.filter((one) => decisions[one.path] === undefined).length;
  const decide = useCallback((of: string, decision: Decision | null) => setDecisions((before) => {
    const others = Object.fromEntries(Object.entries(before).filter(([one]) => one !== of));
    return decision === null ? others : { ...others, [of]: decision };
  }), []);
  const pathsOf = (side: 'ours' | 'theirs'): string[] => Object.entries(decisions).flatMap(([one, decision]) => ('take' in decision && decision.take === side ? [one] : []));
  const texts = Object.entries(decisions).flatMap(([one, decision]) => ('text' in decision ? [{ path: one, text: decision.text }] : []));
  return (
    <ConfirmDialog
      kind="sheet"
      testId="git-conflicts"
      title={words.decideTitle}
      lead={words.decideLead}
      confirm={conflict.sends ? words.mergeNow : words.mergeOnly}
      confirmTestId="git-merge-now"
      ready={open === 0}
      note={<span className="dim" role="status">{open === 0 ? words.allDecided : words.open(open)}</span>}
      act={() => runOperation('gitops.resolve-merge', { project: project.id, oursCommit: conflict.oursCommit, theirsCommit: conflict.theirsCommit, ours: pathsOf('ours'), theirs: pathsOf('theirs'), texts, ...conflict.how })}
      onDone={onClose}
      onClose={onClose}
    >
      <div className="conflict-files" role="group" aria-label={words.files}>
        {conflict.conflicts.map((one) => (
          <button key={one.path} type="button" aria-pressed={one.path === path} data-testid={`conflict-${one.path}`} onClick={() => setPath(one.path)}>
            <StateMark mark={decisions[one.path] === undefined ? 'warn' : 'good'} />
            <span className="mono ellipsis" title={one.path}>{one.path}</span>
          </button>
        ))}
      </div>
      {file !== undefined && <FileConflict key={file.path} conflict={file} decision={decisions[file.path] ?? null} onDecide={decide} />}
    </ConfirmDialog>
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
