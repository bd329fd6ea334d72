import { describe, expect, it } from 'vitest';
import { contract } from '@shared/contract/contract';
import { withContents, type ContentSource } from '../../../src/cli/contents';
import { filesRenderers } from '../../../src/cli/render/files';
import type { Terminal } from '../../../src/cli/terminal';

const bytes = (text: string): Promise<Uint8Array> => Promise.resolve(new TextEncoder().encode(text));
const source: ContentSource = { cwd: '/work', readFile: (path) => (path === '/work/new.env' ? bytes('A=1\n') : path === '/bad' ? Promise.resolve(new Uint8Array([0xff])) : Promise.reject(new Error('ENOENT'))), readStdin: () => bytes('piped') };
const save = contract['files.save'];
const terminal = {} as Terminal;

describe('the text of a file on the command line', () => {
  it('comes from a file or from standard input, where the entry takes one', async () => {
    expect(await withContents(save, { file: '.env', text: 'new.env' }, source)).toEqual({ file: '.env', text: 'A=1\n' });
    expect(await withContents(save, { file: '.env', text: '-' }, source)).toEqual({ file: '.env', text: 'piped' });
    expect(await withContents(save, { file: '.env' }, source)).toEqual({ file: '.env' });
    expect(await withContents(contract['files.read'], { file: 'text' }, source)).toEqual({ file: 'text' });
  });

  it('is refused where it cannot be read or is no text', async () => {
    await expect(withContents(save, { text: 'gone' }, source)).rejects.toMatchObject({ code: 'file-unreadable', message: 'The new text cannot be read from gone.' });
    await expect(withContents(save, { text: '/bad' }, source)).rejects.toMatchObject({ code: 'file-unreadable', message: 'What /bad holds is not UTF-8 text.' });
  });
});

describe('answers about files', () => {
  it('are a table, the text, and a sentence', () => {
    const file = { file: '/p/.env', path: '.env', kind: 'env' as const, exists: true, sizeBytes: 12, sha256: 'a', readOnly: null, usedBy: [{ mode: 'dev', services: ['api'] }, { mode: 'prod', services: [] }] };
    expect(filesRenderers['files.list']([file, { ...file, path: 'x.env', exists: false, sizeBytes: null, usedBy: [] }], terminal)).toBe('FILE   KIND  BYTES      USED BY\n.env   env   12         dev (api), prod\nx.env  env   not there  -\n');
    expect(filesRenderers['files.list']([], terminal)).toBe('This project has no files.\n');
    const read = { file: '/p/.env', path: '.env', kind: 'env' as const, text: 'A=\u001b[2J1\n', sha256: 'a'.repeat(64), sizeBytes: 4, lineEnds: 'lf' as const, hasBom: false, readOnly: null };
    expect(filesRenderers['files.read'](read, terminal)).toBe('A=1\n');
    expect(filesRenderers['files.read']({ ...read, sha256: 'none', text: '' }, terminal)).toBe('.env is not there yet.\n');
    expect([true, false].map((changed) => filesRenderers['files.save']({ operationId: 'o', file: '.env', sha256: 'none', changed }, terminal))).toEqual(['Saved .env.\n', '.env says this already.\n']);
  });
});
