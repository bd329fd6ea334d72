import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** docs/gitops.md promises nothing without a test of that name. */
test('each promise about folders under git names a test that exists', async () => {
  const page = await readFile('docs/gitops.md', 'utf8');
  const section = /^## What it promises$([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| .+ \| `(test\/[^`]+)`: (.+) \|$/gm)];
  expect(rows).toHaveLength(11);
  for (const [, file, name] of rows) expect(await readFile(file ?? '', 'utf8'), `${file ?? ''}: ${name ?? ''}`).toContain(`'${name ?? ''}'`);
});
