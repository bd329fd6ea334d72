import { Problem } from '#shared/service.ts';

/** The file part of a form: its name as the sender gave it, and its bytes as they arrive. */
export interface FilePart {
  readonly fileName: string;
  readonly content: AsyncIterable<Buffer>;
}

const MAX_HEADER_BYTES = 16 * 1024;
const HEADER_END = Buffer.from('\r\n\r\n');

/** The boundary of a multipart/form-data content type, or null when it is something else. */
export function boundaryOf(contentType: string): string | null {
  const match = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

/**
 * Finds the first part with a file name in a multipart body (RFC 7578) without holding more than one chunk and one
 * delimiter in memory. Throws a Problem when the body is cut off: a truncated upload must not look like a whole one.
 */
export async function firstFilePart(body: AsyncIterable<Buffer>, boundary: string): Promise<FilePart> {
  const reader = new PartReader(body, Buffer.from(`\r\n--${boundary}`));
  while (await reader.toNextPart()) {
    const fileName = fileNameOf(await reader.headers());
    if (fileName !== null) return { fileName, content: reader.content() };
    for await (const _ of reader.content()) continue;
  }
  throw new Problem(400, 'no-file', 'The form has no part with a file name.');
}

class PartReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly delimiter: Buffer;
  // A leading line break lets the first delimiter look like all the others.
  private buffer: Buffer = Buffer.from('\r\n');

  constructor(body: AsyncIterable<Buffer>, delimiter: Buffer) {
    this.chunks = body[Symbol.asyncIterator]();
    this.delimiter = delimiter;
  }

  private async more(): Promise<void> {
    const { value, done } = await this.chunks.next();
    if (done === true) throw new Problem(400, 'cut-off', 'The upload ended before it was complete.');
    this.buffer = Buffer.concat([this.buffer, value]);
  }

  /** Moves behind the next delimiter; false behind the last one. */
  async toNextPart(): Promise<boolean> {
    while (this.buffer.length < this.delimiter.length) await this.more();
    if (!this.buffer.subarray(0, this.delimiter.length).equals(this.delimiter)) throw new Problem(400, 'bad-form', 'The form does not start with its boundary.');
    while (this.buffer.length < this.delimiter.length + 2) await this.more();
    const end = this.buffer.subarray(this.delimiter.length, this.delimiter.length + 2).toString('latin1');
    this.buffer = this.buffer.subarray(this.delimiter.length + 2);
    if (end === '--') return false;
    if (end !== '\r\n') throw new Problem(400, 'bad-form', 'The form is not put together as multipart/form-data.');
    // Two line breaks in a row mean a part without headers.
    this.buffer = Buffer.concat([Buffer.from('\r\n'), this.buffer]);
    return true;
  }

  async headers(): Promise<string> {
    let end = this.buffer.indexOf(HEADER_END);
    while (end < 0) {
      if (this.buffer.length > MAX_HEADER_BYTES) throw new Problem(400, 'bad-form', 'A part of the form has too long headers.');
      await this.more();
      end = this.buffer.indexOf(HEADER_END);
    }
    const text = this.buffer.subarray(0, end).toString('utf8');
    this.buffer = this.buffer.subarray(end + HEADER_END.length);
    return text;
  }

  /** The bytes up to the next delimiter, which stays in the buffer. */
  async *content(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = this.buffer.indexOf(this.delimiter);
      if (end >= 0) {
        if (end > 0) yield this.buffer.subarray(0, end);
        this.buffer = this.buffer.subarray(end);
        return;
      }
      // The tail may be the beginning of a delimiter that the next chunk completes.
      const safe = this.buffer.length - this.delimiter.length + 1;
      if (safe > 0) {
        yield this.buffer.subarray(0, safe);
        this.buffer = this.buffer.subarray(safe);
      }
      await this.more();
    }
  }
}

function fileNameOf(headers: string): string | null {
  const line = headers.split('\r\n').find((one) => /^content-disposition\s*:/i.test(one));
  const match = /;\s*filename="((?:[^"\\]|\\.)*)"|;\s*filename=([^\s;]+)/i.exec(line ?? '');
  const raw = match?.[1] ?? match?.[2];
  // Browsers send a quote as %22; curl sends it with a backslash.
  return raw === undefined ? null : raw.replace(/\\(["\\])/g, '$1').replace(/%22/g, '"');
}
