import { useCallback, useRef, useState, type ReactElement } from 'react';
import { File as FileIcon, Folder, Plus } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call } from '../../lib/client';
import { mebibytes, thousands } from '../../lib/format';
import { setUi, useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { FilterBox } from '../../ui/filter-box';
import { ExcludeDialog } from './exclude-dialog';
import { ExplainField } from './explain-field';
import { PathList } from './path-list';
import type { PanelProps } from './workspaces-panels';

type Excluded = OutputOf<'workspaces.excluded'>;
type Entry = Excluded['entries'][number];

const LIMIT = 2_000;

/** What stays on this machine and which rule says so, what is worth leaving out, and the editor of one's own rules. */
export function ExcludedPanel({ project, status, busy }: PanelProps): ReactElement {
  const filter = useStore((state) => state.ui.filter);
  const [adding, setAdding] = useState<{ readonly name: string; readonly patterns: string } | null>(null);
  // What is left out changes with the files; how many there are says when.
  const turn = status.workspaces.map((one) => `${one.name} ${String(one.excluded)}`).join();
  const asked = useAnswer(useCallback(() => call('workspaces.excluded', { project: project.id, limit: LIMIT }).then((found) => ({ found, turn })), [project.id, turn]));
  const found = asked.value?.found ?? null;
  const names = status.workspaces.map((one) => one.name);
  const add = (patterns: string, path: string): void => setAdding({ name: names.find((name) => path === name || path.startsWith(`${name}/`)) ?? names[0] ?? '', patterns });
  return (
    <div className="ws-split" data-testid="excluded-panel">
      <div className="ws-split-main">
        {asked.error !== null && <ErrorBox error={asked.error} actions={<Button size="small" onClick={asked.again}>{say.actions.retry}</Button>} />}
        {found === null && asked.error === null && <Skeleton rows={6} label={words.excluded.reading} />}
        {found !== null && <Entries found={found} filter={filter} canAdd={names.length > 0 && !busy} onAdd={() => add('', filter)} />}
      </div>
      <aside className="ws-split-aside scroll" tabIndex={0} aria-label={words.excluded.defaults}>
        <ExplainField projectId={project.id} />
        {found !== null && found.suggestions.length > 0 && <Suggestions suggestions={found.suggestions} busy={busy} onAdd={add} />}
        {found !== null && (
          <section className="ws-aside-part">
            <h2>{words.excluded.defaults}</h2>
            <p className="dim">{words.excluded.defaultsText}</p>
            <ul className="ws-defaults" data-testid="default-excludes">
              {found.defaults.map((rule) => (
                <li key={rule}>
                  <code>{rule}</code>
                </li>
              ))}
            </ul>
          </section>
        )}
      </aside>
      {adding !== null && <ExcludeDialog project={project} names={names} name={adding.name} patterns={adding.patterns} onClose={() => setAdding(null)} />}
    </div>
  );
}

function Entries({ found, filter, canAdd, onAdd }: { readonly found: Excluded; readonly filter: string; readonly canAdd: boolean; readonly onAdd: () => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null);
  const wanted = filter.trim().toLowerCase();
  const shown = found.entries.filter((entry) => entry.path.toLowerCase().includes(wanted) || entry.rule.toLowerCase().includes(wanted));
  return (
    <>
      <div className="ws-bar">
        <FilterBox value={filter} onChange={(text) => setUi({ filter: text })} label={words.excluded.filter} inputRef={input} testId="excluded-filter" />
        <span className="faint grow" data-testid="excluded-count">
          {words.excluded.shown(shown.length, wanted === '' ? found.more : 0)}
        </span>
        <Button size="small" icon={<Plus size={13} />} disabled={!canAdd} data-testid="exclude-add" onClick={onAdd}>
          {words.excluded.add}
        </Button>
      </div>
      {shown.length === 0 && <p className="dim ws-none">{wanted === '' ? words.excluded.none : words.excluded.nothing(filter)}</p>}
      {shown.length > 0 && <PathList items={shown} label={words.excluded.list} testId="excluded-list" filterRef={input} keyOf={(entry) => entry.path} row={(entry) => <EntryRow entry={entry} />} />}
    </>
  );
}

function EntryRow({ entry }: { readonly entry: Entry }): ReactElement {
  const Icon = entry.folder ? Folder : FileIcon;
  return (
    <>
      <Icon size={14} aria-hidden="true" />
      <span className="ellipsis grow selectable" title={entry.path}>
        {entry.path}
        {entry.folder && !entry.path.endsWith('/') ? '/' : ''}
      </span>
      <code className="ws-rule ellipsis" title={entry.rule}>
        {entry.rule}
      </code>
      <span className="faint ws-source ellipsis" title={entry.source}>
        {entry.source === 'default' ? words.excluded.always : entry.source}
      </span>
      <span className="ws-size">{entry.bytes === null ? '–' : mebibytes(entry.bytes)}</span>
    </>
  );
}

function Suggestions({ suggestions, busy, onAdd }: { readonly suggestions: Excluded['suggestions']; readonly busy: boolean; readonly onAdd: (patterns: string, path: string) => void }): ReactElement {
  return (
    <section className="ws-aside-part" data-testid="exclude-suggestions">
      <h2>{words.excluded.suggestions}</h2>
      <ul>
        {suggestions.map((one) => (
          <li key={one.path} className="ws-suggestion">
            <div className="grow">
              <p className="selectable ws-break">
                <code>{one.path}</code>
              </p>
              <p className="dim">{one.reason}</p>
              <p className="faint">{words.excluded.suggestion(thousands(one.files), mebibytes(one.bytes))}</p>
            </div>
            <Button size="small" disabled={busy} aria-label={words.excluded.leaveOutOf(one.pattern)} data-testid={`suggest-${one.path}`} onClick={() => onAdd(one.pattern, one.path)}>
              {words.excluded.leaveOut}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
