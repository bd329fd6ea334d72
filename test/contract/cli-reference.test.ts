import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '@main/api/openapi';
import { referencePage } from '@shared/contract/command-help';
import { defaultTable, describeFields } from '@shared/contract/describe';

describe('what is made from the contract', () => {
  it('docs/cli.md is up to date (npm run docs writes it)', async () => {
    expect(await readFile(resolve('docs/cli.md'), 'utf8')).toBe(referencePage(defaultTable));
  });

  it('every entry has a summary, known positionals and paths', () => {
    for (const [name, entry] of Object.entries(defaultTable)) {
      const fields = describeFields(entry).map((field) => field.name);
      expect(entry.summary, name).toMatch(/^[A-Z].*[.]$/s);
      for (const field of [...entry.positional, ...entry.paths]) expect(fields, name).toContain(field);
      expect(name).toMatch(/^[a-z]+\.[a-z][A-Za-z-]*$/);
    }
  });

  it('the OpenAPI document has a route for each', () => {
    const document = openApiDocument('1.0.0') as { readonly paths: { readonly [path: string]: object } };
    expect(Object.keys(document.paths)).toEqual(['/health', '/v1/health', '/metrics', '/v1/openapi.json', '/v1/events', ...Object.keys(defaultTable).map((name) => `/v1/${name}`)]);
    expect(() => JSON.stringify(document)).not.toThrow();
  });
});
