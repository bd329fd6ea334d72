/** A step of an operation as it is shown: what was done, to what, and how long it took. */
export interface JournalLine {
  readonly seq: number;
  readonly at: string;
  readonly name: string;
  readonly text: string;
  /** running: begun, no result yet. */
  readonly kind: 'done' | 'running' | 'note' | 'undone' | 'failed';
  readonly tookMs: number | null;
}

interface Step {
  readonly seq: number;
  readonly name: string;
  readonly phase: string;
  readonly at: string;
  readonly text: string;
}

const LONG_ID = /\b[0-9a-f]{64}\b/g;

/**
 * The journal with each effect on one line: an intent is joined with the next result of the same name. Ids are cut to the
 * twelve digits people know them by.
 */
export function journalLines(steps: readonly Step[]): readonly JournalLine[] {
  const lines: { seq: number; at: string; name: string; text: string; kind: JournalLine['kind']; tookMs: number | null }[] = [];
  const open = new Map<string, number[]>();
  for (const step of steps) {
    const text = step.text.replace(LONG_ID, (id) => id.slice(0, 12));
    const undo = step.phase.startsWith('undo-');
    const key = `${undo ? 'undo ' : ''}${step.name}`;
    if (step.phase.endsWith('intent')) {
      open.set(key, [...(open.get(key) ?? []), lines.length]);
      lines.push({ seq: step.seq, at: step.at, name: step.name, text, kind: 'running', tookMs: null });
    } else if (step.phase.endsWith('result')) {
      const line = lines[open.get(key)?.shift() ?? -1];
      if (line === undefined) continue;
      line.kind = undo ? 'undone' : 'done';
      line.tookMs = Math.max(0, Date.parse(step.at) - Date.parse(line.at));
    } else lines.push({ seq: step.seq, at: step.at, name: step.name, text, kind: step.phase === 'error' ? 'failed' : 'note', tookMs: null });
  }
  return lines;
}

/** Where each line lies on the time of the whole operation, both as a share of it, 0 to 1. A line without a duration has no width. */
export function timelineSpans(lines: readonly Pick<JournalLine, 'at' | 'tookMs'>[]): readonly { readonly from: number; readonly width: number }[] {
  const starts = lines.map((line) => Date.parse(line.at));
  const first = Math.min(...starts);
  const whole = Math.max(0, ...lines.map((line, index) => (starts[index] ?? first) + (line.tookMs ?? 0) - first));
  if (whole === 0) return lines.map(() => ({ from: 0, width: 0 }));
  return lines.map((line, index) => ({ from: ((starts[index] ?? first) - first) / whole, width: (line.tookMs ?? 0) / whole }));
}
