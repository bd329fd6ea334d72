import { createReadStream, createWriteStream, constants } from 'node:fs';
import { chmod, mkdir, open, symlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/** A reader of plain zip files (stored and deflated, no zip64, no encryption): a bare machine has no unzip program. */

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER_BYTES = 30;

async function readAt(file, position, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new Error('The zip file is cut short');
  return buffer;
}

async function readDirectory(file) {
  const { size } = await file.stat();
  const tailBytes = Math.min(size, 65_557);
  const end = await readAt(file, size - tailBytes, tailBytes);
  let at = tailBytes - 22;
  while (at >= 0 && end.readUInt32LE(at) !== END_OF_DIRECTORY) at -= 1;
  if (at < 0) throw new Error('Not a zip file');
  const directory = await readAt(file, end.readUInt32LE(at + 16), end.readUInt32LE(at + 12));
  const entries = [];
  for (let offset = 0; offset + 46 <= directory.length && directory.readUInt32LE(offset) === DIRECTORY_ENTRY; ) {
    const nameBytes = directory.readUInt16LE(offset + 28);
    const skip = directory.readUInt16LE(offset + 30) + directory.readUInt16LE(offset + 32);
    entries.push({
      name: directory.toString('utf8', offset + 46, offset + 46 + nameBytes),
      method: directory.readUInt16LE(offset + 10),
      packedBytes: directory.readUInt32LE(offset + 20),
      mode: directory.readUInt32LE(offset + 38) >>> 16,
      headerAt: directory.readUInt32LE(offset + 42),
    });
    offset += 46 + nameBytes + skip;
  }
  return entries;
}

/** Unpacks the entries for which `nameFor(entry name)` gives a path, beneath `target`. */
export async function unzip(archive, target, nameFor) {
  const file = await open(archive, 'r');
  try {
    for (const entry of await readDirectory(file)) {
      const name = nameFor(entry.name);
      if (name === null) continue;
      const path = resolve(join(target, name));
      if (path !== resolve(target) && !path.startsWith(resolve(target) + sep)) throw new Error(`The zip file names a path outside: ${entry.name}`);
      if (entry.name.endsWith('/')) {
        await mkdir(path, { recursive: true });
        continue;
      }
      await mkdir(dirname(path), { recursive: true });
      const header = await readAt(file, entry.headerAt, LOCAL_HEADER_BYTES);
      const start = entry.headerAt + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
      await writeEntry(archive, file, entry, start, path);
    }
  } finally {
    await file.close();
  }
}

async function writeEntry(archive, file, entry, start, path) {
  if ((entry.mode & constants.S_IFMT) === constants.S_IFLNK) {
    await symlink((await readAt(file, start, entry.packedBytes)).toString('utf8'), path);
    return;
  }
  if (entry.method !== 0 && entry.method !== 8) throw new Error(`The zip file packs ${entry.name} in a way this reader does not know`);
  const out = createWriteStream(path);
  if (entry.packedBytes === 0) await new Promise((done, fail) => out.on('error', fail).end(done));
  else {
    const source = createReadStream(archive, { start, end: start + entry.packedBytes - 1 });
    await (entry.method === 8 ? pipeline(source, createInflateRaw(), out) : pipeline(source, out));
  }
  await chmod(path, (entry.mode & 0o777) || 0o644);
}
