import { useCallback, type ReactElement } from 'react';
import { en } from '../../locales/en';
import type { Finding } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { DiffView } from '../../ui/diff-view';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

/** What a fix would change, before it changes it. */
export function FixDialog({ projectId, mode, fix, onClose }: { readonly projectId: string; readonly mode: string; readonly fix: Finding['fixes'][number]; readonly onClose: () => void }): ReactElement {
  const asked = useCallback((dryRun: boolean) => runOperation('checks.fix', { project: projectId, ...(mode === '' ? {} : { mode }), fixes: [fix.id], dryRun }), [projectId, mode, fix.id]);
  const preview = useAnswer(useCallback(() => asked(true), [asked]));
  const { working, failure, run } = useAct();
  const error = failure ?? preview.error;
  const text = preview.value?.['diff'];
  const diff = preview.value === null ? null : typeof text === 'string' ? text : '';

  return (
    <Dialog
      kind="modal"
      testId="fix-dialog"
      title={fix.title}
      onClose={onClose}
      footer={
        <>
          <span className="grow" />
          <Button onClick={onClose}>{en.actions.cancel}</Button>
          <Button look="primary" data-testid="fix-apply" disabled={diff === null || working} onClick={() => run(() => asked(false), onClose)}>
            {working ? en.findings.fixing : en.fix.apply}
          </Button>
        </>
      }
    >
      {error !== null && <ErrorBox title={en.fix.failed} error={error} />}
      {diff === null && error === null && <Skeleton rows={4} height={24} label={en.fix.loading} />}
      {diff !== null && (diff === '' ? <p className="dim">{en.fix.applyNothing}</p> : <DiffView diff={diff} label={en.fix.preview} />)}
    </Dialog>
  );
}
