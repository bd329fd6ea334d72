import { Command } from 'cmdk';
import { useMemo, useState, type KeyboardEvent, type ReactElement } from 'react';
import { say } from '../locales/say';
import { commandsWords as words } from '../locales/en/commands';
import { keyWords } from '../lib/key-words';
import { reopenProject } from '../lib/open-folder';
import { remember, remembered } from '../lib/remember';
import { setUi, useStore } from '../lib/store';
import { CopyCommand, copyText } from '../ui/copy-command';
import { Dialog } from '../ui/dialog';
import { StateMark } from '../ui/state-mark';
import { useCommands } from '../features/commands/use-commands';
import { useRecent } from '../features/projects/recent-projects';
import { commandEntries, projectEntries, type PaletteEntry } from './palette-entries';
import { scoreOf, withRecent } from './palette-score';
import './palette.css';

const KEY = 'berth.recent-commands';

/** Everything the window can do, by name; or only the projects. Loaded when it is first opened. */
export function Palette({ of }: { readonly of: 'commands' | 'projects' }): ReactElement {
  const { entries: commands } = useCommands();
  const { closed } = useRecent();
  const state = useStore.getState();
  const [chosen, setChosen] = useState('');
  const recent = useMemo(recentCommands, []);
  const all: readonly PaletteEntry[] = [
    ...(of === 'commands' ? commandEntries(state, commands ?? []) : projectEntries(state)),
    ...closed.filter((one) => one.readable).map((one) => ({ group: say.recent.title, text: words.palette.closed(one.name), hint: one.dir, run: () => reopenProject(one.id) })),
  ];
  const entries = of === 'commands' ? recentFirst(all, recent) : all;
  const current = entries.find((entry) => entry.text === chosen);
  const close = (): void => setUi({ palette: null });
  const label = of === 'commands' ? say.palette.label : words.palette.projects;

  function run(entry: PaletteEntry): void {
    close();
    if (of === 'commands') remember(KEY, JSON.stringify(withRecent(recent, entry.text)));
    void entry.run();
  }

  // Where nothing in the field is marked, copying means the command.
  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    const field = event.target instanceof HTMLInputElement ? event.target : null;
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'c' || current?.command === undefined || field?.selectionStart !== field?.selectionEnd) return;
    event.preventDefault();
    copyText(current.command);
    field?.focus();
  }

  return (
    <Dialog kind="palette" title={label} onClose={close} testId="palette">
      <Command label={label} loop vimBindings={false} filter={scoreOf} value={chosen} onValueChange={setChosen} onKeyDown={onKeyDown}>
        <Command.Input placeholder={of === 'commands' ? say.palette.placeholder : words.palette.projects} autoFocus />
        <Command.List className="scroll" label={label}>
          <Command.Empty>{say.palette.nothing}</Command.Empty>
          {[...new Set(entries.map((entry) => entry.group))].map((group) => (
            <Command.Group key={group} heading={group}>
              {entries.filter((entry) => entry.group === group).map((entry) => (
                <Item key={entry.text} entry={entry} onSelect={() => run(entry)} />
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
      {current?.command !== undefined && (
        <div className="palette-foot" data-testid="palette-command">
          <CopyCommand command={current.command} label={words.palette.copy} />
          <span className="faint">
            <kbd>{keyWords('mod+C')}</kbd> {words.palette.copyKey}
          </span>
        </div>
      )}
    </Dialog>
  );
}

function Item({ entry, onSelect }: { readonly entry: PaletteEntry; readonly onSelect: () => void }): ReactElement {
  return (
    <Command.Item value={entry.text} {...(entry.hint === undefined ? {} : { keywords: [entry.hint] })} onSelect={onSelect}>
      {entry.mark !== undefined && <StateMark mark={entry.mark} />}
      <span className="palette-text">{entry.text}</span>
      {entry.hint !== undefined && <span className="palette-hint ellipsis">{entry.hint}</span>}
      {entry.keys !== undefined && <kbd>{keyWords(entry.keys)}</kbd>}
    </Command.Item>
  );
}

/** What was used last stands first, once. */
function recentFirst(entries: readonly PaletteEntry[], recent: readonly string[]): readonly PaletteEntry[] {
  const first = recent.flatMap((text) => entries.find((entry) => entry.text === text) ?? []);
  return [...first.map((entry) => ({ ...entry, group: words.palette.recent })), ...entries.filter((entry) => !first.includes(entry))];
}

function recentCommands(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(remembered(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
