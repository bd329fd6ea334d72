import { lazy, Suspense, useState, type ReactElement } from 'react';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import type { Answer } from '../../lib/use-answer';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { OrderedList } from './ordered-list';
import { VersionList } from './version-list';

const RulesTextEditor = lazy(async () => ({ default: (await import('./rules-text-editor')).RulesTextEditor }));

const words = gitopsWords.rules;

/** Which copy is kept: each list from the highest to the lowest. */
export interface Rules {
  readonly directories: readonly string[];
  readonly names: readonly string[];
  readonly metadata: readonly string[];
}

export interface RulesVersion {
  readonly version: number;
  readonly at: string | null;
  readonly note: string;
}

/** How many groups would keep another file. */
export interface RulesEffect {
  readonly changed: number;
  readonly groups: number;
}

interface RulesSheetProps {
  readonly now: Rules;
  readonly versions: readonly RulesVersion[];
  readonly draft: Rules;
  readonly effect: Answer<RulesEffect | null>;
  readonly onDraft: (rules: Rules) => void;
  readonly onSave: (note: string) => Promise<unknown>;
  readonly onBack: (version: number) => Promise<unknown>;
  readonly onClose: () => void;
}

/** The hierarchy of a project: three ordered lists, what a change of them would do, and the versions there were. */
export function RulesSheet({ now, versions, draft, effect, onDraft, onSave, onBack, onClose }: RulesSheetProps): ReactElement {
  const { working, failure, run } = useAct();
  const [note, setNote] = useState('');
  const [asText, setAsText] = useState(false);
  const [isWrong, setWrong] = useState(false);
  const isChanged = JSON.stringify(now) !== JSON.stringify(draft);
  return (
    <ConfirmDialog
      kind="sheet"
      testId="gitops-rules"
      title={words.title}
      lead={words.lead}
      confirm={words.save}
      confirmTestId="rules-save"
      ready={isChanged && !isWrong && !working && effect.error === null}
      note={
        <span className="dim" role="status" data-testid="rules-effect">
          {!isChanged ? words.same : effect.error !== null ? effect.error.message : effect.value === null ? words.counting : words.effect(effect.value.changed, effect.value.groups)}
        </span>
      }
      act={() => onSave(note)}
      onDone={() => undefined}
      onClose={onClose}
    >
      {failure !== null && <ErrorBox error={failure} />}
      <div className="segments rules-form" role="group" aria-label={words.how}>
        {([false, true] as const).map((text) => (
          <button key={String(text)} type="button" aria-pressed={asText === text} data-testid={text ? 'rules-as-yaml' : 'rules-as-lists'} onClick={() => (setWrong(false), setAsText(text))}>
            {text ? words.asYaml : words.asLists}
          </button>
        ))}
      </div>
      {asText ? (
        <Suspense fallback={<Skeleton rows={8} label={words.counting} />}>
          <RulesTextEditor draft={draft} onDraft={onDraft} onProblem={setWrong} />
        </Suspense>
      ) : (
        <>
          <OrderedList title={words.directories} hint={words.directoriesHint} placeholder="/production/" entries={draft.directories} testId="rules-directories" onChange={(directories) => onDraft({ ...draft, directories })} />
          <OrderedList title={words.names} hint={words.namesHint} placeholder="main.yaml" entries={draft.names} testId="rules-names" onChange={(names) => onDraft({ ...draft, names })} />
          <OrderedList title={words.metadata} hint={words.metadataHint} placeholder="managed=true" entries={draft.metadata} testId="rules-metadata" onChange={(metadata) => onDraft({ ...draft, metadata })} />
        </>
      )}
      <label className="rules-note">
        <span className="dim">{words.note}</span>
        <input className="text-field" type="text" autoComplete="off" value={note} data-testid="rules-note" onChange={(event) => setNote(event.target.value)} />
      </label>
      <h2>{words.versions}</h2>
      <VersionList versions={versions} current={versions.at(-1)?.version ?? null} testId="rules" disabled={working} onBack={(version) => run(() => onBack(version), () => undefined)} />
    </ConfirmDialog>
  );
}

/** Stands in its place until the rules are there. */
export function RulesLoading({ answer, onClose }: { readonly answer: Pick<Answer<unknown>, 'error' | 'again'>; readonly onClose: () => void }): ReactElement {
  return (
    <Dialog kind="sheet" testId="gitops-rules" title={words.title} lead={words.lead} onClose={onClose}>
      {answer.error === null ? <Skeleton rows={8} label={words.counting} /> : <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
    </Dialog>
  );
}
