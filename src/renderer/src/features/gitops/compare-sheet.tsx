import { lazy, Suspense, useCallback, type ReactElement } from 'react';
import { gitopsWords as words } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { callExact } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import type { Member } from './group-list';

const CompareCode = lazy(async () => ({ default: (await import('../../ui/code/compare-code')).CompareCode }));

export interface ComparedMembers {
  readonly left: Member;
  readonly right: Member;
}

/** Two files of a group beside each other, by their text and by what they mean. */
export function CompareSheet({ project, members: { left, right }, onClose }: { readonly project: Project; readonly members: ComparedMembers; readonly onClose: () => void }): ReactElement {
  const answer = useAnswer(useCallback(() => callExact('gitops.compare', { project: project.id, left: left.file, right: right.file }), [project.id, left.file, right.file]));
  return (
    <Dialog kind="sheet" testId="gitops-compare" title={words.compare.title} onClose={onClose} footer={<><span className="grow" /><Button onClick={onClose}>{say.actions.close}</Button></>}>
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null ? answer.error === null && <Skeleton rows={8} label={words.compare.loading} /> : (
        <Suspense fallback={<Skeleton rows={8} label={words.compare.loading} />}>
          <CompareCode left={{ label: left.file, ...answer.value.left }} right={{ label: right.file, ...answer.value.right }} />
        </Suspense>
      )}
    </Dialog>
  );
}
