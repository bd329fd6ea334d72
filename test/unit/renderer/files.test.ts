import { describe, expect, it } from 'vitest';
import { composeOptions, namesOf, shapeAt } from '../../../src/renderer/src/features/files/compose-options';
import { composePlace, type ComposePlace } from '../../../src/renderer/src/features/files/compose-place';
import { countMarks, marksOf } from '../../../src/renderer/src/features/files/check-marks';
import { effectWords } from '../../../src/renderer/src/features/files/effect-words';
import { envRows, type VariableEntry } from '../../../src/renderer/src/features/files/env-rows';
import { closeFile, isStale, keepDraft, keptFiles, openFile, openFilesOf, revived, textOf, tookRead, tookSaved, tookText, unsavedFiles, type OpenFile, type ReadFile } from '../../../src/renderer/src/features/files/files-store';
import type { FileCheck } from '../../../src/renderer/src/features/files/use-files';

/** The text up to `|`, with the place where that stands. */
function placeOf(marked: string): ComposePlace | null {
  const at = marked.indexOf('|');
  return composePlace(marked.replace('|', ''), at);
}

const labels = (marked: string): readonly string[] => {
  const place = placeOf(marked);
  return place === null ? [] : composeOptions(place, marked.replace('|', '')).map((option) => option.label);
};

const SHOP = ['services:', '  api:', '    image: shop', '    depends_on:', '      - db', '    ports:', '      - target: 80', '        published: "8080"', '  db:', '    image: postgres', 'networks:', '  back:', 'volumes:', '  data:', ''].join('\n');

describe('a place of a compose file', () => {
  it('is told from indentation, lists included', () => {
    expect(placeOf('ser|')).toMatchObject({ path: [], kind: 'key', typed: 'ser', from: 0 });
    expect(placeOf('services:\n  api:\n    ima|')).toMatchObject({ path: ['services', 'api'], kind: 'key', typed: 'ima' });
    expect(placeOf('services:\n  api:\n    restart: un|')).toMatchObject({ path: ['services', 'api', 'restart'], kind: 'value', typed: 'un' });
    expect(placeOf('services:\n  api:\n    networks:\n      - ba|')).toMatchObject({ path: ['services', 'api', 'networks', '*'], kind: 'key', isItem: true, typed: 'ba' });
    expect(placeOf('services:\n  api:\n    networks:\n    - ba|')).toMatchObject({ path: ['services', 'api', 'networks', '*'] });
    expect(placeOf('services:\n  api:\n    ports:\n      - target: 80\n        pub|')).toMatchObject({ path: ['services', 'api', 'ports', '*'], kind: 'key', typed: 'pub', siblings: new Set(['target']) });
    expect(placeOf('services:\n  api:\n    ports:\n      - target: 80\n      - pub|')).toMatchObject({ path: ['services', 'api', 'ports', '*'], isItem: true });
    expect(placeOf('services:\n  api:\n    networks: [ba|')).toMatchObject({ path: ['services', 'api', 'networks', '*'], isItem: true, typed: 'ba' });
    expect(placeOf('services:\n  api:\n    image: x\n  w|\n')).toMatchObject({ path: ['services'], siblings: new Set(['api']) });
    expect(placeOf('services:\n  api:\n    image: x\nne|')).toMatchObject({ path: [], siblings: new Set(['services']) });
  });

  it('is none within comments, quotes and blocks of text', () => {
    for (const marked of ['# ser|', 'services: # x|', '  "ser|', 'services:\n  api:\n    command: |\n      ima'.replace(': |', ': >').concat('|')]) expect(placeOf(marked), marked).toBeNull();
  });

  it('knows what may stand there', () => {
    expect(labels('|')).toEqual(expect.arrayContaining(['services', 'networks', 'volumes']));
    expect(labels('services:\n  api:\n    image: x\n    |')).toEqual(expect.arrayContaining(['build', 'ports', 'healthcheck']));
    expect(labels('services:\n  api:\n    image: x\n    |')).not.toContain('image');
    expect(labels('services:\n  api:\n    restart: |')).toEqual(['no', 'always', 'on-failure', 'unless-stopped']);
    expect(labels('services:\n  api:\n    privileged: |')).toEqual(['true', 'false']);
    expect(labels('services:\n  api:\n    depends_on:\n      db:\n        condition: |')).toEqual(['service_started', 'service_healthy', 'service_completed_successfully']);
    expect(labels('services:\n  api:\n    healthcheck:\n      |')).toEqual(expect.arrayContaining(['test', 'interval']));
    expect(shapeAt(['services', 'api', 'ports', '*'])?.keys).toHaveProperty('published');
    expect(shapeAt(['nothing', 'like', 'it'])).toBeUndefined();
  });

  it('knows the names that the file declares', () => {
    expect(namesOf(SHOP, 'services')).toEqual(['api', 'db']);
    const at = (line: string): readonly string[] => labels(SHOP.replace('    depends_on:\n      - db', line));
    expect(at('    depends_on:\n      - |')).toEqual(['db']);
    expect(at('    networks:\n      - |')).toEqual(expect.arrayContaining(['back']));
    expect(at('    volumes:\n      - |')).toEqual(expect.arrayContaining(['data', 'type']));
    expect(at('    network_mode: |')).toEqual(['bridge', 'host', 'none', 'service:db']);
  });

  it('never fails on any text', () => {
    const hostile = ['<script>', ':::', '- - - a', '{[', '\t\tx', "'", '"', '? a\n: b', '&a *b', '%', '\u202e', '__proto__:\n  constructor:\n    ', '- \n'.repeat(50)];
    for (const text of hostile) for (let at = 0; at <= text.length; at += 1) expect(() => composePlace(text, at)).not.toThrow();
    expect(labels('__proto__:\n  |')).toEqual([]);
    expect(labels('services:\n  constructor:\n    |')).toContain('image');
  });
});

const variable = (parts: Partial<VariableEntry>): VariableEntry => ({ name: 'A', service: null, value: '', masked: false, source: '.env:1', state: 'set', shadowed: [], ...parts });

describe('the table of an env file', () => {
  it('says who decides, what is hidden and what is not used', () => {
    const rows = envRows('A=1\nB=2\nA=3\nC=4\n', '.env', [
      variable({ source: '.env:3', shadowed: [{ source: 'default in compose.yaml:3', value: '' }] }),
      variable({ name: 'B', source: 'shell', shadowed: [{ source: '.env:2', value: '' }] }),
      variable({ name: 'B', service: 'api', source: 'environment of api, compose.yaml:9', shadowed: [] }),
    ]);
    expect(rows.map(({ entry, overruledBy }) => [entry.name, overruledBy])).toEqual([['A', 3], ['B', null], ['A', null], ['C', null]]);
    expect(rows[2]?.uses).toEqual([{ service: null, chain: ['.env:3', 'default in compose.yaml:3'], own: 0 }]);
    expect(rows[1]?.uses).toEqual([{ service: null, chain: ['shell', '.env:2'], own: 1 }]);
    expect(rows[3]?.uses).toEqual([]);
  });

  it('knows its own file by its whole path', () => {
    const uses = (source: string, path: string): number | undefined => envRows('A=1\n', path, [variable({ service: 'api', source })])[0]?.uses[0]?.own;
    expect([uses('env_file api.env:2', 'api.env'), uses('env_file my-api.env:2', 'api.env'), uses('env_file conf/api.env:2', 'api.env'), uses('env_file conf/api.env:2', 'conf/api.env')]).toEqual([0, undefined, undefined, 0]);
  });
});

const read = (text: string, sha256: string): ReadFile => ({ file: '/p/compose.yaml', path: 'compose.yaml', kind: 'compose', text, sha256, sizeBytes: text.length, lineEnds: 'lf', hasBom: false, readOnly: null });
const only = (id: string): OpenFile => openFilesOf(id).files[0] as OpenFile;

describe('open files', () => {
  it('keep a draft while the file changes on the disk, until somebody decides', () => {
    openFile('p', { file: '/p/compose.yaml', kind: 'compose' });
    tookRead('p', '/p/compose.yaml', read('a: 1\r\n', 'one'));
    expect(textOf(only('p'))).toBe('a: 1\n');
    tookText('p', '/p/compose.yaml', 'a: 2\n');
    tookRead('p', '/p/compose.yaml', read('a: 3\n', 'two'));
    expect([textOf(only('p')), isStale(only('p')), only('p').base]).toEqual(['a: 2\n', true, 'one']);
    tookText('p', '/p/compose.yaml', 'a: 22\n');
    expect([isStale(only('p')), only('p').base]).toEqual([true, 'one']);
    keepDraft('p', '/p/compose.yaml');
    expect([isStale(only('p')), only('p').base]).toEqual([false, 'two']);
    tookSaved('p', '/p/compose.yaml', 'a: 22\n', 'three');
    expect([only('p').draft, only('p').base, isStale(only('p'))]).toEqual([null, 'three', false]);
    tookText('p', '/p/compose.yaml', 'a: 22\nb');
    tookText('p', '/p/compose.yaml', 'a: 22\n');
    expect(only('p').draft).toBeNull();
    closeFile('p', '/p/compose.yaml');
    expect(openFilesOf('p')).toEqual({ files: [], active: null });
  });

  it('are there again after a reload with their drafts, but for texts of env files', () => {
    const file = (path: string, kind: OpenFile['kind'], draft: string | null): OpenFile => ({ file: path, kind, saved: read('x', 'one'), draft, base: 'one', error: null });
    const kept = keptFiles({ p: { files: [file('/p/a.yml', 'compose', 'typed'), file('/p/.env', 'env', 'TOKEN=1')], active: '/p/.env' } });
    expect(JSON.stringify(kept)).not.toContain('TOKEN');
    expect(revived(kept)).toEqual({ p: { files: [{ file: '/p/a.yml', kind: 'compose', saved: null, draft: 'typed', base: 'one', error: null }, { file: '/p/.env', kind: 'env', saved: null, draft: null, base: null, error: null }], active: '/p/.env' } });
  });
});

const CHECK: FileCheck = {
  problems: [{ message: 'No.', hint: 'Write yes.', where: { file: '/p/a.yml', line: 3, column: 2 }, modes: ['dev'] }, { message: 'Elsewhere.', where: { file: '/p/b.yml', line: 1 }, modes: ['dev'] }],
  findings: [{ id: 'x', code: 'PORT_TAKEN', severity: 'warning', area: 'ports', message: 'Taken.', why: 'By node.', where: { file: '/p/a.yml', line: 5 }, fixes: [{ id: 'f', title: 'Use port 8001' }], modes: ['dev', 'prod'] }],
  effects: [
    { mode: 'dev', services: [{ service: 'api', change: 'changed', keys: ['image', 'ports'] }, { service: 'web', change: 'added', keys: [] }] },
    { mode: 'prod', services: [{ service: 'api', change: 'changed', keys: ['image', 'ports'] }] },
  ],
  tookMs: 1,
};

describe('what the checks say of a text', () => {
  it('becomes marks, with ways out only where there is something saved to mend', () => {
    const fixed: string[] = [];
    const marks = marksOf(CHECK, '/p/a.yml', (fix, modes) => fixed.push(`${fix.id} ${modes.join()}`));
    expect(marks.map(({ line, severity, message, actions }) => [line, severity, message, actions.length])).toEqual([[3, 'error', 'No.\nWrite yes.', 0], [5, 'warning', 'Taken.\nBy node.', 1]]);
    marks[1]?.actions[0]?.act();
    expect(fixed).toEqual(['f dev,prod']);
    expect(marksOf(CHECK, '/p/a.yml', null)[1]?.actions).toEqual([]);
    expect([countMarks(CHECK), countMarks(null)]).toEqual([{ errors: 2, warnings: 1, notes: 0 }, { errors: 0, warnings: 0, notes: 0 }]);
  });

  it('becomes sentences about containers, each once', () => {
    expect(effectWords(CHECK.effects)).toEqual(['The next switch makes api of dev and prod anew: image, ports change', 'dev gets the service web']);
  });
});

it('counts what would be lost with the page, and what a page that is loaded anew does not find again', () => {
  const open = (file: string, kind: OpenFile['kind'], draft: string | null): OpenFile => ({ file, kind, draft, base: null, saved: null, error: null });
  expect(unsavedFiles({})).toEqual({ files: 0, secret: 0 });
  expect(unsavedFiles({ a: { active: null, files: [open('/a/compose.yaml', 'compose', 'x'), open('/a/.env', 'env', null)] }, b: { active: null, files: [open('/b/.env', 'env', 'A=1')] } })).toEqual({ files: 2, secret: 1 });
});
