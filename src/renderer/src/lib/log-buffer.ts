import { continuesEntry, LOG_LEVELS, logLevelOf, type LogLevel } from '@shared/domain/logs/level';
import type { ResumedLine } from '@shared/domain/logs/resume';
import { eachLine, type LogWriter, type PackedLines } from '@shared/domain/logs/packed-lines';

/** Lines kept of the log of one service; older ones are dropped and counted. */
export const LOG_CAPACITY = 50_000;
/** Characters kept of a log, whatever its lines are like. */
const CAPACITY_CHARS = 24_000_000;
/** Characters kept of one line. */
const LINE_CHARS = 32_768;
const CHUNK_LINES = 512;

/** What stands at a place of the log: a line, or a mark of ours between two lines. */
export type LogEntryKind = 'line' | 'replaced' | 'skipped';
const KINDS: readonly LogEntryKind[] = ['line', 'replaced', 'skipped'];
const NO_LEVEL = LOG_LEVELS.length;

/** Lines in columns: texts are one string once the chunk is full. */
interface Chunk {
  texts: string[] | null;
  joined: string;
  chars: number;
  readonly ends: Uint32Array;
  readonly times: Float64Array;
  readonly levels: Uint8Array;
  readonly kinds: Uint8Array;
  readonly writers: Uint16Array;
}

/** A log of bounded size. Lines have numbers that never change; the oldest go first. */
export class LogBuffer {
  /** Rises with everything that happens to it. */
  version = 0;
  /** The number of the next line. */
  end = 0;
  /** Lines that the page could not take and never had. */
  skipped = 0;
  private readonly chunks: Chunk[] = [];
  /** The number of the first line of the first chunk. */
  private base = 0;
  private chars = 0;
  private readonly writers: LogWriter[] = [];
  private readonly indexes = new Map<string, number>();
  private recent: { readonly writer: LogWriter | null; readonly index: number } = { writer: null, index: 0 };
  /** By service: the container that wrote last, and by writer: the level of its last line. */
  private readonly containers = new Map<string, string>();
  private readonly lastLevels: number[] = [];

  constructor(private readonly capacity = LOG_CAPACITY) {}

  /** The number of the oldest line that is kept. */
  get start(): number {
    return Math.max(this.base, this.end - this.capacity);
  }

  /** Takes in what is new of these lines. Another container of a service begins with a mark. */
  append(packed: PackedLines, isNew: (line: ResumedLine) => boolean = () => true): void {
    eachLine(packed, (text, time, writer) => {
      if (!isNew({ containerId: writer.containerId, stream: writer.stream, time })) return;
      const timeMs = Date.parse(time);
      const before = this.containers.get(writer.service);
      if (before !== writer.containerId) {
        this.containers.set(writer.service, writer.containerId);
        // The old one may still have the last word; only one that is new to the log begins.
        if (before !== undefined && !this.indexes.has(keyOf({ ...writer, stream: 'stdout' })) && !this.indexes.has(keyOf({ ...writer, stream: 'stderr' }))) this.add(writer.containerId.slice(0, 12), timeMs, NO_LEVEL, 1, writer);
      }
      this.add(text.length > LINE_CHARS ? `${text.slice(0, LINE_CHARS)}… +${String(text.length - LINE_CHARS)}` : text, timeMs, this.levelFor(text, this.writerIndex(writer)), 0, writer);
    });
    this.version += 1;
  }

  /** Notes that lines are missing here. */
  skip(lines: number): void {
    this.skipped += lines;
    this.add(String(lines), Number.NaN, NO_LEVEL, 2, this.writers.at(-1) ?? { service: '', containerId: '', stream: 'stdout' });
    this.version += 1;
  }

  text(line: number): string {
    const [chunk, at] = this.place(line);
    if (chunk === undefined) return '';
    if (chunk.texts !== null) return chunk.texts[at] ?? '';
    return chunk.joined.slice(at === 0 ? 0 : chunk.ends[at - 1], chunk.ends[at]);
  }

  /** Milliseconds; NaN where the engine gave no time. */
  timeMs(line: number): number {
    const [chunk, at] = this.place(line);
    return chunk?.times[at] ?? Number.NaN;
  }

  /** What the line says of itself, or of what it belongs to. */
  level(line: number): LogLevel | null {
    const [chunk, at] = this.place(line);
    return LOG_LEVELS[chunk?.levels[at] ?? NO_LEVEL] ?? null;
  }

  kind(line: number): LogEntryKind {
    const [chunk, at] = this.place(line);
    return KINDS[chunk?.kinds[at] ?? 0] ?? 'line';
  }

  service(line: number): string {
    const [chunk, at] = this.place(line);
    return this.writers[chunk?.writers[at] ?? 0]?.service ?? '';
  }

  private place(line: number): readonly [Chunk | undefined, number] {
    const at = line - this.base;
    return [this.chunks[Math.floor(at / CHUNK_LINES)], at % CHUNK_LINES];
  }

  private add(text: string, timeMs: number, level: number, kind: number, writer: LogWriter): void {
    const at = (this.end - this.base) % CHUNK_LINES;
    if (at === 0) this.chunks.push(emptyChunk());
    const chunk = this.chunks.at(-1);
    if (chunk?.texts == null) return;
    chunk.texts.push(text);
    chunk.chars += text.length;
    this.chars += text.length;
    chunk.ends[at] = chunk.chars;
    chunk.times[at] = timeMs;
    chunk.levels[at] = level;
    chunk.kinds[at] = kind;
    chunk.writers[at] = this.writerIndex(writer);
    this.end += 1;
    if (at !== CHUNK_LINES - 1) return;
    chunk.joined = chunk.texts.join('');
    chunk.texts = null;
    this.dropOldest();
  }

  private dropOldest(): void {
    for (let first = this.chunks[0]; first !== undefined && this.chunks.length > 1; first = this.chunks[0]) {
      if (this.chars <= CAPACITY_CHARS && this.base + CHUNK_LINES > this.end - this.capacity) return;
      this.chars -= first.chars;
      this.chunks.shift();
      this.base += CHUNK_LINES;
    }
  }

  private levelFor(text: string, writer: number): number {
    const own = continuesEntry(text) ? null : logLevelOf(text);
    const level = own === null ? (continuesEntry(text) ? (this.lastLevels[writer] ?? NO_LEVEL) : NO_LEVEL) : LOG_LEVELS.indexOf(own);
    this.lastLevels[writer] = level;
    return level;
  }

  private writerIndex(writer: LogWriter): number {
    // Most lines have the writer of the one before.
    if (writer === this.recent.writer) return this.recent.index;
    const key = keyOf(writer);
    const index = this.indexes.get(key) ?? this.writers.push(writer) - 1;
    this.indexes.set(key, index);
    this.recent = { writer, index };
    return index;
  }
}

function keyOf({ service, containerId, stream }: LogWriter): string {
  return `${stream} ${containerId} ${service}`;
}

function emptyChunk(): Chunk {
  return { texts: [], joined: '', chars: 0, ends: new Uint32Array(CHUNK_LINES), times: new Float64Array(CHUNK_LINES), levels: new Uint8Array(CHUNK_LINES), kinds: new Uint8Array(CHUNK_LINES), writers: new Uint16Array(CHUNK_LINES) };
}
