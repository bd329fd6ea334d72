import { useCallback, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call, start } from '../../lib/client';
import { mebibytes } from '../../lib/format';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { TextRow } from '../../ui/fields';
import { createInput, firstTicks, partGroups, partKey, tickedBytes, type ConsistencyChoice, type CreatePlan, type PlannedPart } from './create-input';
import { CONSISTENCY_WORDS, partWords } from './snapshot-words';
import type { SnapshotsStatus } from './snapshots-answer';

const CHOICES: readonly ConsistencyChoice[] = ['auto', 'hook', 'stop', 'pause', 'live'];

/** What a snapshot would hold and what is held up for it; ticks for what is not always in it. */
export function CreateDialog({ project, status, onClose }: { readonly project: Project; readonly status: SnapshotsStatus; readonly onClose: () => void }): ReactElement {
  const plan = useAnswer(useCallback(() => call('snapshots.plan-create', { project: project.id }), [project.id]));
  const [tag, setTag] = useState('');
  const [repository, setRepository] = useState(status.settings.repository);
  const [consistency, setConsistency] = useState<ConsistencyChoice>('auto');
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const online = plan.value !== null;
  const parts = plan.value?.parts ?? [];
  const ticked = chosen ?? firstTicks(parts);
  const tick = (part: PlannedPart): void => {
    const next = new Set(ticked);
    if (!next.delete(partKey(part))) next.add(partKey(part));
    setChosen(next);
  };
  const names = status.repositories.map((one) => one.name);
  const bytes = tickedBytes(parts, ticked);
  return (
    <ConfirmDialog
      testId="create-dialog"
      title={words.create.title}
      lead={words.create.lead}
      confirm={words.create.confirm}
      working={words.create.working}
      confirmTestId="create-confirm"
      ready={online}
      note={online && <span className="dim" data-testid="create-total">{bytes === null ? words.create.unknownSize : words.create.total(mebibytes(bytes))}</span>}
      act={() => start('snapshots.create', { project: project.id, ...createInput(parts, { tag, repository, consistency, ticked }, status.settings.repository) })}
      onDone={onClose}
      onClose={onClose}
    >
      <div className="form-grid">
        <TextRow first label={words.create.tag} value={tag} placeholder={words.create.tagHint} testId="create-tag" onChange={setTag} />
        {names.length > 1 && (
          <>
            <span className="label">{words.create.repository}</span>
            <Choice label={words.create.repository} value={repository} options={names} words={{}} testId="create-repository" onChange={setRepository} />
          </>
        )}
        <span className="label">{words.create.consistency}</span>
        <Choice label={words.create.consistency} value={consistency} options={CHOICES} words={words.create.choices} testId="create-consistency" onChange={setConsistency} />
      </div>
      {plan.error !== null && <ErrorBox error={plan.error} actions={<Button size="small" onClick={plan.again}>{say.actions.retry}</Button>} />}
      {plan.value === null && plan.error === null && <Skeleton rows={5} label={words.create.reading} />}
      {plan.value !== null && <Parts plan={plan.value} ticked={ticked} planned={consistency === 'auto'} onTick={tick} />}
    </ConfirmDialog>
  );
}

function Parts({ plan, ticked, planned, onTick }: { readonly plan: CreatePlan; readonly ticked: ReadonlySet<string>; readonly planned: boolean; readonly onTick: (part: PlannedPart) => void }): ReactElement {
  const groups = partGroups(plan.parts);
  return (
    <>
      {plan.notes.length > 0 && (
        <ul className="snap-lines snap-amber" data-testid="create-notes">
          {plan.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <section className="snap-ticks-of">
        <h2>{words.create.always}</h2>
        <p className="dim">{groups.always.map((part) => partWords(part)).join(', ')}</p>
      </section>
      {(['volumes', 'binds', 'buckets'] as const).map((name) =>
        groups[name].length === 0 ? null : (
          <fieldset key={name} className="snap-ticks-of" data-testid={`create-${name}`}>
            <legend>{words.create[name]}</legend>
            {groups[name].map((part) => (
              <label key={partKey(part)} className="snap-tick">
                <input type="checkbox" checked={ticked.has(partKey(part))} data-testid={`tick-${part.name}`} onChange={() => onTick(part)} />
                <span className="grow">
                  <span className="snap-tick-head">
                    <strong className="ellipsis" title={part.name}>
                      {part.name}
                    </strong>
                    {planned && part.consistency !== 'none' && <span className="dim snap-fixed">{CONSISTENCY_WORDS[part.consistency]}</span>}
                    <span className="snap-number">{part.sizeBytes === null ? words.numbers.none : mebibytes(part.sizeBytes)}</span>
                  </span>
                  {planned && part.detail !== '' && <span className="faint snap-detail">{part.detail}</span>}
                </span>
              </label>
            ))}
          </fieldset>
        ),
      )}
    </>
  );
}
