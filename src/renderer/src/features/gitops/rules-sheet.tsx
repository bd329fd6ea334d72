import { useState, type ReactElement } from 'react';
import { History } from 'lucide-react';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import type { Answer } from '../../lib/use-answer';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { Ago } from '../../ui/time';
import { OrderedList } from './ordered-list';

const words = gitopsWords.rules;

/** Which copy is kept: each list from the highest to the lowest. */
export interface Rules {
  readonly directories: readonly string[];
  readonly names: readonly string[];
  readonly metadata: readonly string[];
}

export interface RulesVersion {
  readonly version: number;
  readonly at: string;
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
  const isChanged = JSON.stringify(now) !== JSON.stringify(draft);
  return (
    <Dialog
      kind="sheet"
      testId="gitops-rules"
      title={words.title}
      lead={words.lead}
      onClose={onClose}
      footer={
        <>
          <span className="dim" role="status" data-testid="rules-effect">
            {!isChanged ? words.same : effect.error !== null ? effect.error.message : effect.value === null ? words.counting : words.effect(effect.value.changed, effect.value.groups)}
          </span>
          <span className="grow" />
          <Button onClick={onClose}>{say.actions.cancel}</Button>
          <Button look="primary" disabled={!isChanged || working || effect.error !== null} data-testid="rules-save" onClick={() => run(() => onSave(note), () => undefined)}>
            {words.save}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox error={failure} />}
      <OrderedList title={words.directories} hint={words.directoriesHint} placeholder="/production/" entries={draft.directories} testId="rules-directories" onChange={(directories) => onDraft({ ...draft, directories })} />
      <OrderedList title={words.names} hint={words.namesHint} placeholder="main.yaml" entries={draft.names} testId="rules-names" onChange={(names) => onDraft({ ...draft, names })} />
      <OrderedList title={words.metadata} hint={words.metadataHint} placeholder="managed=true" entries={draft.metadata} testId="rules-metadata" onChange={(metadata) => onDraft({ ...draft, metadata })} />
      <label className="rules-note">
        <span className="dim">{words.note}</span>
        <input className="text-field" type="text" autoComplete="off" value={note} data-testid="rules-note" onChange={(event) => setNote(event.target.value)} />
      </label>
      <h2>{words.versions}</h2>
      <ul className="rules-versions" data-testid="rules-versions">
        {[...versions].reverse().map((one, index) => (
          <li key={one.version}>
            <span className="grow ellipsis">
              {words.version(one.version)} <span className="faint">{one.note}</span>
            </span>
            <span className="faint">{one.version > 1 && <Ago at={one.at} />}</span>
            {index === 0 ? (
              <span className="faint">{words.current}</span>
            ) : (
              <Button size="small" icon={<History size={13} />} disabled={working} data-testid={`rules-back-${String(one.version)}`} onClick={() => run(() => onBack(one.version), () => undefined)}>
                {words.back}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
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
