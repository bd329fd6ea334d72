import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChildSpawner } from '@main/platform/child-worker';
import type { ScannerCall } from '@main/platform/manifests/protocol';
import { markBytes } from '@main/platform/manifests/reading-mark';
import { createManifestScanner } from '@main/platform/manifests/scanner';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'bt-deaths-'));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

const RESULT = { generation: 1, isWhole: true, removed: [], applyRoots: [], groups: [], skipped: [], filesRead: 0, documents: 0, threads: 0, peakBytes: 0, phases: {} };

/** A process that reads its suspects one by one and then the rest together, and dies as `dies` says of what it reads: a file that kills the real one is not to be had at will. */
function dying(all: readonly string[], dies: (reading: readonly string[], start: number) => boolean): { readonly spawn: ChildSpawner; readonly refused: readonly string[][] } {
  const refused: string[][] = [];
  const spawn: ChildSpawner = () => {
    let [tell, exit] = [(_message: unknown): void => undefined, (): void => undefined];
    return {
      send: (message) => {
        const call = message as ScannerCall;
        if (call.method !== 'scan') return;
        const { request } = call;
        const start = refused.push([...request.refused]) - 1;
        const open = all.filter((path) => !request.refused.includes(path));
        const turns = [...request.suspects.filter((path) => open.includes(path)).map((path) => [path]), open.filter((path) => !request.suspects.includes(path))];
        setImmediate(() => {
          tell({ ready: true });
          for (const reading of turns) {
            writeFileSync(request.readingFile, markBytes(reading));
            if (dies(reading, start)) return exit();
          }
          tell({ id: call.id, kind: 'done', result: RESULT });
        });
      },
      onMessage: (listener) => void (tell = listener),
      onExit: (listener) => void (exit = listener),
      kill: () => undefined,
      hold: () => undefined,
    };
  };
  return { spawn, refused };
}

const scan = (spawn: ChildSpawner): Promise<unknown> => createManifestScanner({ home, schemaFile: '', spawn }).scan({ dir: join(home, Math.random().toString(36)), fresh: true, paths: null, threads: 0 }, new AbortController().signal, () => undefined);

test('a file at which it dies again and again is left out, and no other', async () => {
  const { spawn, refused } = dying(['a', 'bad', 'c'], (reading) => reading.includes('bad'));
  await scan(spawn);
  expect(refused).toEqual([[], [], [], ['bad']]);
});

test('a file that was only being read by itself when the process was killed once more is not left out', async () => {
  const { spawn, refused } = dying(['a', 'b', 'c'], (_reading, start) => start < 2);
  await scan(spawn);
  expect(refused.at(-1)).toEqual([]);
});

test('several files of that kind are all found', async () => {
  const bad = ['b1', 'b2', 'b3', 'b4'];
  const { spawn, refused } = dying(['a', ...bad, 'z'], (reading) => reading.some((path) => bad.includes(path)));
  await scan(spawn);
  expect(refused.at(-1)).toEqual(bad);
});
