import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const MAIN = resolve(import.meta.dirname ?? 'test/unit/main/reconcile', '../../../../src/main');

async function sources(folder: string): Promise<string> {
  const names = (await readdir(join(MAIN, folder))).filter((one) => one.endsWith('.ts'));
  return (await Promise.all(names.map((one) => readFile(join(MAIN, folder, one), 'utf8')))).join('\n');
}

/** Two reconcilers, disjoint duties: what runs is written down by one, changed by the other. */
test('the status reconciler puts no operation into the queue, the drift reconciler writes no status', async () => {
  expect(await readFile(join(MAIN, 'services/status.ts'), 'utf8')).not.toMatch(/enqueue/);
  const drift = await sources('reconcile');
  expect(drift).toMatch(/enqueue\('drift\.heal'/);
  expect(drift).not.toMatch(/'status'|services\.changed|projects\.changed/);
});
