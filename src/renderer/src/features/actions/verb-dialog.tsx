import { useCallback, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { verbsWords } from '../../locales/en/verbs';
import { start } from '../../lib/client';
import { codeSpans } from '../../lib/markdown-lines';
import type { ModePlan } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { goTo } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { CopyCommand } from '../../ui/copy-command';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PlanChanges } from '../../ui/plan-changes';
import type { ActionProps } from './action-dialog';
import './actions.css';

const MOST_CONTAINERS = 100;

/** Removes the containers of a service, or says how many of it run: first what that does, then the button. */
export function VerbDialog({ verb, project, services, service, onClose }: ActionProps & { readonly verb: 'remove' | 'scale' }): ReactElement {
  const names = services.map((one) => one.name);
  const [chosen, setChosen] = useState(service ?? (verb === 'scale' ? (names[0] ?? '') : ''));
  const [wanted, setWanted] = useState(() => Math.max(1, services.find((one) => one.name === chosen)?.containerIds.length ?? 1));
  const words = verbsWords[verb];
  const key = `${chosen} ${String(wanted)}`;
  const preview = useAnswer(
    useCallback(async () => {
      if (verb === 'scale' && chosen === '') return { key, result: null };
      const ask = verb === 'scale' ? runOperation('services.scale', { project: project.id, service: chosen, count: wanted, dryRun: true }) : runOperation('services.remove', { project: project.id, services: chosen === '' ? [] : [chosen], dryRun: true });
      return { key, result: await ask };
    }, [verb, project.id, chosen, wanted, key]),
  );
  // Only what was shown is agreed to: another choice is another answer.
  const result = preview.error === null && preview.value?.key === key ? preview.value.result : null;
  const changes = changesOf(result?.['plan']);
  const done = (): void => {
    goTo('project');
    onClose();
  };
  const command = verb === 'scale' ? `berth services scale ${chosen} ${String(wanted)}` : `berth services remove${chosen === '' ? '' : ` ${chosen}`}`;
  return (
    <ConfirmDialog
      testId={`${verb}-dialog`}
      title={words.title}
      lead={words.lead}
      confirm={words.confirm}
      working={say.plan.working}
      confirmTestId={`${verb}-confirm`}
      ready={result !== null && changes.length > 0}
      note={<CopyCommand command={command} label={say.plan.command} />}
      act={() => (verb === 'scale' ? start('services.scale', { project: project.id, service: chosen, count: wanted }) : start('services.remove', { project: project.id, services: chosen === '' ? [] : [chosen] }))}
      onDone={done}
      onClose={onClose}
    >
      <div className="form-grid">
        <span className="label">{say.schedules.service}</span>
        <Choice first label={say.schedules.service} value={chosen} options={verb === 'scale' ? names : ['', ...names]} words={{ '': say.schedules.allServices }} onChange={setChosen} />
        {verb === 'scale' && (
          <>
            <label className="label" htmlFor="scale-count">
              {verbsWords.count}
            </label>
            <input id="scale-count" className="number-field" data-testid="scale-count" type="text" inputMode="numeric" autoComplete="off" value={wanted} onChange={(event) => setWanted(countOf(event.target.value))} />
          </>
        )}
      </div>
      {preview.error !== null && <ErrorBox error={preview.error} actions={<Button size="small" onClick={preview.again}>{say.actions.retry}</Button>} />}
      {result === null && preview.error === null && <Skeleton rows={2} height={24} label={verbsWords.loading} />}
      {result !== null && (
        <div data-testid="verb-preview">
          {changes.length === 0 ? <p className="dim">{verbsWords.nothing}</p> : <PlanChanges changes={changes} />}
          {volumesOf(result['volumes']).map((one) => (
            <p key={`${one.service} ${one.target}`} className="dim clean-kept" data-testid="verb-volume">
              {verbsWords.volumeGoes(one.service, one.target)}
            </p>
          ))}
          {textsOf(result['notes']).map((note) => (
            <p key={note} className="dim clean-kept">
              {codeSpans(note).map((span, index) => (span.code ? <code key={index}>{span.text}</code> : <span key={index}>{span.text}</span>))}
            </p>
          ))}
        </div>
      )}
    </ConfirmDialog>
  );
}

function countOf(text: string): number {
  const number = Number.parseInt(text, 10);
  return Number.isNaN(number) ? 0 : Math.min(MOST_CONTAINERS, Math.max(0, number));
}

function changesOf(plan: unknown): ModePlan['changes'] {
  const changes = typeof plan === 'object' && plan !== null && 'changes' in plan ? (plan as Pick<ModePlan, 'changes'>).changes : [];
  return changes.filter((one) => one.action !== 'keep');
}

function volumesOf(value: unknown): readonly { readonly service: string; readonly target: string }[] {
  return Array.isArray(value) ? (value as readonly { readonly service: string; readonly target: string }[]) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
