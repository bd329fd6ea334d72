import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { textHash } from '@shared/kernel/text-hash';

const VERSION = 1;
/** More is not remembered: what is not in here is read again, nothing else. */
const MAX_BYTES = 64 * 1024 * 1024;
const FLUSH_CHARS = 256 * 1024;
const UNUSED_MS = 60 * 24 * 60 * 60 * 1_000;

/** A file as it was when it was read, and what was read. */
export interface KnownFile {
  readonly inode: string;
  readonly ctimeNs: string;
  readonly mtimeNs: string;
  readonly size: number;
  /** Where its data is; null without holes. */
  readonly data: readonly (readonly [number, number])[] | null;
  /** SHA-256 of its chunks. */
  readonly hashes: readonly string[];
}

/** What is known of one source from the last time. */
export interface KnownFiles {
  get(path: string): KnownFile | null;
  /** Bytes of its files, as they were counted then; null when nothing is known. */
  readonly totalBytes: number | null;
}

/** What is being learned. It counts only once it is kept. */
export interface Learning {
  add(path: string, file: KnownFile): void;
  keep(totalBytes: number): Promise<void>;
  /** Never rejects. */
  drop(): Promise<void>;
}

/** Which contents a file had when it was read, so that it need not be read again. Lost or damaged, it costs time and nothing else. */
export interface ReadCache {
  /** `generation` tells a source from another one that had its name. */
  open(source: string, generation: string): Promise<KnownFiles>;
  learn(source: string, generation: string): Promise<Learning>;
}

const NOTHING: KnownFiles = { get: () => null, totalBytes: null };

/** Keeps one file for each source beneath `folder`: a header, a line for each file, and the hash of them all. */
export function readCache(folder: string, nowMs: () => number): ReadCache {
  const fileOf = (source: string): string => join(folder, `${textHash(source)}.lines`);
  return {
    async open(source, generation) {
      const text = await readFile(fileOf(source), 'utf8').catch(() => '');
      return parsed(text, source, generation) ?? NOTHING;
    },
    async learn(source, generation) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await sweep(folder, nowMs());
      return learning(fileOf(source), source, generation);
    },
  };
}

function parsed(text: string, source: string, generation: string): KnownFiles | null {
  const cut = text.lastIndexOf('\n', text.length - 2) + 1;
  if (cut <= 0) return null;
  const end = jsonOf(text.slice(cut)) as { sha256?: unknown; totalBytes?: unknown } | null;
  if (end === null || end.sha256 !== createHash('sha256').update(text.slice(0, cut)).digest('hex')) return null;
  const first = text.indexOf('\n');
  const header = jsonOf(text.slice(0, first)) as { berthReadCache?: unknown; source?: unknown; generation?: unknown } | null;
  if (header?.berthReadCache !== VERSION || header.source !== source || header.generation !== generation) return null;
  const lines = new KnownLines(text, first + 1, cut);
  return { get: (path) => knownOf(lines.get(JSON.stringify(path))), totalBytes: typeof end.totalBytes === 'number' ? end.totalBytes : null };
}

/** Lines by their keys. Mostly they are asked for in the order in which they stand: only where they are not, all are looked through. */
class KnownLines {
  private all: Map<string, string> | null = null;
  private at: number;

  constructor(
    private readonly text: string,
    private readonly begin: number,
    private readonly end: number,
  ) {
    this.at = begin;
  }

  get(key: string): string | undefined {
    if (this.all === null && this.at < this.end && this.text.startsWith(`${key}\t`, this.at)) return this.take(key.length);
    this.all ??= this.everything();
    return this.all.get(key);
  }

  private take(keyLength: number): string {
    const next = this.text.indexOf('\n', this.at);
    const line = this.text.slice(this.at + keyLength + 1, next);
    this.at = next + 1;
    return line;
  }

  private everything(): Map<string, string> {
    const lines = new Map<string, string>();
    this.at = this.begin;
    while (this.at < this.end) {
      const key = this.text.slice(this.at, this.text.indexOf('\t', this.at));
      lines.set(key, this.take(key.length));
    }
    return lines;
  }
}

function knownOf(line: string | undefined): KnownFile | null {
  const fields = line === undefined ? null : jsonOf(line);
  if (!Array.isArray(fields) || fields.length !== 6) return null;
  const [inode, ctimeNs, mtimeNs, size, data, hashes] = fields as [string, string, string, number, KnownFile['data'], readonly string[]];
  return { inode, ctimeNs, mtimeNs, size, data, hashes };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

async function learning(file: string, source: string, generation: string): Promise<Learning> {
  const temporary = `${file}.${String(process.pid)}.tmp`;
  const handle: FileHandle = await open(temporary, 'w', 0o600);
  const hash = createHash('sha256');
  let waiting = `${JSON.stringify({ berthReadCache: VERSION, source, generation })}\n`;
  let written = 0;
  let chain: Promise<unknown> = Promise.resolve();
  let failed = false;
  const flush = (): void => {
    const text = waiting;
    waiting = '';
    written += text.length;
    hash.update(text);
    chain = chain.then(() => handle.write(text)).catch(() => (failed = true));
  };
  return {
    add(path, one) {
      // JSON writes a tab and a line end as two characters: neither can be in the key.
      if (written + waiting.length > MAX_BYTES) return;
      waiting += `${JSON.stringify(path)}\t${JSON.stringify([one.inode, one.ctimeNs, one.mtimeNs, one.size, one.data, one.hashes])}\n`;
      if (waiting.length > FLUSH_CHARS) flush();
    },
    async keep(totalBytes) {
      flush();
      waiting = `${JSON.stringify({ sha256: hash.copy().digest('hex'), totalBytes })}\n`;
      flush();
      await chain;
      await handle.close();
      if (failed) await rm(temporary, { force: true });
      else await rename(temporary, file).catch(() => rm(temporary, { force: true }));
    },
    async drop() {
      await chain;
      await handle.close().catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
    },
  };
}

/** Of volumes that are long gone, and what a crash left. */
async function sweep(folder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    const limitMs = name.endsWith('.tmp') ? 24 * 60 * 60 * 1_000 : UNUSED_MS;
    if (found !== null && nowMs - found.mtimeMs > limitMs) await rm(path, { force: true }).catch(() => undefined);
  }
}
