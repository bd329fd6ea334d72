import { lazy, Suspense, useCallback, useState, type ReactElement } from 'react';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { callExact } from '../../lib/client';
import { fileName } from '../../lib/format';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import type { ComparedMembers } from './compare-sheet';

const MergeCode = lazy(async () => ({ default: (await import('../../ui/code/merge-code')).MergeCode }));

const words = gitopsWords.mergeSheet;

interface MergeSheetProps {
  readonly project: Project;
  /** The left one stays. */
  readonly members: ComparedMembers;
  readonly onMerged: (text: string) => void;
  readonly onClose: () => void;
}

/** Makes one text of two files that contradict each other: what the kept file will say. */
export function MergeSheet({ project, members: { left, right }, onMerged, onClose }: MergeSheetProps): ReactElement {
  const answer = useAnswer(useCallback(() => callExact('gitops.compare', { project: project.id, left: left.file, right: right.file }), [project.id, left.file, right.file]));
  const [result, setResult] = useState<{ readonly text: string; readonly open: number } | null>(null);
  const take = useCallback((text: string, open: number) => setResult({ text, open }), []);
  return (
    <Dialog
      kind="sheet"
      testId="gitops-merge"
      title={words.title(fileName(left.file))}
      lead={words.lead(left.file)}
      onClose={onClose}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{say.actions.cancel}</Button>
          <Button look="primary" disabled={result === null || result.open > 0} data-testid="merge-use" onClick={() => result !== null && onMerged(result.text)}>
            {words.use}
          </Button>
        </>
      }
    >
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null ? answer.error === null && <Skeleton rows={8} label={gitopsWords.compare.loading} /> : (
        <Suspense fallback={<Skeleton rows={8} label={gitopsWords.compare.loading} />}>
          <MergeCode base={null} left={{ label: left.file, name: left.file, text: answer.value.left.text }} right={{ label: right.file, name: right.file, text: answer.value.right.text }} onResult={take} />
        </Suspense>
      )}
    </Dialog>
  );
}
