import type { Json, JsonObject } from '../../kernel/json';

/** A row of the journal, as recovery reads it back. */
export interface JournalEntry {
  readonly seq: number;
  readonly name: string;
  readonly phase: string;
  readonly data: Json;
}

/** What the journal says of one effect or note. A note has a null result: it is a fact, there is nothing to undo. */
export interface ReplayedRecord {
  readonly seq: number;
  readonly name: string;
  readonly intent: JsonObject;
  readonly result: Json | undefined;
  readonly undone: boolean;
}

export interface ReplayedJournal {
  readonly committed: boolean;
  /** Effects and notes, in the order of their intents. */
  readonly records: readonly ReplayedRecord[];
  /** True when anything outside may have been changed. */
  readonly hasEffects: boolean;
  readonly nextSeq: number;
}

/**
 * Reads a journal back. An intent without a result may or may not have happened. A finished undo effect whose
 * intent has `undoes: <seq>` marks that record as undone.
 */
export function replayJournal(rows: readonly JournalEntry[]): ReplayedJournal {
  const records = new Map<number, { seq: number; name: string; intent: JsonObject; result: Json | undefined; undone: boolean }>();
  const undoing = new Map<number, number>();
  let committed = false;
  let hasEffects = false;
  let nextSeq = 1;
  for (const row of rows) {
    nextSeq = Math.max(nextSeq, row.seq + 1);
    switch (row.phase) {
      case 'intent':
        records.set(row.seq, { seq: row.seq, name: row.name, intent: object(row.data), result: undefined, undone: false });
        hasEffects = true;
        break;
      case 'note':
        records.set(row.seq, { seq: row.seq, name: row.name, intent: object(row.data), result: null, undone: false });
        break;
      case 'result': {
        const record = records.get(row.seq);
        if (record !== undefined) record.result = row.data;
        break;
      }
      case 'attempt':
        // Everything before was undone: another try begins with nothing to undo.
        records.clear();
        undoing.clear();
        hasEffects = false;
        break;
      case 'commit':
        committed = true;
        break;
      case 'undo-intent': {
        const undoes = object(row.data)['undoes'];
        if (typeof undoes === 'number') undoing.set(row.seq, undoes);
        break;
      }
      case 'undo-result': {
        const record = records.get(undoing.get(row.seq) ?? -1);
        if (record !== undefined) record.undone = true;
        break;
      }
      default:
        break;
    }
  }
  return { committed, records: [...records.values()].sort((a, b) => a.seq - b.seq), hasEffects, nextSeq };
}

/**
 * A journal row as one short line for people. Only short plain values are shown: payloads carry environment
 * values, which are nobody's business on a screen.
 */
export function describeRow(row: JournalEntry): string {
  if (row.phase === 'attempt') return `Everything was undone; try ${String(object(row.data)['attempt'] ?? '')} follows.`;
  if (row.phase === 'commit') return 'Committed: from here on it is finished forwards.';
  if (row.phase === 'error') return String(object(row.data)['message'] ?? '');
  return Object.entries(object(row.data))
    .filter(([, value]) => (typeof value === 'string' && value.length <= 120) || typeof value === 'number' || typeof value === 'boolean')
    .slice(0, 4)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
}

function object(value: Json): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}
