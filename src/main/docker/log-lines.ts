import type { LogChunkLine } from './types';

const HEADER_BYTES = 8;
const MAX_LINE_BYTES = 256 * 1024;
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;
const STAMP_BYTES = 40;

/** Cuts docker's multiplexed stream into frames: one byte for the stream, three empty, four for the length, then the data. */
export class Demultiplexer {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onFrame: (stream: 'stdout' | 'stderr', data: Buffer) => void) {}

  /** True when the last frame is not whole: at the end of a stream that means it was cut. */
  get incomplete(): boolean {
    return this.rest.length > 0;
  }

  write(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= HEADER_BYTES) {
      const length = this.rest.readUInt32BE(4);
      if (this.rest.length < HEADER_BYTES + length) return;
      this.onFrame(this.rest[0] === 2 ? 'stderr' : 'stdout', this.rest.subarray(HEADER_BYTES, HEADER_BYTES + length));
      this.rest = this.rest.subarray(HEADER_BYTES + length);
    }
  }
}

/**
 * Makes lines of what a log stream delivers. Without a terminal each frame is one entry that starts with its time; a
 * long line comes as several entries, of which only the last ends with a newline. With a terminal there are no frames
 * and every line starts with its time.
 */
export class LogLines {
  private readonly open: { [S in 'stdout' | 'stderr']: { time: string; parts: Buffer[]; bytes: number } } = {
    stdout: { time: '', parts: [], bytes: 0 },
    stderr: { time: '', parts: [], bytes: 0 },
  };
  private readonly demultiplexer = new Demultiplexer((stream, data) => this.entry(stream, data));
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly tty: boolean,
    private readonly onLine: (line: LogChunkLine) => void,
  ) {}

  get incomplete(): boolean {
    return this.demultiplexer.incomplete;
  }

  write(chunk: Buffer): void {
    if (!this.tty) {
      this.demultiplexer.write(chunk);
      return;
    }
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    for (let end = this.rest.indexOf(10); end >= 0; end = this.rest.indexOf(10)) {
      this.entry('stdout', this.rest.subarray(0, end + 1));
      this.rest = this.rest.subarray(end + 1);
    }
    if (this.rest.length > MAX_LINE_BYTES) {
      this.entry('stdout', this.rest);
      this.rest = Buffer.alloc(0);
    }
  }

  /** Delivers what has no newline yet. */
  end(): void {
    if (this.rest.length > 0) this.entry('stdout', this.rest);
    this.rest = Buffer.alloc(0);
    for (const stream of ['stdout', 'stderr'] as const) this.flush(stream);
  }

  private entry(stream: 'stdout' | 'stderr', data: Buffer): void {
    const line = this.open[stream];
    const stamp = STAMP.exec(data.subarray(0, STAMP_BYTES).toString('latin1'));
    let from = 0;
    if (stamp !== null) {
      from = stamp[0].length;
      if (line.parts.length === 0) line.time = stamp[1] ?? '';
    }
    const ends = data.length > 0 && data[data.length - 1] === 10;
    const text = data.subarray(from, ends ? data.length - 1 : data.length);
    line.parts.push(text);
    line.bytes += text.length;
    if (ends || line.bytes > MAX_LINE_BYTES) this.flush(stream, true);
  }

  private flush(stream: 'stdout' | 'stderr', always = false): void {
    const line = this.open[stream];
    if (line.parts.length === 0 || (!always && line.bytes === 0)) return;
    const text = Buffer.concat(line.parts).toString('utf8').replace(/\r+$/, '');
    const time = line.time;
    line.parts = [];
    line.bytes = 0;
    line.time = '';
    this.onLine({ stream, time, text });
  }
}
