/** A line of a log, as the contract has it. */
export interface LogLine {
  readonly service: string;
  readonly containerId: string;
  readonly stream: 'stdout' | 'stderr';
  readonly time: string;
  readonly text: string;
}

/** Who wrote lines: a stream of a container. */
export type LogWriter = Pick<LogLine, 'service' | 'containerId' | 'stream'>;

/**
 * Many lines in few values. Copying a line as an object of its own, from process to process and from the preload to the page, costs many times what its text does.
 */
export interface PackedLines {
  readonly count: number;
  /** One line a line. */
  readonly texts: string;
  /** One time a line. */
  readonly times: string;
  readonly writers: readonly LogWriter[];
  /** Pairs: which of the writers, and how many lines in a row. */
  readonly runs: readonly number[];
}

/** Packs lines. A line break within one, which no log has, becomes a space. */
export function packLines(lines: readonly LogLine[]): PackedLines {
  const writers: LogWriter[] = [];
  const runs: number[] = [];
  const known = new Map<string, number>();
  for (const { service, containerId, stream } of lines) {
    const key = `${stream}\n${containerId}\n${service}`;
    let index = known.get(key);
    if (index === undefined) {
      index = writers.push({ service, containerId, stream }) - 1;
      known.set(key, index);
    }
    const last = runs.length - 2;
    if (last >= 0 && runs[last] === index) runs[last + 1] = (runs[last + 1] ?? 0) + 1;
    else runs.push(index, 1);
  }
  return { count: lines.length, texts: lines.map(({ text }) => oneLine(text)).join('\n'), times: lines.map(({ time }) => oneLine(time)).join('\n'), writers, runs };
}

function oneLine(text: string): string {
  return text.includes('\n') ? text.replaceAll('\n', ' ') : text;
}

/** Each line of a pack, without making objects of them. */
export function eachLine(packed: PackedLines, take: (text: string, time: string, writer: LogWriter) => void): void {
  const [texts, times] = [packed.texts.split('\n'), packed.times.split('\n')];
  let at = 0;
  for (let run = 0; run + 1 < packed.runs.length; run += 2) {
    const writer = packed.writers[packed.runs[run] ?? 0];
    const end = at + (packed.runs[run + 1] ?? 0);
    for (; at < end && writer !== undefined; at += 1) take(texts[at] ?? '', times[at] ?? '', writer);
  }
}
