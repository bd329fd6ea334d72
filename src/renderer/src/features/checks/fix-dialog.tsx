import { useEffect, useState, type ReactElement } from 'react';
import { AppError } from '@shared/kernel/app-error';
import { en } from '../../locales/en';
import { call, start, toAppError } from '../../lib/client';
import type { Finding } from '../../lib/model';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { DiffView } from '../../ui/diff-view';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

/** What a fix would change, before it changes it. */
export function FixDialog({ projectId, mode, fix, onClose }: { readonly projectId: string; readonly mode: string; readonly fix: Finding['fixes'][number]; readonly onClose: () => void }): ReactElement {
  const [diff, setDiff] = useState<string | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const [working, setWorking] = useState(false);

  useEffect(() => {
    let current = true;
    runFix(projectId, mode, fix.id, true).then(
      (result) => current && setDiff(result.diff),
      (failure: unknown) => current && setError(toAppError(failure)),
    );
    return () => {
      current = false;
    };
  }, [projectId, mode, fix.id]);

  async function apply(): Promise<void> {
    setWorking(true);
    setError(null);
    try {
      await runFix(projectId, mode, fix.id, false);
      onClose();
    } catch (failure) {
      setError(toAppError(failure));
      setWorking(false);
    }
  }

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
          <Button look="primary" data-testid="fix-apply" disabled={diff === null || working} onClick={() => void apply()}>
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

/** Runs a fix, or only works out what it would change. Rejects with the failure of the operation. */
async function runFix(projectId: string, mode: string, fixId: string, dryRun: boolean): Promise<{ readonly diff: string }> {
  const { operationId } = await start('checks.fix', { project: projectId, ...(mode === '' ? {} : { mode }), fixes: [fixId], dryRun });
  const operation = await call('operations.wait', { id: operationId, timeoutMs: 120_000 });
  if (operation.error !== null) throw new AppError(operation.error.code, operation.error.message, { hint: operation.error.hint, where: operation.error.where });
  const result = operation.result as { readonly diff?: unknown } | null;
  return { diff: typeof result?.diff === 'string' ? result.diff : '' };
}
