import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CacheFile, emptyMemory, type FolderMemory, type Unsaved } from '@main/platform/manifests/cache-file';

let root: string;
let file: string;
let memory: FolderMemory;
let unsaved: Unsaved;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'berth-manifest-cache-'));
  file = join(root, 'gitops', 'a.cache');
  memory = emptyMemory();
  unsaved = { isAll: false, files: new Set(), contents: new Set() };
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function know(path: string, contentHash: string): void {
  memory.files.set(path, { path, sizeBytes: 1, mode: 0o644, stamp: '1 2 3', contentHash, key: contentHash });
  memory.contents.set(contentHash, { kind: 'empty', reason: `hash ${contentHash}`, problem: null, documents: [], marks: {}, facts: null, services: [], definitions: [] });
  unsaved.files.add(path);
  unsaved.contents.add(contentHash);
}

function save(cache: CacheFile): boolean {
  const steps = cache.save(memory, unsaved, `${file}.new`);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  if (step.value) for (const one of [unsaved.files, unsaved.contents]) one.clear();
  return step.value;
}

/** Many files known and kept. */
function kept(): CacheFile {
  for (let at = 0; at < 50; at += 1) know(`f${String(at)}.yaml`, `h${String(at)}`);
  const cache = new CacheFile(file, '/a');
  expect(save(cache)).toBe(true);
  return cache;
}

const loaded = (): FolderMemory => new CacheFile(file, '/a').load();

describe('what is known of a folder', () => {
  it('is known again, for this folder only', () => {
    kept();
    expect(loaded()).toEqual(memory);
    expect(new CacheFile(file, '/b').load()).toEqual(emptyMemory());
  });

  it('takes only what changed, also in the next process, until that is too much', () => {
    let cache = kept();
    const whole = statSync(file).size;
    know('f1.yaml', 'other');
    memory.files.delete('f2.yaml');
    unsaved.files.add('f2.yaml');
    expect(save(cache)).toBe(true);
    const after = statSync(file).size - whole;
    expect(after).toBeLessThan(600);
    expect(loaded().files).toEqual(memory.files);
    cache = new CacheFile(file, '/a');
    cache.load();
    know('f3.yaml', 'another');
    expect(save(cache)).toBe(true);
    expect(statSync(file).size).toBeGreaterThan(whole + after);
    expect(loaded().files).toEqual(memory.files);
    for (let at = 0; statSync(file).size > whole / 2 && at < 5_000; at += 1) {
      know('f4.yaml', `again${String(at)}`);
      const before = statSync(file).size;
      save(cache);
      if (statSync(file).size < before) break;
    }
    expect(statSync(file).size).toBeLessThan(whole * 1.5 + 300 * 1024);
    expect(loaded().files).toEqual(memory.files);
  });

  it('is what it was before a block that broke off or does not fit, and is written anew after it', () => {
    const cache = kept();
    const before = loaded();
    const whole = readFileSync(file);
    know('f1.yaml', 'other');
    expect(save(cache)).toBe(true);
    const all = readFileSync(file);
    writeFileSync(file, all.subarray(0, -5));
    expect(loaded()).toEqual(before);
    writeFileSync(file, Buffer.from(all.toString('utf8').replace('"other"', '"0ther"')));
    expect(loaded()).toEqual(before);
    appendFileSync(file, 'no json\n');
    know('f1.yaml', 'third');
    expect(save(cache)).toBe(true);
    expect(readFileSync(file).subarray(0, 20)).toEqual(whole.subarray(0, 20));
    expect(loaded().files).toEqual(memory.files);
  });

  it('is as it was where writing was stopped, and whole the next time', () => {
    const cache = kept();
    const before = readFileSync(file);
    for (let at = 0; at < 8_000; at += 1) know(`g${String(at)}.yaml`, `${'g'.repeat(60)}${String(at)}`);
    const steps = cache.save(memory, unsaved, `${file}.new`);
    expect(steps.next().done).toBe(false);
    steps.return(false);
    expect(readFileSync(file)).toEqual(before);
    expect(statSync(`${file}.new`, { throwIfNoEntry: false })).toBeUndefined();
    expect(save(cache)).toBe(true);
    expect(loaded()).toEqual(memory);
  });
});
