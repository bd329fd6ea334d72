import { mkdtemp, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkChild, type ChildHandle, type ChildSpawner } from '@main/platform/child-worker';
import { createManifestScanner, type FolderScan, type ManifestScanner } from '@main/platform/manifests/scanner';
import { AppError } from '@shared/kernel/app-error';
import { makeManifestTree } from '../support/manifest-tree';

const FILES = 3_000;

let root: string;
let dir: string;
let scanner: ManifestScanner;
let children: ChildHandle[];
let running: number;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'berth-scanner-kills-')));
  dir = join(root, 'tree');
  await mkdir(dir);
  await makeManifestTree(dir, FILES, 21);
  [children, running] = [[], 0];
  scanner = createManifestScanner({ home: join(root, 'state'), schemaFile: 'resources/kubernetes/schemas.json.gz', spawn });
});

afterEach(async () => {
  scanner.close();
  await rm(root, { recursive: true, force: true });
});

/** As node itself is forked, but kept count of. */
const spawn: ChildSpawner = (entry, options) => {
  const child = forkChild(entry, options);
  children.push(child);
  running += 1;
  child.onExit(() => {
    running -= 1;
  });
  return child;
};

function scan(onProgress: () => void, threads = 0, fresh = true): Promise<FolderScan> {
  return scanner.scan({ dir, fresh, paths: null, threads }, new AbortController().signal, onProgress);
}

/** What lies in the state folder, without what is known of the folder. */
async function leftBehind(): Promise<readonly string[]> {
  return (await readdir(join(root, 'state', 'gitops'))).filter((name) => !name.endsWith('.cache'));
}

describe('a scanner whose process is killed', () => {
  it.each([0, 2])('in the middle of a scan, with %i threads beside it: the scan begins anew, finds all there is, and leaves nothing behind', async (threads) => {
    let kills = 0;
    const found = await scan(() => {
      if (kills === 2) return;
      kills += 1;
      children.at(-1)?.kill();
    }, threads);
    expect(kills).toBe(2);
    expect(children).toHaveLength(3);
    expect(found.files).toHaveLength(FILES);
    expect(found.files.filter((one) => one.kind !== 'manifests')).toEqual([]);
    const undisturbed = await scan(() => undefined, threads);
    expect(children).toHaveLength(3);
    expect(undisturbed.groups).toEqual(found.groups);
    expect(undisturbed.files).toEqual(found.files);
    scanner.close();
    await expect.poll(() => running).toBe(0);
    await expect.poll(leftBehind).toEqual([]);
  });

  it('each time it starts: the scan fails with one sentence, and the next one works', async () => {
    const failed = await scan(() => children.at(-1)?.kill()).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(AppError);
    expect(failed).toMatchObject({ code: 'internal', where: { file: dir } });
    expect((failed as AppError).message).toMatch(/^[A-Z][^.\n]*\.$/);
    expect((await scan(() => undefined)).files).toHaveLength(FILES);
    scanner.close();
    await expect.poll(() => running).toBe(0);
    await expect.poll(leftBehind).toEqual([]);
  });

  it('between two scans, also while it keeps what it read: the next scan knows everything', async () => {
    const first = await scan(() => undefined);
    children.at(-1)?.kill();
    await expect.poll(() => running).toBe(0);
    const second = await scan(() => undefined, 0, false);
    expect(children).toHaveLength(2);
    expect(second.groups).toEqual(first.groups);
    expect(second.files).toEqual(first.files);
    await expect.poll(async () => (await readdir(join(root, 'state', 'gitops'))).filter((name) => name.endsWith('.cache'))).toHaveLength(1);
    scanner.close();
    await expect.poll(leftBehind).toEqual([]);
  });
});
