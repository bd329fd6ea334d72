import { useId, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { RotateCcw } from 'lucide-react';
import type { AppError } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { machineWords as words } from '../../locales/en/machine';
import { call } from '../../lib/client';
import type { Setting } from '../../lib/model';
import { setModel } from '../../lib/store';
import { useAct } from '../../lib/use-act';
import { IconButton } from '../../ui/button';
import { Switch } from '../../ui/switch';
import { isText, typedValue, unitOf } from './setting-groups';

/** What is being done to a setting: what is typed, whether it is saved, what was refused. */
interface SettingEdit {
  /** What is being typed; null shows the setting as it is, also when another door changes it. */
  readonly draft: string | null;
  readonly working: boolean;
  readonly failure: AppError | null;
  readonly type: (text: string) => void;
  readonly save: (value: unknown) => void;
  /** Saves what was typed, if anything was. */
  readonly commit: () => void;
  readonly takeBack: () => void;
}

function useSettingEdit(setting: Setting): SettingEdit {
  const [draft, setDraft] = useState<string | null>(null);
  const { working, failure, run, clear } = useAct();
  const save = (value: unknown): void =>
    run(async () => {
      const saved = await call('settings.set', { key: setting.key, value });
      setModel((model) => ({ ...model, settings: model.settings?.map((one) => (one.key === saved.key ? saved : one)) ?? null }));
    }, () => setDraft(null));
  const takeBack = (): void => {
    setDraft(null);
    clear();
  };
  const commit = (): void => {
    if (draft === null || working) return;
    if (draft.trim() === String(setting.value)) takeBack();
    else save(typedValue(setting, draft));
  };
  return { draft, working, failure, type: setDraft, save, commit, takeBack };
}

/** One setting: what it does, what it is, what it may be, and the way back to its default. Enter on the row goes into its field. */
export function SettingRow({ setting, children }: { readonly setting: Setting; /** Stands below what it does. */ readonly children?: ReactNode }): ReactElement {
  const id = useId();
  const edit = useSettingEdit(setting);
  const { failure } = edit;
  const isChanged = setting.value !== setting.default;

  function onRowKey(event: KeyboardEvent<HTMLLIElement>): void {
    if (event.key !== 'Enter' || event.target !== event.currentTarget) return;
    event.preventDefault();
    const field = event.currentTarget.querySelector<HTMLInputElement | HTMLSelectElement>('input, select');
    field?.focus();
    if (field instanceof HTMLInputElement) field.select();
  }

  return (
    <li className="setting-row" data-row tabIndex={-1} data-testid={`setting-${setting.key}`} data-changed={isChanged} aria-labelledby={`${id}title`} onKeyDown={onRowKey}>
      <div className="setting-words">
        <p className="setting-title">
          {setting.choices !== undefined && setting.choices.length <= RADIOS ? (
            <span id={`${id}title`}>{setting.title}</span>
          ) : (
            <label id={`${id}title`} htmlFor={`${id}field`}>
              {setting.title}
            </label>
          )}
          <code className="faint selectable">{setting.key}</code>
        </p>
        <p className="dim" id={`${id}what`}>
          {setting.description}
        </p>
        {children}
      </div>
      <div className="setting-field">
        <div className="setting-value">
          {typeof setting.default === 'boolean' ? <OnOff setting={setting} edit={edit} id={id} /> : setting.choices !== undefined ? <OneOf setting={setting} choices={setting.choices} edit={edit} id={id} /> : <TypedField setting={setting} edit={edit} id={id} />}
          {isChanged && (
            <IconButton label={say.settings.reset(setting.title, shown(setting.default))} disabled={edit.working} onClick={() => edit.save(setting.default)}>
              <RotateCcw size={14} />
            </IconButton>
          )}
        </div>
        <p id={`${id}may`} className={failure === null ? 'setting-may faint' : 'setting-may field-error selectable'} role={failure === null ? undefined : 'alert'}>
          {failure?.message ?? say.settings.may(typeof setting.default === 'boolean' || setting.choices !== undefined ? '' : setting.range, shown(setting.default))}
        </p>
      </div>
    </li>
  );
}

interface FieldProps {
  readonly setting: Setting;
  readonly edit: SettingEdit;
  /** The beginning of the ids of the row: its title, its description, what it may be, its field. */
  readonly id: string;
}

function OnOff({ setting, edit, id }: FieldProps): ReactElement {
  return (
    <Switch id={`${id}field`} aria-labelledby={`${id}title`} aria-describedby={`${id}what ${id}may`} checked={setting.value === true} disabled={edit.working} onChange={(event) => edit.save(event.target.checked)}>
      <span className="dim">{shown(setting.value === true)}</span>
    </Switch>
  );
}

/** So few are seen at once. */
const RADIOS = 3;

function OneOf({ setting, choices, edit, id }: FieldProps & { readonly choices: readonly string[] }): ReactElement {
  if (choices.length <= RADIOS) {
    return (
      <div className="choices" role="radiogroup" aria-labelledby={`${id}title`} aria-describedby={`${id}what ${id}may`}>
        {choices.map((choice) => (
          <label key={choice}>
            <input type="radio" name={setting.key} value={choice} checked={setting.value === choice} disabled={edit.working} data-testid={`${setting.key.split('.').at(-1) ?? ''}-${choice}`} onChange={() => edit.save(choice)} />
            {shown(choice)}
          </label>
        ))}
      </div>
    );
  }
  return (
    <select id={`${id}field`} className="select" aria-describedby={`${id}what ${id}may`} value={String(setting.value)} disabled={edit.working} onChange={(event) => edit.save(event.target.value)}>
      {choices.map((choice) => (
        <option key={choice} value={choice}>
          {shown(choice)}
        </option>
      ))}
    </select>
  );
}

/** A number or a text. Enter or leaving the field saves; Esc takes back what was typed, then goes back to the row. */
function TypedField({ setting, edit, id }: FieldProps): ReactElement {
  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.key === 'Enter') edit.commit();
    else if (event.key !== 'Escape') return;
    else if (edit.draft === null) event.currentTarget.closest('li')?.focus();
    else edit.takeBack();
    event.stopPropagation();
  }
  return (
    <>
      <input id={`${id}field`} className={isText(setting) ? 'text-field mono' : 'number-field'} type="text" inputMode={isText(setting) ? 'text' : 'numeric'} autoComplete="off" spellCheck={false} aria-describedby={`${id}what ${id}may`} aria-invalid={edit.failure !== null} value={edit.draft ?? String(setting.value)} onChange={(event) => edit.type(event.target.value)} onKeyDown={onKeyDown} onBlur={edit.commit} />
      <span className="dim">{unitOf(setting.key)}</span>
    </>
  );
}

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? say.settings.on : say.settings.off;
  if (value === '') return words.keep.empty;
  return say.settings.choices[String(value)] ?? String(value);
}
