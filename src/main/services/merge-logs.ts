/** Anything with the time it was written at. */
interface Timed {
  readonly time: string;
}

/** So many lines are handed on at once. */
const PIECE_LINES = 500;

interface Source<T> {
  readonly iterator: AsyncIterator<readonly T[]>;
  piece: readonly T[];
  at: number;
}

/** An engine writes what comes from both streams of a container side by side: on a busy computer a line may stand some places behind a younger one. */
const LATE_LINES = 64;

/**
 * The lines of several logs by their times, in pieces; those of one log alone as they are. Nothing is read ahead but one piece of each and a few lines, however long they are.
 */
export async function* mergedByTime<T extends Timed>(logs: readonly AsyncIterable<readonly T[]>[]): AsyncGenerator<readonly T[], void, undefined> {
  const all = logs.map((log): Source<T> => ({ iterator: (logs.length === 1 ? log : inOrder(log))[Symbol.asyncIterator](), piece: [], at: 0 }));
  try {
    let open = (await Promise.all(all.map(async (source) => ((await refill(source)) ? source : null)))).filter((source) => source !== null);
    let merged: T[] = [];
    while (open.length > 0) {
      const source = oldest(open);
      const line = source.piece[source.at];
      if (line !== undefined) merged.push(line);
      source.at += 1;
      if (source.at >= source.piece.length && !(await refill(source))) open = open.filter((one) => one !== source);
      if (merged.length < PIECE_LINES) continue;
      yield merged;
      merged = [];
    }
    if (merged.length > 0) yield merged;
  } finally {
    await Promise.allSettled(all.map(async ({ iterator }) => iterator.return?.()));
  }
}

/** Each line before those that are younger, where it is not more than so many places late. */
async function* inOrder<T extends Timed>(log: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[], void, undefined> {
  let held: readonly T[] = [];
  for await (const piece of log) {
    const sorted = [...held, ...piece].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    held = sorted.slice(-LATE_LINES);
    if (sorted.length > LATE_LINES) yield sorted.slice(0, -LATE_LINES);
  }
  yield held;
}

/** False at the end of the log. */
async function refill<T>(source: Source<T>): Promise<boolean> {
  do {
    const next = await source.iterator.next();
    if (next.done === true) return false;
    source.piece = next.value;
    source.at = 0;
  } while (source.piece.length === 0);
  return true;
}

/** The first of those whose next line is the oldest. */
function oldest<T extends Timed>(open: readonly Source<T>[]): Source<T> {
  return open.reduce((first, one) => ((one.piece[one.at]?.time ?? '') < (first.piece[first.at]?.time ?? '') ? one : first));
}
