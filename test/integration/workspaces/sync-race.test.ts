import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { DEEP } from '../../support/random';
import { syncWorld } from '../../unit/main/workspaces/sync-world';

const UPLOADS = DEEP ? 10_000 : 1_000;
const TIMEOUT_MS = UPLOADS * 180;
const FILES = 24;
const RECORD = resolve('docs/reliability/sync-race.md');
const BYTES = 256 * 1024;

/** Writes one letter over the whole of a file in one call, again and again: a file that is read whole has one letter. */
const WRITER = `
const { workerData, parentPort } = require('node:worker_threads');
const fs = require('node:fs');
const files = workerData.paths.map((path) => fs.openSync(path, 'r+'));
let turn = 0;
const write = () => {
  for (let index = 0; index < 2; index += 1) {
    const fd = files[Math.floor(Math.random() * files.length)];
    turn += 1;
    fs.writeSync(fd, Buffer.alloc(workerData.bytes, 97 + (turn % 26)), 0, workerData.bytes, 0);
  }
  setTimeout(write, Math.random() * 3);
};
write();
parentPort.postMessage('writing');
`;

describe('files that are written while they are sent', () => {
  it(`arrive whole or not at all, ${String(UPLOADS)} times`, async () => {
    const w = await syncWorld();
    let sent = 0;
    let torn = 0;
    const put = w.s3.put;
    w.s3.put = async (request) => {
      if (!request.key.startsWith('.berth/')) {
        sent += 1;
        const { body } = request;
        if (!Buffer.alloc(body.length, body[0]).equals(body)) torn += 1;
      }
      return put(request);
    };
    const keys = Array.from({ length: FILES }, (_, index) => `a/f${String(index)}`);
    for (const key of keys) await w.write(key, 'a'.repeat(BYTES));
    const writer = new Worker(WRITER, { eval: true, workerData: { paths: keys.map((key) => join(w.root, key)), bytes: BYTES } });
    let busy = 0;
    try {
      await new Promise((resolve) => writer.once('message', resolve));
      while (sent < UPLOADS) busy += (await w.sync()).skipped.filter(({ reason }) => reason === 'busy').length;
    } finally {
      await writer.terminate();
    }
    process.stdout.write(`${String(sent)} uploads beside a writer: ${String(torn)} torn, ${String(busy)} times a file was told to be busy\n`);
    expect(torn).toBe(0);
    expect((await w.sync()).skipped).toEqual([]);
    for (const key of keys) expect(w.s3.text(key)).toMatch(/^(.)\1{262143}$/);
    await w.close();
    if (DEEP) await writeFile(RECORD, recordOf(sent, busy));
  }, TIMEOUT_MS);
});

/** What is kept of a whole enumeration; it is only written when nothing was torn. */
function recordOf(sent: number, busy: number): string {
  return `# Files sent while they are written

Date ${new Date().toISOString().slice(0, 10)}; the writer's moments are random and have no seed. \`npm run test:deep -- sync-race\` syncs ${String(FILES)} files of 256 KiB to a store in memory while a thread
writes one letter over the whole of one or two of them every few milliseconds: an upload with two letters is torn. In the end every object is whole and nothing is left out.

| uploads | torn | times a file was told to be busy and left for the next run |
|---|---|---|
| ${String(sent)} | 0 | ${String(busy)} |
`;
}
