import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { measureWorkspace } from '@main/platform/measure-workspace';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import { systemClock } from '@main/platform/system-clock';
import { SyncCore } from '@main/workspaces/engine-core';
import { rootFilter } from '@shared/domain/workspaces/filter';
import { savingsPercent } from '@shared/domain/workspaces/words';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../support/bundle';
import { useCleanups } from '../../support/cleanups';
import { usedBy } from '../../support/measured-process';
import { waitUntil, type StorageStage } from '../../support/storage';
import { openStore, syncStage } from './sync-kit';

const later = useCleanups();
const PROJECTS = 10;
const SOURCE_BYTES = 500_000;
const SOURCE_FILES = 12;
const MODULES_BYTES = 49_500_000;
const INSTALLED = 10_000;
const CORE_SHARE = 0.25;
let store: StorageStage;

beforeAll(async () => {
  store = await openStore();
});
afterAll(async () => store?.close());

/** As large as said; what nobody reads has no blocks. */
async function sizedFile(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(bytes);
  await file.close();
}

describe('ten projects whose dependencies are a hundred times their source (1:10)', () => {
  it('take 1 % in the bucket, and the first upload is the source', async () => {
    const s = await syncStage(store);
    later(() => s.close());
    for (let index = 0; index < PROJECTS; index += 1) {
      const each = Math.floor(SOURCE_BYTES / SOURCE_FILES);
      for (let file = 0; file < SOURCE_FILES; file += 1) await s.write(`project-${String(index)}/src/f${String(file)}.js`, Buffer.alloc(each, `line ${String(file)} of ${String(index)}\n`));
      const modules = join(s.root, `project-${String(index)}`, 'node_modules', 'package');
      await mkdir(modules, { recursive: true });
      for (let file = 0; file < 99; file += 1) await sizedFile(join(modules, `part-${String(file)}.js`), MODULES_BYTES / 99);
    }
    const source = PROJECTS * SOURCE_FILES * Math.floor(SOURCE_BYTES / SOURCE_FILES);
    await s.core.close();
    const client = openQuickS3(s.options.s3);
    s.core = new SyncCore(s.options, client, systemClock);
    const report = await s.sync();
    const sent = report.workspaces.reduce((sum, one) => sum + one.bytesSent, 0);
    let there = 0;
    const looker = openQuickS3(s.options.s3);
    later(() => looker.close());
    for await (const page of looker.list(s.bucket, '')) for (const { key, sizeBytes } of page) if (!key.startsWith('.berth/')) there += sizeBytes;
    let whole = 0;
    for (const { name } of report.workspaces) whole += (await measureWorkspace(s.root, name, { filter: rootFilter({ gitignore: null, dockerignore: null }), ignoreFilesIn: async () => ({ gitignore: null, dockerignore: null }) })).whole.bytes;
    process.stdout.write(`here ${String(whole)}, in the bucket ${String(there)}, saved ${String(savingsPercent(whole, there))} %; files sent ${String(sent)}, bodies on the line ${String(client.counters.bytesSent)}\n`);
    expect(report.workspaces).toHaveLength(PROJECTS);
    expect(there).toBeLessThanOrEqual(PROJECTS * SOURCE_BYTES * 1.01);
    expect(savingsPercent(whole, there)).toBe(99);
    expect(Math.abs(sent - source) / source).toBeLessThan(0.05);
    expect(Math.abs(client.counters.bytesSent - source) / source).toBeLessThan(0.05);
  });
});

describe('an install under watch', () => {
  it(`of ${String(INSTALLED)} files sends none of them and takes little of the processor`, async () => {
    const s = await syncStage(store);
    later(() => s.close());
    await s.write('www/package.json', '{}');
    await s.write('www/src/app.js', '1');
    const { dir } = await bundle({ 'sync-watch-main': 'test/support/sync-watch-main.ts' });
    const options = `${s.options.stateDir}.json`;
    await writeFile(options, JSON.stringify(s.options));
    const child = spawn(process.execPath, [join(dir, 'sync-watch-main.cjs'), options], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    later(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    const events: { readonly kind: string; readonly keys?: readonly string[]; readonly uploaded?: number }[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line) as (typeof events)[number]));
    await waitUntil(async () => events.some(({ kind }) => kind === 'mode'), 30_000, 'the watch has begun');
    expect(events[0]).toMatchObject({ kind: 'run', uploaded: 2 });
    const before = usedBy(child.pid ?? 0)?.cpuSeconds ?? 0;
    const began = performance.now();
    for (let index = 0; index < INSTALLED; index += 1) {
      const folder = join(s.root, 'www', 'node_modules', `package-${String(index % 200)}`, 'lib');
      if (index < 200) await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `file-${String(index)}.js`), `module.exports = ${String(index)};\n`);
    }
    const seconds = (performance.now() - began) / 1000;
    // What comes behind all of them has its turn behind them.
    await s.write('www/src/last.js', 'last');
    await waitUntil(async () => (await s.there()).has('www/src/last.js'), 30_000, 'the last file is sent');
    const cpu = (usedBy(child.pid ?? 0)?.cpuSeconds ?? 0) - before;
    process.stdout.write(`${String(INSTALLED)} files in ${seconds.toFixed(1)} s: ${cpu.toFixed(2)} s of the processor, ${((cpu / seconds) * 100).toFixed(1)} % of a core\n`);
    expect([...(await s.there()).keys()]).toEqual(['www/package.json', 'www/src/app.js', 'www/src/last.js']);
    expect(events.filter(({ kind }) => kind === 'run').slice(1).reduce((sum, one) => sum + (one.uploaded ?? 0), 0)).toBeLessThanOrEqual(1);
    expect(cpu / seconds).toBeLessThan(CORE_SHARE);
  });
});
