import { useEffect, useId, useState, type ReactElement } from 'react';
import { commandsWords as words } from '../../locales/en/commands';
import type { Project } from '../../lib/model';
import { useStore } from '../../lib/store';
import { Switch } from '../../ui/switch';
import { isOn, shownFields, type Entry, type Field, type Typed } from './command-form';
import { askedSuggestions, knownSuggestions, type Suggestion } from './suggestions';
import '../../ui/field.css';

interface CommandFieldsProps {
  readonly entry: Entry;
  readonly project: Project | null;
  readonly typed: Typed;
  readonly onType: (field: string, value: string | boolean) => void;
}

/** One row for each input. */
export function CommandFields({ entry, project, typed, onType }: CommandFieldsProps): ReactElement {
  const fields = shownFields(entry);
  const about = entry.fields.some((field) => field.name === 'project') && project !== null;
  return (
    <div className="command-fields">
      {about && (
        <>
          <span className="dim">{words.form.project}</span>
          <span>{project.name}</span>
        </>
      )}
      {fields.length === 0 && !about && <p className="dim">{words.form.none}</p>}
      {fields.map((field, index) => (
        <Row key={field.name} entry={entry} field={field} project={project} typed={typed} first={index === 0} onType={(value) => onType(field.name, value)} />
      ))}
    </div>
  );
}

function Row({ entry, field, project, typed, first, onType }: { readonly entry: Entry; readonly field: Field; readonly project: Project | null; readonly typed: Typed; readonly first: boolean; readonly onType: (value: string | boolean) => void }): ReactElement {
  const id = useId();
  const notes = [field.description, field.type === 'list' ? words.form.onePerLine : '', words.form.range(field.minimum, field.maximum), field.required || field.type === 'boolean' ? '' : words.form.optional].filter((note) => note !== '');
  return (
    <>
      <label htmlFor={id}>{labelOf(field.name)}</label>
      <div className="command-field">
        <Control id={id} noted={notes.length > 0} entry={entry} field={field} project={project} typed={typed} first={first} onType={onType} />
        {notes.length > 0 && (
          <p id={`${id}-note`} className="faint">
            {notes.join('; ')}
          </p>
        )}
      </div>
    </>
  );
}

function Control({ id, noted, entry, field, project, typed, first, onType }: { readonly id: string; readonly noted: boolean; readonly entry: Entry; readonly field: Field; readonly project: Project | null; readonly typed: Typed; readonly first: boolean; readonly onType: (value: string | boolean) => void }): ReactElement {
  const suggestions = useSuggestions(entry, field, project);
  const value = typed[field.name];
  const text = typeof value === 'string' ? value : '';
  const common = { id, 'data-testid': `field-${field.name}`, 'data-first': first ? '' : undefined, 'aria-describedby': noted ? `${id}-note` : undefined };
  if (field.type === 'boolean') return <Switch {...common} checked={isOn(field, typed)} onChange={(event) => onType(event.target.checked)} />;
  if (field.type !== 'list' && (field.choices.length > 0 || (suggestions.length > 0 && field.name === 'id' && entry.name.startsWith('projects.')))) {
    return (
      <select {...common} className="select" value={text} onChange={(event) => onType(event.target.value)}>
        <option value="">{field.defaultText ?? (field.required ? '–' : words.form.unchanged)}</option>
        {suggestions.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    );
  }
  if (field.type === 'list') {
    return (
      <>
        <textarea {...common} className="text-field command-area" rows={3} spellCheck={false} value={text} onChange={(event) => onType(event.target.value)} />
        {suggestions.length > 0 && <Ticks suggestions={suggestions} text={text} onType={onType} label={labelOf(field.name)} />}
      </>
    );
  }
  return (
    <>
      <input {...common} className="text-field" type={field.secret ? 'password' : 'text'} inputMode={field.type === 'number' ? 'numeric' : undefined} autoComplete="off" spellCheck={false} list={suggestions.length > 0 ? `${id}-list` : undefined} placeholder={field.defaultText} value={text} onChange={(event) => onType(event.target.value)} />
      {suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map((one) => (
            <option key={one.value} value={one.value} label={one.label} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** What a list can hold, to tick instead of typing it. */
function Ticks({ suggestions, text, label, onType }: { readonly suggestions: readonly Suggestion[]; readonly text: string; readonly label: string; readonly onType: (value: string) => void }): ReactElement {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  return (
    <div className="command-ticks" role="group" aria-label={label}>
      {suggestions.map((one) => (
        <label key={one.value} className="tick">
          <input type="checkbox" checked={lines.includes(one.value)} onChange={(event) => onType((event.target.checked ? [...lines, one.value] : lines.filter((line) => line !== one.value)).join('\n'))} />
          {one.label}
        </label>
      ))}
    </div>
  );
}

function useSuggestions(entry: Entry, field: Field, project: Project | null): readonly Suggestion[] {
  const model = useStore((state) => state.model);
  const [asked, setAsked] = useState<readonly Suggestion[]>([]);
  const known = knownSuggestions(entry, field, model, project);
  useEffect(() => {
    let current = true;
    // Without them one types: an engine that is away is no reason to show an error here.
    askedSuggestions(entry, field, project).then((all) => current && setAsked(all), () => undefined);
    return () => {
      current = false;
    };
  }, [entry, field, project]);
  return known.length > 0 ? known : asked;
}

/** `everySeconds` is Every seconds. */
function labelOf(name: string): string {
  const spaced = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
