import { useEffect, useState, type ReactElement, type RefObject } from 'react';
import { ArrowDownToLine, Asterisk, ChevronDown, ChevronUp, Clock, Copy, ExternalLink, Filter, Save, WrapText } from 'lucide-react';
import { logsWords as words } from '../../locales/en/logs';
import { appWindow, pickFiles, start } from '../../lib/client';
import { LEVEL_FILTERS, type LevelFilter } from '../../lib/log-rows';
import { useAct } from '../../lib/use-act';
import type { Log, LogSource } from '../../lib/use-log';
import { Button, IconButton } from '../button';
import { Choice } from '../choice';
import { ErrorBox } from '../error-box';
import { FilterBox } from '../filter-box';
import { copyLines } from './copy-lines';
import type { LogChoices } from './log-choices';
import type { FoundLines, LogSearch } from './use-log-search';

const NOTE_MS = 4_000;

interface LogBarProps {
  readonly search: LogSearch;
  readonly onSearch: (part: Partial<LogSearch>) => void;
  readonly onHit: (step: 1 | -1) => void;
  readonly found: FoundLines;
  readonly current: number | null;
  readonly choices: LogChoices;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly log: Log;
  readonly source: LogSource;
  /** Copied lines say whose they are. */
  readonly named: boolean;
  readonly input: RefObject<HTMLInputElement | null>;
  readonly list: RefObject<HTMLElement | null>;
  readonly fileName: string | null;
  readonly canPopOut: boolean;
}

/** What can be done with a log, in one line. */
export function LogBar(props: LogBarProps): ReactElement {
  const { search, onSearch, found, choices, follow, onFollow, log, source, named, list, fileName, canPopOut } = props;
  const { buffer } = log;
  const act = useAct();
  const [note, setNote] = useNote();
  const chosenServices = search.services.size > 0 ? [...search.services] : source.kind === 'services' ? [...source.services] : [];

  const copy = (): void => {
    const lines = copyLines(list.current, buffer, found.rows, named);
    setNote(lines === null ? words.selectionCopied : words.copied(lines));
  };
  const save = async (name: string): Promise<void> => {
    const [file] = await pickFiles({ kind: 'save', purpose: 'log', name });
    if (file === undefined) return;
    await start('services.save-logs', { project: source.projectId, services: chosenServices, file: file.handle });
    setNote(words.saving(file.name));
  };

  return (
    <>
      <div className="log-bar">
        <SearchField {...props} />
        <Choice label={words.level} value={search.level} options={LEVEL_FILTERS} words={words.levels} onChange={(level: LevelFilter) => onSearch({ level })} testId="log-level" />
        <span className="log-count grow ellipsis" aria-live={note === null ? 'off' : 'polite'} data-testid="log-count">
          {note ?? countText()}
        </span>
        <IconButton label={words.time(words.times[choices.times])} data-testid="log-times" data-on={choices.times !== 'off' || undefined} onClick={choices.nextTimes}>
          <Clock size={14} />
        </IconButton>
        <IconButton label={words.wrap} aria-pressed={choices.wrap} data-testid="log-wrap" onClick={choices.toggleWrap}>
          <WrapText size={14} />
        </IconButton>
        <IconButton label={words.copy} data-testid="log-copy" onMouseDown={(event) => event.preventDefault()} onClick={copy}>
          <Copy size={14} />
        </IconButton>
        {fileName !== null && (
          <IconButton label={words.save} data-testid="log-save" disabled={act.working} onClick={() => act.run(() => save(fileName), () => undefined)}>
            <Save size={14} />
          </IconButton>
        )}
        {canPopOut && (
          <IconButton label={words.popOut} data-testid="log-pop-out" onClick={() => act.run(() => appWindow.openLogs(source.projectId, chosenServices), () => undefined)}>
            <ExternalLink size={14} />
          </IconButton>
        )}
        <Button size="small" className="log-follow" look={follow ? 'quiet' : 'normal'} aria-pressed={follow} title={words.followTitle} data-testid="log-follow" icon={<ArrowDownToLine size={13} />} onClick={() => onFollow(!follow)}>
          <span className="log-follow-word">{follow ? words.following : words.follow}</span>
        </Button>
      </div>
      {act.failure !== null && <ErrorBox error={act.failure} />}
    </>
  );

  function countText(): string {
    const parts = [words.lines(found.rows.count, buffer.end - buffer.start)];
    if (buffer.start > 0) parts.push(words.dropped(buffer.start));
    return parts.join(' · ');
  }
}

function SearchField({ search, onSearch, onHit, found, current, input }: LogBarProps): ReactElement {
  const { hits, unfinished, searching } = found;
  const at = hits !== null && current !== null && hits.count > 0 && hits.at(hits.placeOf(current)) === current ? hits.placeOf(current) + 1 : 0;
  return (
    <div className="log-search" onKeyDown={(event) => event.key === 'Enter' && event.target === input.current && onHit(event.shiftKey ? -1 : 1)}>
      <FilterBox value={search.text} onChange={(text) => onSearch({ text })} label={search.isPattern ? words.searchPattern : words.search} inputRef={input} testId="log-search" />
      <IconButton label={words.pattern} aria-pressed={search.isPattern} data-testid="log-pattern" onClick={() => onSearch({ isPattern: !search.isPattern })}>
        <Asterisk size={14} />
      </IconButton>
      <IconButton label={words.only} aria-pressed={search.only} data-testid="log-only" onClick={() => onSearch({ only: !search.only })}>
        <Filter size={14} />
      </IconButton>
      {search.text !== '' && (
        <>
          <IconButton label={words.previous} data-testid="log-previous" onClick={() => onHit(-1)}>
            <ChevronUp size={14} />
          </IconButton>
          <IconButton label={words.next} data-testid="log-next" onClick={() => onHit(1)}>
            <ChevronDown size={14} />
          </IconButton>
          <span className="log-hits" data-testid="log-hits" aria-live="polite">
            {unfinished ? words.patternUnfinished : searching && hits?.count === 0 ? words.searching : words.matches(at, hits?.count ?? 0)}
          </span>
        </>
      )}
    </div>
  );
}

/** Says something for a moment. */
function useNote(): readonly [string | null, (note: string) => void] {
  const [note, setNote] = useState<string | null>(null);
  useEffect(() => {
    if (note === null) return undefined;
    const timer = setTimeout(() => setNote(null), NOTE_MS);
    return () => clearTimeout(timer);
  }, [note]);
  return [note, setNote];
}
