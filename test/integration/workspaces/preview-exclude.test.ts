import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewExclude } from '@main/workspaces/preview-exclude';

/** What an ignore file with another text would change, on real folders. */
describe('the preview of an exclude', () => {
  let root = '';
  const files = ['api/app.js', 'api/temp/a', 'api/fixtures/one.json', 'api/node_modules/x.js'];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'berth-preview-'));
    for (const file of files) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), file);
    }
    await writeFile(join(root, 'api/.gitignore'), 'temp/\n');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('adds lines to what the file has, as they would be written', async () => {
    expect(await previewExclude(root, 'api', '.gitignore', { text: 'fixtures/', append: true })).toEqual({ before: 3, after: 2, excluded: ['api/fixtures/one.json'], included: [] });
    expect(await previewExclude(root, 'api', '.gitignore', { text: ' !temp/ \n\n', append: true })).toEqual({ before: 3, after: 4, excluded: [], included: ['api/temp/a'] });
    expect(await previewExclude(root, 'api', '.dockerignore', { text: '*.js', append: true })).toMatchObject({ excluded: ['api/app.js'] });
  });

  it('takes a whole text as it is', async () => {
    expect(await previewExclude(root, 'api', '.gitignore', { text: 'fixtures/\n', append: false })).toEqual({ before: 3, after: 3, excluded: ['api/fixtures/one.json'], included: ['api/temp/a'] });
  });
});
