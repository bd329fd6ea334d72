import { useCallback, useMemo, useState, type ReactElement } from 'react';
import { Eye, EyeOff, Plus, Trash2 } from 'lucide-react';
import { envNameObstacle, scanEnv, withoutEntry, withValue, withVariable } from '@shared/domain/files/env-text';
import { tellsSecret } from '@shared/kernel/telling-names';
import { filesWords as words } from '../../locales/en/files';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { visibleText } from '../../lib/visible-text';
import { Button, IconButton } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { StateMark } from '../../ui/state-mark';
import { envRows, type EnvRow, type EnvUse } from './env-rows';

interface EnvTableProps {
  readonly project: Project;
  readonly path: string;
  readonly text: string;
  readonly readOnly: boolean;
  readonly onText: (text: string) => void;
}

/** The variables of an env file: their values, and who decides in place of whom. Comments, order and quotes of the text stay. */
export function EnvTable({ project, path, text, readOnly, onText }: EnvTableProps): ReactElement {
  const [mode, setMode] = useState(() => project.modes.find((one) => one.name === project.activeMode)?.name ?? project.modes[0]?.name ?? '');
  const [failed, setFailed] = useState<string | null>(null);
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  const answer = useAnswer(useCallback(() => call('compose.variables', { project: project.id, ...(mode === '' ? {} : { mode }) }).then((variables) => ({ variables, revision })), [project.id, mode, revision]));
  const variables = answer.value?.variables;
  const rows = useMemo(() => envRows(text, path, variables ?? []), [text, path, variables]);
  const { faults } = useMemo(() => scanEnv(text), [text]);

  function take(changed: string | undefined): boolean {
    setFailed(changed === undefined ? words.env.cannotBeWritten : null);
    if (changed !== undefined) onText(changed);
    return changed !== undefined;
  }

  return (
    <div className="env-table scroll" tabIndex={0} role="region" aria-label={words.env.table(path)} data-testid="env-table">
      {(faults.length > 0 || failed !== null) && (
        <p className="field-error env-note" role="alert">
          {failed ?? words.env.faults(faults.map((one) => one.line).join(', '))}
        </p>
      )}
      <table className="grid-table" aria-label={words.env.table(path)}>
        <thead>
          <tr>
            <th className="env-name">{words.env.name}</th>
            <th className="env-value">{words.env.value}</th>
            <th>
              <span className="env-decides" title={words.env.chain}>
                {words.env.decides}
                {project.modes.length > 1 && <Choice label={words.env.mode} value={mode} options={project.modes.map((one) => one.name)} words={{}} testId="env-mode" onChange={setMode} />}
              </span>
            </th>
            <th className="env-actions">
              <span className="hidden-text">{words.env.remove('')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.length === 0 && (
            <tr>
              <td colSpan={4} className="dim">
                {words.env.empty}
              </td>
            </tr>
          )}
          {rows.map((row, index) => (
            <Row key={`${String(index)} ${row.entry.name}`} row={row} readOnly={readOnly} known={variables !== undefined} onValue={(value) => take(withValue(text, row.entry, value))} onRemove={() => take(withoutEntry(text, row.entry))} />
          ))}
        </tbody>
        {!readOnly && <AddRow names={new Set(rows.map((row) => row.entry.name))} onAdd={(name, value) => take(withVariable(text, name, value))} />}
      </table>
    </div>
  );
}

function Row({ row, readOnly, known, onValue, onRemove }: { readonly row: EnvRow; readonly readOnly: boolean; readonly known: boolean; readonly onValue: (value: string) => boolean; readonly onRemove: () => void }): ReactElement {
  const { entry, overruledBy, uses } = row;
  const name = visibleText(entry.name);
  const [typed, setTyped] = useState<string | null>(null);
  const [revealed, setRevealed] = useState(false);
  const value = entry.value ?? '';
  // What a field of one line cannot show as it is, is changed in the text.
  const isPlain = visibleText(value) === value && !value.includes('\n');
  const isSecret = tellsSecret(entry.name) && entry.value !== null && entry.value !== '';
  const commit = (): void => {
    if (typed !== null && typed !== value) onValue(typed);
    setTyped(null);
  };
  return (
    <tr data-testid={`env-${name}`} data-overruled={overruledBy !== null} data-row tabIndex={-1}>
      <td className="env-name mono selectable" title={name}>
        {name}
      </td>
      <td className="env-value">
        <div className="env-value-field">
          <input
            className="text-field mono"
            type={isSecret && !revealed ? 'password' : 'text'}
            aria-label={words.env.valueOf(name)}
            autoComplete="off"
            spellCheck={false}
            readOnly={readOnly || !isPlain}
            title={isPlain ? undefined : words.env.inText}
            placeholder={entry.value === null ? words.env.fromElsewhere : ''}
            value={typed ?? visibleText(value)}
            data-testid={`env-value-${name}`}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={commit}
            onKeyDown={(event) => {
              if (event.key === 'Enter') commit();
              if (event.key === 'Escape') setTyped(null);
            }}
          />
          {isSecret && (
            <IconButton label={revealed ? words.env.hide(name) : words.env.reveal(name)} aria-pressed={revealed} data-testid={`env-reveal-${name}`} onClick={() => setRevealed(!revealed)}>
              {revealed ? <EyeOff size={14} /> : <Eye size={14} />}
            </IconButton>
          )}
        </div>
      </td>
      <td>{overruledBy !== null ? <Line mark="warn" text={words.env.twice(overruledBy)} /> : uses.length > 0 ? uses.map((use, index) => <Use key={index} use={use} />) : known && <Line mark="off" text={words.env.unused} />}</td>
      <td className="env-actions">
        {!readOnly && (
          <IconButton label={words.env.remove(name)} data-testid={`env-remove-${name}`} onClick={onRemove}>
            <Trash2 size={14} />
          </IconButton>
        )}
      </td>
    </tr>
  );
}

/** Who decides for one who wants the name. */
function Use({ use }: { readonly use: EnvUse }): ReactElement {
  const { service, chain, own } = use;
  const who = service === null ? words.env.forFiles : words.env.forService(service);
  const below = chain.slice(own + 1);
  const text = own === 0 ? words.env.inForce : own === -1 ? words.env.unused : words.env.hidden(chain[0] ?? '');
  return <Line mark={own === 0 ? 'good' : own === -1 ? 'off' : 'warn'} text={`${text} ${who}${own === 0 && below.length > 0 ? `, ${words.env.hides(below.join(', '))}` : ''}`} title={chain.join(' › ')} />;
}

function Line({ mark, text, title }: { readonly mark: 'good' | 'warn' | 'off'; readonly text: string; readonly title?: string }): ReactElement {
  return (
    <div className="env-use" title={title}>
      <StateMark mark={mark} />
      <span>{text}</span>
    </div>
  );
}

function AddRow({ names, onAdd }: { readonly names: ReadonlySet<string>; readonly onAdd: (name: string, value: string) => boolean }): ReactElement {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const obstacle = name === '' ? null : (envNameObstacle(name) ?? (names.has(name) ? words.env.notAgain(name) : null));
  const add = (): void => {
    if (name === '' || obstacle !== null || !onAdd(name, value)) return;
    setName('');
    setValue('');
  };
  return (
    <tfoot>
      <tr>
        <td className="env-name">
          <input className="text-field mono" aria-label={words.env.newName} aria-invalid={obstacle !== null} placeholder={words.env.newName} autoComplete="off" spellCheck={false} value={name} data-testid="env-new-name" onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && add()} />
        </td>
        <td className="env-value">
          <input className="text-field mono" type={tellsSecret(name) ? 'password' : 'text'} aria-label={words.env.newValue} autoComplete="off" spellCheck={false} value={value} data-testid="env-new-value" onChange={(event) => setValue(event.target.value)} onKeyDown={(event) => event.key === 'Enter' && add()} />
        </td>
        <td colSpan={2}>
          <span className="env-add">
            <Button size="small" icon={<Plus size={13} />} disabled={name === '' || obstacle !== null} data-testid="env-add" onClick={add}>
              {words.env.add}
            </Button>
            {obstacle !== null && <span className="field-error">{obstacle}</span>}
          </span>
        </td>
      </tr>
    </tfoot>
  );
}
