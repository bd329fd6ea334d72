import { useEffect, useMemo, useState } from 'react';
import { patternQuery, textQuery, type LogQuery } from '@shared/domain/logs/query';
import { allRows, FilteredRows, isOpen, type LevelFilter, type LineFilter, type LogRows } from '../../lib/log-rows';
import type { LogBuffer } from '../../lib/log-buffer';

/** Of a frame, so much goes into looking for lines: the rest is for drawing them. */
const BUDGET_MS = 6;

/** What is searched and what is left out. */
export interface LogSearch {
  readonly text: string;
  readonly isPattern: boolean;
  /** Lines that do not match are left out. */
  readonly only: boolean;
  readonly level: LevelFilter;
  readonly services: ReadonlySet<string>;
}

/** The lines that are shown and those of them that match. */
export interface FoundLines {
  readonly query: LogQuery | null;
  /** A pattern that cannot be read yet. */
  readonly unfinished: boolean;
  readonly rows: LogRows;
  /** Null without a search. */
  readonly hits: LogRows | null;
  /** Lines are still being looked at. */
  readonly searching: boolean;
}

/** Finds lines as they come, a little in each frame. */
export function useLogSearch(buffer: LogBuffer, version: number, search: LogSearch): FoundLines {
  const { text, isPattern, only, level, services } = search;
  const [turn, setTurn] = useState(0);
  const query = useMemo(() => (isPattern ? patternQuery(text) : textQuery(text)), [text, isPattern]);
  const shown = useMemo<LineFilter>(() => ({ level, services, query: only ? query : null }), [level, services, query, only]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- what was found in another log is of no use.
  const filtered = useMemo(() => (isOpen(shown) ? null : new FilteredRows(shown)), [shown, buffer]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the same.
  const hits = useMemo(() => (query === null || only ? null : new FilteredRows({ level, services, query })), [level, services, query, only, buffer]);
  const rows = useMemo(() => filtered ?? allRows(buffer), [filtered, buffer]);
  const searching = useMemo(() => {
    const rowsDone = filtered?.update(buffer, BUDGET_MS) ?? true;
    const hitsDone = hits?.update(buffer, BUDGET_MS) ?? true;
    return !(rowsDone && hitsDone);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `version` and `turn` stand for what the buffer holds and for the next frame.
  }, [buffer, version, turn, filtered, hits]);

  useEffect(() => {
    if (!searching) return undefined;
    const frame = requestAnimationFrame(() => setTurn((number) => number + 1));
    return () => cancelAnimationFrame(frame);
  }, [searching, turn, version]);

  return { query, unfinished: isPattern && text !== '' && query === null, rows, hits: query === null ? null : (hits ?? rows), searching };
}
