import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createServices, type Services } from '@main/services';
import type { JsonObject } from '@shared/kernel/json';
import type { Operation } from '@shared/domain/operations/operation';
import { exactState } from '../support/exact-tree';

const FILES = 1_000;
const LIMIT_MS = 5_000;

let base: string;
let services: Services;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'bt-gt-')));
  await mkdir(join(base, 'home'));
  for (let index = 0; index < FILES; index += 1) {
    for (const place of ['production', 'examples']) {
      const folder = join(base, 'tree', place, String(index % 9));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `c${String(index)}.yaml`), `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c${String(index)}\n`);
    }
  }
  services = await createServices({ home: join(base, 'home'), version: '0.0.0-test' });
  await services.start();
}, 120_000);
afterAll(async () => {
  await services.close();
  await rm(base, { recursive: true, force: true });
});

async function ended(name: string, given: JsonObject): Promise<Operation> {
  const result = await services.dispatcher.call(name, given, { door: 'cli', signal: new AbortController().signal });
  if (!result.ok) throw new Error(result.error.message);
  return services.operations.wait((result.value as { readonly operationId: string }).operationId, 60_000);
}

it(`a resolution of ${String(FILES)} files is taken back within ${String(LIMIT_MS / 1_000)} seconds`, async () => {
  const dir = join(base, 'tree');
  const before = await exactState(dir);
  const done = await ended('gitops.resolve', { dir });
  const back = await ended('gitops.rollback', { id: done.id });
  expect([done.state, back.state]).toEqual(['succeeded', 'succeeded']);
  const took = (of: Operation): number => (of.result as { readonly durationMs: number }).durationMs;
  process.stdout.write(`${String(FILES)} files: resolved in ${String(took(done))} ms, taken back in ${String(took(back))} ms\n`);
  expect(await exactState(dir)).toEqual(before);
  expect(took(back)).toBeLessThan(LIMIT_MS);
});
