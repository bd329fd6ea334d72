import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { contentLine, ContentReader, type ContentLine } from './content-lines';
import type { ParsedContent } from './protocol';

/**
 * What is known of a folder, so that files that have not changed are not read again. The format is in docs/gitops.md: blocks of lines of JSON, the first with
 * everything, each further one with what changed since. It holds hashes, names and places, never a value of a manifest but custom resource definitions.
 * A block that does not fit is left out with all that follow: it costs one slower scan.
 */
const VERSION = 2;
const CHUNK_BYTES = 1024 * 1024;

/** A file as it was when its bytes were read. */
export interface KnownFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  /** Times of the last change of content and of anything, in nanoseconds, and the inode, with blanks between. */
  readonly stamp: string;
  readonly contentHash: string;
  /** Which content: the hash and what of the path decides how it is read. */
  readonly key: string;
}

/** Everything known of a folder. */
export interface FolderMemory {
  readonly files: Map<string, KnownFile>;
  readonly contents: Map<string, ParsedContent>;
  /** Which kinds the tree defined when its contents were read. */
  definitions: string;
}

/** What has to be written down: of these paths and contents, or of all, the kept state is an older one. */
export interface Unsaved {
  isAll: boolean;
  readonly files: Set<string>;
  readonly contents: Set<string>;
}

export function emptyMemory(): FolderMemory {
  return { files: new Map(), contents: new Map(), definitions: '' };
}

type FileLine = readonly [path: string, sizeBytes: number, mode: number, stamp: string, contentHash: string, key: string | 0];
type Line = { readonly berthManifests: number; readonly dir: string; readonly definitions: string } | { readonly file: FileLine } | { readonly gone: string } | { readonly content: readonly [key: string, content: ContentLine] } | { readonly sum: string };

function take(memory: FolderMemory, line: Line, reader: ContentReader): void {
  if ('berthManifests' in line) memory.definitions = line.definitions;
  else if ('gone' in line) memory.files.delete(line.gone);
  else if ('content' in line) memory.contents.set(line.content[0], reader.content(line.content[1]));
  else if ('file' in line) {
    const [path, sizeBytes, mode, stamp, contentHash, key] = line.file;
    memory.files.set(path, { path, sizeBytes, mode, stamp, contentHash, key: key === 0 ? contentHash : key });
  }
}

/** The lines of a file without their ends; one without an end is none. */
function* linesOf(file: string): Generator<Buffer> {
  const fd = openSync(file, 'r');
  try {
    let rest = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const got = readSync(fd, chunk, 0, CHUNK_BYTES, null);
      if (got === 0) return;
      const all = rest.length === 0 ? chunk.subarray(0, got) : Buffer.concat([rest, chunk.subarray(0, got)]);
      let from = 0;
      for (let end = all.indexOf(10, from); end !== -1; end = all.indexOf(10, from)) {
        yield all.subarray(from, end);
        from = end + 1;
      }
      rest = all.subarray(from);
    }
  } finally {
    closeSync(fd);
  }
}

/** Beyond so many further bytes than half of the first block, everything is written anew. */
const GROWTH_BYTES = 256 * 1024;

/** Keeps what is known of one folder in a file: adds what changed, or writes everything anew where that has become too much. */
export class CacheFile {
  private wholeBytes = 0;
  private bytes = 0;

  constructor(
    private readonly file: string,
    private readonly dir: string,
  ) {}

  /** What was kept of this folder; nothing where none fits. */
  load(): FolderMemory {
    const memory = emptyMemory();
    const reader = new ContentReader();
    let block: Line[] = [];
    let blockBytes = 0;
    let sum = createHash('sha256');
    try {
      for (const bytes of linesOf(this.file)) {
        const line = JSON.parse(bytes.toString('utf8')) as Line;
        blockBytes += bytes.length + 1;
        if (!('sum' in line)) {
          if ('berthManifests' in line && (line.berthManifests !== VERSION || line.dir !== this.dir)) break;
          sum.update(bytes);
          block.push(line);
          continue;
        }
        if (sum.digest('hex') !== line.sum) break;
        for (const one of block) take(memory, one, reader);
        this.wholeBytes ||= blockBytes;
        this.bytes += blockBytes;
        block = [];
        blockBytes = 0;
        sum = createHash('sha256');
      }
    } catch {
      // What was read up to here fits.
    }
    return memory;
  }

  /** In steps: after each the caller may stop for good, and then nothing has changed. `beside`: a file of that folder that nobody else writes. That it could not be written is no failure of a scan: the last step says whether it was. */
  *save(memory: FolderMemory, unsaved: Unsaved, beside: string): Generator<undefined, boolean> {
    const isWhole = this.wholeBytes === 0 || unsaved.isAll || unsaved.files.size * 2 > memory.files.size || this.bytes > this.wholeBytes * 1.5 + GROWTH_BYTES || this.bytes !== sizeOf(this.file);
    const target = isWhole ? beside : this.file;
    let isDone = false;
    let fd: number | undefined;
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      fd = openSync(target, isWhole ? 'w' : 'a', 0o600);
      const writer = new BlockWriter(fd, { berthManifests: VERSION, dir: this.dir, definitions: memory.definitions });
      for (const line of isWhole ? allLines(memory) : changedLines(memory, unsaved)) if (writer.add(line)) yield;
      writer.end();
      if (isWhole) {
        renameSync(target, this.file);
        this.wholeBytes = writer.bytes;
        this.bytes = 0;
      }
      this.bytes += writer.bytes;
      isDone = true;
      return true;
    } catch {
      return false;
    } finally {
      if (fd !== undefined) closeSync(fd);
      // A block without its end does not count, and nothing may follow it.
      if (!isDone && !isWhole) this.wholeBytes = 0;
      if (!isDone && isWhole) remove(target);
    }
  }
}

function* allLines({ files, contents }: FolderMemory): Generator<Line> {
  for (const one of files.values()) yield { file: fileLine(one) };
  for (const [key, content] of contents) yield { content: [key, contentLine(content)] };
}

function* changedLines({ files, contents }: FolderMemory, unsaved: Unsaved): Generator<Line> {
  for (const path of unsaved.files) {
    const one = files.get(path);
    yield one === undefined ? { gone: path } : { file: fileLine(one) };
  }
  for (const key of unsaved.contents) {
    const content = contents.get(key);
    if (content !== undefined) yield { content: [key, contentLine(content)] };
  }
}

function fileLine({ path, sizeBytes, mode, stamp, contentHash, key }: KnownFile): FileLine {
  return [path, sizeBytes, mode, stamp, contentHash, key === contentHash ? 0 : key];
}

class BlockWriter {
  bytes = 0;
  private readonly sum = createHash('sha256');
  private waiting: string[] = [];
  private letters = 0;

  constructor(
    private readonly fd: number,
    head: Line,
  ) {
    this.add(head);
  }

  /** Whether something was written: the next step may wait. */
  add(line: Line): boolean {
    const text = JSON.stringify(line);
    this.sum.update(text);
    this.waiting.push(text);
    this.letters += text.length;
    if (this.letters < CHUNK_BYTES / 4) return false;
    this.flush();
    return true;
  }

  end(): void {
    this.waiting.push(JSON.stringify({ sum: this.sum.digest('hex') } satisfies Line));
    this.flush();
  }

  private flush(): void {
    const bytes = Buffer.from(`${this.waiting.join('\n')}\n`);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done);
    this.bytes += bytes.length;
    this.waiting = [];
    this.letters = 0;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It never came to be.
  }
}
