/**
 * Keeps a volume in step with what was sent to the bucket; from `docker exec`, in a container that has the volume and no network.
 *
 *   list    prints a line for each file that is there as it was written, with the MD5 of its content, and `{"end":true}`
 *   apply   reads frames and prints what came of them: a file is whole or as it was before, and removals come last
 *
 * A frame is a line of JSON: `{"put":"api/app.js","size":12,"md5":"…"}` and as many bytes, `{"remove":"api/old.js"}`, `{"end":true}`.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, lstat, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder, placeFile, removeFile } from './copy-source.mjs';

/** As the bucket has it: Berth's own beside the workspaces. */
const OWN = '.berth';
const HEADER_MAX_BYTES = 16 * 1024;

/** A path below the volume that leads nowhere else, and not into what is Berth's. */
export function isPlainPath(path) {
  const parts = typeof path === 'string' ? path.split('/') : [];
  return parts.length > 0 && parts[0] !== OWN && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\0'));
}

/** What was written, by path: size, time and hash. What cannot be read is as if nothing had been. */
async function readHeld(volume) {
  return readFile(join(volume, OWN, 'held.json'), 'utf8').then((text) => new Map(Object.entries(JSON.parse(text))), () => new Map());
}

async function writeHeld(volume, held) {
  const file = join(volume, OWN, 'held.json');
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(held)));
  await rename(`${file}.new`, file);
}

/** Pieces of a stream: lines, and exactly as many bytes as were announced. */
export class Frames {
  constructor(stream) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.rest = Buffer.alloc(0);
  }

  async more() {
    const { value, done } = await this.chunks.next();
    if (done) throw new Error('The frames ended before their end.');
    this.rest = this.rest.length === 0 ? value : Buffer.concat([this.rest, value]);
  }

  async header() {
    let end = this.rest.indexOf(10);
    for (; end === -1; end = this.rest.indexOf(10)) {
      if (this.rest.length > HEADER_MAX_BYTES) throw new Error('A frame has no header.');
      await this.more();
    }
    const line = this.rest.subarray(0, end).toString('utf8');
    this.rest = this.rest.subarray(end + 1);
    return JSON.parse(line);
  }

  async *bytes(size) {
    for (let left = size; left > 0; ) {
      if (this.rest.length === 0) await this.more();
      const piece = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}

/** Writes one file beside its place, and puts it there when it is what was announced. False when its content moved on the way. */
async function put(volume, held, frame, bytes) {
  const part = join(volume, OWN, 'part');
  const hash = createHash('md5');
  await rm(part, { force: true });
  const file = await open(part, 'wx', 0o644);
  try {
    for await (const piece of bytes) {
      hash.update(piece);
      await file.write(piece);
    }
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== frame.md5 || !isPlainPath(frame.put)) {
    await rm(part, { force: true });
    return false;
  }
  await chmod(part, 0o644);
  held.delete(frame.put);
  await makeFolder(volume, dirname(frame.put));
  await placeFile(part, join(volume, frame.put));
  const { size, mtimeMs } = await lstat(join(volume, frame.put));
  held.set(frame.put, { size, mtimeMs, md5: frame.md5 });
  return true;
}

/** What the frames say, done. Resolves with what was put and removed, and with what moved while it was read. */
export async function apply(volume, stream) {
  await mkdir(join(volume, OWN), { recursive: true });
  const held = await readHeld(volume);
  const frames = new Frames(stream);
  const done = { put: 0, removed: 0, moved: [] };
  try {
    for (let frame = await frames.header(); frame.end !== true; frame = await frames.header()) {
      if (frame.put !== undefined) {
        if (await put(volume, held, frame, frames.bytes(frame.size))) done.put += 1;
        else done.moved.push(frame.put);
      } else if (isPlainPath(frame.remove)) {
        held.delete(frame.remove);
        await removeFile(volume, frame.remove);
        done.removed += 1;
      }
    }
  } finally {
    await writeHeld(volume, held);
  }
  return done;
}

/** What is there, with the hash of its content; of a file that somebody else touched there is none, so that it is written again. */
export async function list(volume) {
  const there = [];
  for (const [path, { size, mtimeMs, md5 }] of await readHeld(volume)) {
    const found = await lstat(join(volume, path)).catch(() => null);
    there.push({ key: path, sizeBytes: size, md5: found !== null && found.isFile() && found.size === size && found.mtimeMs === mtimeMs ? md5 : '' });
  }
  return there;
}

async function main([verb, volume]) {
  if (verb === 'apply') return console.log(JSON.stringify(await apply(volume, process.stdin)));
  if (verb !== 'list') throw new Error('fill-volume list|apply FOLDER');
  for (const one of await list(volume)) console.log(JSON.stringify(one));
  console.log(JSON.stringify({ end: true }));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2)).then(
    () => process.exit(0),
    (error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
}
