import { useCallback, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call, start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { Ago } from '../../ui/time';
import { RestorePreview } from './restore-preview';
import { asksForForce, canRestore, firstChoice, onlyOf, scopesOf, ticksOf, type RestorePlan, type Scope, type ScopeForm } from './restore-scope';
import { restoreWords } from './snapshot-words';
import { snapshotTitle, type Snapshot } from './snapshots-answer';
import { mebibytes } from '../../lib/format';

interface RestoreSheetProps {
  readonly project: Project;
  readonly snapshot: Snapshot;
  /** It was not chosen by a person, but is the last good one. */
  readonly isLastGood?: boolean;
  readonly can: boolean;
  readonly onClose: () => void;
}

/** What a restore would do, before it does: what changes, what is in the way, who is down. */
export function RestoreSheet({ project, snapshot, isLastGood = false, can, onClose }: RestoreSheetProps): ReactElement {
  const [form, setForm] = useState<ScopeForm>(() => ({ scope: 'all', service: snapshot.services[0]?.name ?? '', ticked: firstChoice(snapshot.parts) }));
  const [force, setForce] = useState(false);
  const only = onlyOf(form);
  const key = JSON.stringify({ project: project.id, id: snapshot.id, ...(only === undefined ? {} : { only }) });
  // A plan is of what was chosen when it was asked for; an older one is not shown for it.
  const answer = useAnswer(useCallback(async () => ({ key, plan: (JSON.parse(key) as { only?: string[] | null }).only === null ? null : await call('snapshots.plan-restore', JSON.parse(key) as { project: string; id: string; only?: string[] }) }), [key]));
  const plan = answer.error === null && answer.value?.key === key ? answer.value.plan : null;
  return (
    <ConfirmDialog
      kind="sheet"
      testId="restore-sheet"
      title={words.restore.title(snapshotTitle(snapshot))}
      lead={
        <>
          {isLastGood && <>{words.restore.lastGood}, </>}
          <Ago at={snapshot.createdAt} />. {words.restore.lead}
        </>
      }
      confirm={words.restore.confirm}
      working={words.restore.working}
      confirmTestId="restore-confirm"
      ready={can && plan !== null && canRestore(plan, force)}
      note={plan !== null && <Bytes plan={plan} />}
      act={() => start('snapshots.restore', { project: project.id, id: snapshot.id, ...(only == null ? {} : { only: [...only] }), force })}
      onDone={onClose}
      onClose={onClose}
    >
      <ScopeFields snapshot={snapshot} form={form} onChange={setForm} />
      {only === null && <p className="faint">{words.restore.nothingChosen}</p>}
      {only !== null && answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {only !== null && plan === null && answer.error === null && <Skeleton rows={6} label={words.restore.planning} />}
      {plan !== null && (
        <>
          <p className="snap-summary" role="status" data-testid="restore-summary">
            {restoreWords(plan.steps, plan.services)}
          </p>
          {asksForForce(plan) && (
            <label className="tick snap-force">
              <input type="checkbox" checked={force} data-testid="restore-force" onChange={(event) => setForce(event.target.checked)} />
              <span>{words.restore.force}</span>
            </label>
          )}
          <RestorePreview plan={plan} />
        </>
      )}
    </ConfirmDialog>
  );
}

function Bytes({ plan }: { readonly plan: RestorePlan }): ReactElement {
  return (
    <span className="dim" data-testid="restore-bytes">
      {words.restore.bytes(mebibytes(plan.bytesToWrite))}
      {plan.freeBytes !== null && <span className="faint"> · {words.restore.free(mebibytes(plan.freeBytes))}</span>}
    </span>
  );
}

function ScopeFields({ snapshot, form, onChange }: { readonly snapshot: Snapshot; readonly form: ScopeForm; readonly onChange: (form: ScopeForm) => void }): ReactElement {
  const toggle = (word: string): void => {
    const ticked = new Set(form.ticked);
    if (!ticked.delete(word)) ticked.add(word);
    onChange({ ...form, ticked });
  };
  return (
    <>
      <div className="form-grid">
        <span className="label">{words.restore.scope}</span>
        <Choice<Scope> first label={words.restore.scope} value={form.scope} options={scopesOf(snapshot)} words={words.restore.scopes} testId="restore-scope" onChange={(scope) => onChange({ ...form, scope })} />
        {form.scope === 'service' && (
          <>
            <span className="label">{words.restore.service}</span>
            <Choice label={words.restore.service} value={form.service} options={snapshot.services.map((one) => one.name)} words={{}} testId="restore-service" onChange={(service) => onChange({ ...form, service })} />
          </>
        )}
      </div>
      {form.scope === 'parts' && (
        <fieldset className="snap-ticks-of" data-testid="restore-parts">
          <legend>{words.restore.parts}</legend>
          {ticksOf(snapshot.parts).map((tick) => (
            <label key={tick.word} className="snap-tick">
              <input type="checkbox" checked={form.ticked.has(tick.word)} data-testid={`tick-${tick.word}`} onChange={() => toggle(tick.word)} />
              <span className="ellipsis grow" title={tick.text}>
                {tick.text}
              </span>
              <span className="snap-number dim">{mebibytes(tick.sizeBytes)}</span>
            </label>
          ))}
          <p className="faint snap-detail">{words.restore.partsText}</p>
        </fieldset>
      )}
    </>
  );
}
