import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const MAIN = resolve(import.meta.dirname, '../../../../src/main');

async function sourcesOf(folder: string, matching: RegExp): Promise<string> {
  const names = (await readdir(join(MAIN, folder))).filter((name) => matching.test(name));
  expect(names.length).toBeGreaterThan(0);
  return (await Promise.all(names.map((name) => readFile(join(MAIN, folder, name), 'utf8')))).join('\n');
}

it('observes without ever asking for an operation', async () => {
  const status = await sourcesOf('services', /^status.*\.ts$/);
  expect(status).not.toMatch(/enqueue/i);
  expect(status).not.toMatch(/engine\s*\.\s*as\(|Authorization/);
  expect(await sourcesOf('monitor', /^mounts.*\.ts$/)).not.toMatch(/enqueue/i);
});

it('leaves the stored and the published state of services to the status reconciler', async () => {
  const drift = await sourcesOf('reconcile', /\.ts$/);
  expect(drift).not.toMatch(/type:\s*'services\.changed'/);
  expect(drift).not.toMatch(/(?:patchRecord|removeRecord)\(\s*'status'/);
});
