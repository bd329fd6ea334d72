import { useCallback, type ReactElement } from 'react';
import { en } from '../../locales/en';
import { call } from '../../lib/client';
import { runOperation } from '../../lib/run-operation';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PlanDocument } from '../../ui/plan-document';

/** What giving a service a preset changes in the files, before it is done. */
export function PresetDialog({ projectId, service, preset, notice, onClose }: { readonly projectId: string; readonly service: string; readonly preset: 'current' | 'combined' | 'none'; readonly notice: string; readonly onClose: (changed: boolean) => void }): ReactElement {
  const plan = useAnswer(useCallback(() => call('operations.preview', { name: 'services.resources', input: { project: projectId, service, preset } }), [projectId, service, preset]));
  const { working, failure, run } = useAct();
  const apply = (): void => run(() => runOperation('services.resources', { project: projectId, service, preset }), () => onClose(true));

  return (
    <Dialog
      kind="modal"
      testId="preset-dialog"
      title={en.resources.dialogTitle(service, en.resources.presetNames[preset])}
      lead={notice === '' ? undefined : notice}
      onClose={() => onClose(false)}
      footer={
        <>
          <span className="grow" />
          <Button onClick={() => onClose(false)}>{en.actions.cancel}</Button>
          <Button look="primary" data-testid="preset-apply" disabled={plan.value === null || working} onClick={apply}>
            {working ? en.resources.applying : en.resources.apply}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox error={failure} />}
      {plan.error !== null && <ErrorBox error={plan.error} actions={<Button size="small" onClick={plan.again}>{en.actions.retry}</Button>} />}
      {plan.value === null && plan.error === null && <Skeleton rows={4} height={24} label={en.fix.loading} />}
      {plan.value !== null && <PlanDocument plan={plan.value} />}
    </Dialog>
  );
}
