import { watch } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

/** One line of a service's log. */
export interface LogEntry {
  readonly at: string;
  readonly service: string;
  readonly text: string;
}

/** Which lines are wanted. */
export interface LogQuery {
  readonly service: string | null;
  readonly contains: string;
  /** Only lines after it. */
  readonly since: string | null;
  readonly tail: number;
}

/** How far back a file is read. */
const READ_BYTES = 4 * 1024 * 1024;
/** On mounts that send no events, lines come with this look. */
const LOOK_MS = 500;
const LINE = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/;

/** The newest lines of all services in the order of their times, oldest first. */
export async function readLogs(folder: string, query: LogQuery): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (const name of await logFiles(folder)) {
    const { text } = await readFrom(join(folder, name), -READ_BYTES);
    entries.push(...entriesOf(text, basename(name).replace(/\.log(\.1)?$/, '')).filter((entry) => wanted(entry, query)));
  }
  return entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(query.tail === 0 ? Infinity : -query.tail);
}

/** Sends the newest lines, then every further one as it is written, as server-sent events `lines` with an array, until the reader goes away. */
export async function streamLogs(response: ServerResponse, folder: string, query: LogQuery): Promise<void> {
  const offsets = new Map<string, number>();
  for (const name of await current(folder)) offsets.set(name, await sizeOf(join(folder, name)));
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  send(response, await readLogs(folder, query));
  let left = false;
  let wake: () => void = () => undefined;
  let changed = false;
  const stir = (): void => {
    changed = true;
    wake();
  };
  const watcher = watch(folder, stir);
  watcher.on('error', () => undefined);
  const timer = setInterval(stir, LOOK_MS);
  response.once('close', () => {
    left = true;
    stir();
  });
  try {
    while (!left) {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
      const lines: LogEntry[] = [];
      for (const name of await current(folder)) lines.push(...(await appended(folder, name, offsets)).filter((entry) => wanted(entry, query)));
      if (lines.length > 0 && !send(response, lines)) await drained(response);
    }
  } finally {
    watcher.close();
    clearInterval(timer);
  }
}

async function appended(folder: string, name: string, offsets: Map<string, number>): Promise<LogEntry[]> {
  const path = join(folder, name);
  const sizeBytes = await sizeOf(path);
  const known = offsets.get(name) ?? 0;
  // It began anew: from its start.
  const from = sizeBytes < known ? 0 : known;
  if (sizeBytes === from) return [];
  const { text, endBytes } = await readFrom(path, Math.max(from, sizeBytes - READ_BYTES));
  // The last line may not be whole yet: it comes with the next look.
  const whole = text.lastIndexOf('\n') + 1;
  offsets.set(name, endBytes - Buffer.byteLength(text.slice(whole)));
  return entriesOf(text.slice(0, whole), name.replace(/\.log$/, ''));
}

function send(response: ServerResponse, lines: readonly LogEntry[]): boolean {
  return response.write(`event: lines\ndata: ${JSON.stringify(lines)}\n\n`);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}

function wanted(entry: LogEntry, query: LogQuery): boolean {
  return (query.service === null || entry.service === query.service) && (query.since === null || entry.at > query.since) && entry.text.toLowerCase().includes(query.contains.toLowerCase());
}

function entriesOf(text: string, service: string): LogEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    return match === null ? [] : [{ at: match[1] ?? '', service, text: match[2] ?? '' }];
  });
}

async function logFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[a-z0-9-]+\.log(\.1)?$/.test(name)).sort((a, b) => (a.endsWith('.1') === b.endsWith('.1') ? a.localeCompare(b) : a.endsWith('.1') ? -1 : 1));
}

async function current(folder: string): Promise<string[]> {
  return (await logFiles(folder)).filter((name) => name.endsWith('.log'));
}

async function sizeOf(path: string): Promise<number> {
  const handle = await open(path).catch(() => null);
  if (handle === null) return 0;
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** From an offset, or the last bytes when it is negative. */
async function readFrom(path: string, from: number): Promise<{ readonly text: string; readonly endBytes: number }> {
  const handle = await open(path).catch(() => null);
  if (handle === null) return { text: '', endBytes: 0 };
  try {
    const { size } = await handle.stat();
    const start = from < 0 ? Math.max(0, size + from) : Math.min(from, size);
    const bytes = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    return { text: bytes.toString('utf8', 0, bytesRead), endBytes: start + bytesRead };
  } finally {
    await handle.close();
  }
}
