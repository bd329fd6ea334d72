import { lazy, Suspense, useCallback, useState, type ReactElement } from 'react';
import { gitWords as words } from '../../locales/en/git';
import { say } from '../../locales/say';
import { callExact } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

const CompareCode = lazy(async () => ({ default: (await import('../../ui/code/compare-code')).CompareCode }));

interface CommitSheetProps {
  readonly project: Project;
  /** Null: what is not committed. */
  readonly commit: { readonly id: string; readonly subject: string } | null;
  /** The file to begin with. */
  readonly file?: string;
  readonly onClose: () => void;
}

/** What a commit changed, or what is not committed: file by file, before and after. */
export function CommitSheet({ project, commit, file, onClose }: CommitSheetProps): ReactElement {
  const [chosen, setChosen] = useState(file ?? null);
  const id = commit?.id ?? '';
  const list = useAnswer(useCallback(() => callExact('gitops.show', { project: project.id, ...(id === '' ? {} : { commit: id }) }), [project.id, id]));
  const shown = chosen ?? list.value?.files[0]?.path ?? null;
  const text = useAnswer(useCallback(async () => (shown === null ? null : { shown, answer: await callExact('gitops.show', { project: project.id, ...(id === '' ? {} : { commit: id }), file: shown }) }), [project.id, id, shown]));
  const files = list.value?.files ?? [];
  const compared = text.value?.shown === shown ? text.value.answer.text : null;
  const error = list.error ?? text.error;
  return (
    <Dialog kind="sheet" testId="git-commit-sheet" title={commit?.subject ?? words.view.changes} lead={commit === null ? words.notCommitted : commit.id} onClose={onClose} footer={<><span className="dim" role="status">{words.filesOf(files.length)}</span><span className="grow" /><Button onClick={onClose}>{say.actions.close}</Button></>}>
      {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={list.error === null ? text.again : list.again}>{say.actions.retry}</Button>} />}
      {list.value === null && error === null && <Skeleton rows={8} label={words.loading} />}
      {files.length > 0 && (
        <div className="conflict-files scroll" role="group" aria-label={words.filesChanged}>
          {files.map((one) => (
            <button key={one.path} type="button" aria-pressed={one.path === shown} title={one.path} data-testid={`commit-file-${one.path}`} onClick={() => setChosen(one.path)}>
              <span className="faint">{words.states[one.change]}</span>
              <span className="mono ellipsis">{one.path}</span>
            </button>
          ))}
        </div>
      )}
      {compared !== null && compared.before === null && compared.after === null && <EmptyState title={words.noTextToShow} />}
      {compared !== null && (compared.before !== null || compared.after !== null) && (
        <Suspense fallback={<Skeleton rows={8} label={words.loading} />}>
          <CompareCode key={compared.path} left={{ label: commit === null ? words.committed : words.before, text: compared.before ?? '', meaning: null }} right={{ label: commit === null ? words.onDisk : words.after, text: compared.after ?? '', meaning: null }} />
        </Suspense>
      )}
    </Dialog>
  );
}
