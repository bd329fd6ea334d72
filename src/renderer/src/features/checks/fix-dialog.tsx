import { useCallback, type ReactElement } from 'react';
import { say } from '../../locales/say';
import type { FixRequest } from '../../lib/fix-request';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { DiffView } from '../../ui/diff-view';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

/** What fixes would change, before they change it. */
export function FixDialog({ projectId, request, onClose }: { readonly projectId: string; readonly request: FixRequest; readonly onClose: () => void }): ReactElement {
  const asked = useCallback(
    async (dryRun: boolean) => {
      const diffs: string[] = [];
      // One after the other: each looks at the files as the one before has left them.
      for (const { mode, fixes } of request.groups) {
        const { diff } = await runOperation('checks.fix', { project: projectId, ...(mode === '' ? {} : { mode }), fixes: [...fixes], dryRun });
        if (typeof diff === 'string') diffs.push(diff);
      }
      return diffs.join('');
    },
    [projectId, request],
  );
  const preview = useAnswer(useCallback(() => asked(true), [asked]));
  const diff = preview.value;

  return (
    <ConfirmDialog testId="fix-dialog" title={request.title} confirm={say.fix.apply} working={say.findings.fixing} confirmTestId="fix-apply" ready={diff !== null} failed={say.fix.failed} act={() => asked(false)} onDone={onClose} onClose={onClose}>
      {preview.error !== null && <ErrorBox title={say.fix.failed} error={preview.error} />}
      {diff === null && preview.error === null && <Skeleton rows={4} height={24} label={say.fix.loading} />}
      {diff !== null && (diff === '' ? <p className="dim">{say.fix.applyNothing}</p> : <DiffView diff={diff} label={say.fix.preview} />)}
    </ConfirmDialog>
  );
}
