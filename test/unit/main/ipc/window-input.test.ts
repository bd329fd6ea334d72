import { describe, expect, it } from 'vitest';
import { contract } from '@shared/contract/contract';
import { isOwnPage } from '@main/ipc/sender';
import { createFolderHandles } from '@main/ipc/folder-handles';
import { fileQuestion, MAX_INPUT_BYTES, plainInput } from '@main/ipc/window-input';
import { windowInput } from '@main/ipc/window-rules';

const ID = 'p_0123456789abc';
const none = (): undefined => undefined;

describe('the window’s door', () => {
  it('takes a project by its id and never by a path, in every entry', () => {
    for (const [name, entry] of Object.entries(contract)) {
      const key = 'project' in entry.input.shape ? 'project' : /^projects\.(?:trust|close|reopen|forget)$/.test(name) ? 'id' : null;
      if (key === null) continue;
      expect(() => windowInput(name, { [key]: '/etc', planId: 'x' }, none), name).toThrow('by their id');
      expect(windowInput(name, { [key]: ID, planId: 'x' }, none)[key]).toBe(ID);
    }
  });

  it('takes a path only as the handle of a folder that was picked, in every entry that has one', () => {
    const handles = createFolderHandles();
    const handle = handles.add('/home/ada/shop');
    for (const [name, entry] of Object.entries(contract)) {
      for (const key of entry.paths) {
        expect(() => windowInput(name, { [key]: '/etc' }, handles.pathOf), `${name}.${key}`).toThrow('picked');
        expect(() => windowInput(name, { [key]: [handle, '/etc'] }, handles.pathOf)).toThrow('picked');
        expect(windowInput(name, { [key]: handle }, handles.pathOf)[key]).toBe('/home/ada/shop');
      }
    }
  });

  it('switches only by a plan that was shown', () => {
    expect(() => windowInput('modes.switch', { project: ID, mode: 'prod' }, none)).toThrow('plan');
  });

  it.each(['', '__proto__', 'constructor', 'toString', 'modes.nothing'])('knows nothing called “%s”', (name) => {
    expect(() => windowInput(name, {}, none)).toThrow('Berth has no');
  });

  it('takes plain objects up to the limit and nothing else', () => {
    expect(plainInput({ a: 1, b: () => 1 })).toEqual({ a: 1 });
    expect(plainInput(undefined)).toEqual({});
    const round: { self?: unknown } = {};
    round.self = round;
    for (const bad of [[], 'text', 7, round, 1n, { text: 'x'.repeat(MAX_INPUT_BYTES) }]) expect(() => plainInput(bad)).toThrow();
  });

  it('asks the file dialog only for files to read, or a place for a new one under a harmless name', () => {
    expect(fileQuestion({ kind: 'open', purpose: 'archive', name: 'ignored' })).toEqual({ kind: 'open', purpose: 'archive' });
    expect(fileQuestion({ kind: 'save', purpose: 'object', name: 'a/b/report.pdf' })).toEqual({ kind: 'save', purpose: 'object', name: 'report.pdf' });
    for (const [name, offered] of [['../../etc/pass<wd>', 'pass_wd_'], ['..', '_'], ['.bashrc', '_bashrc'], ['a/', 'object'], ['C:\\x', 'C__x'], ['x'.repeat(900), 'x'.repeat(200)]] as const) expect(fileQuestion({ kind: 'save', purpose: 'object', name })).toEqual({ kind: 'save', purpose: 'object', name: offered });
    for (const bad of [{}, { kind: 'folder', purpose: 'folder' }, { kind: 'save', purpose: 'object' }, { kind: 'save', purpose: 'object', name: 7 }, { kind: 'open' }, { kind: 'save', name: 'a', purpose: 'all' }]) expect(() => fileQuestion(bad)).toThrow(/does not have/);
  });

  it('answers only the top frame of our own window on our own page', () => {
    const own = { parent: null, origin: 'app://berth', url: 'app://berth/index.html' };
    const ids = new Set([1]);
    expect(isOwnPage(own, 1, ids)).toBe(true);
    expect(isOwnPage(own, 2, ids)).toBe(false);
    expect(isOwnPage(null, 1, ids)).toBe(false);
    expect(isOwnPage({ ...own, parent: own }, 1, ids)).toBe(false);
    for (const origin of ['null', 'app://berth.evil', 'https://berth', 'file://']) expect(isOwnPage({ ...own, origin }, 1, ids)).toBe(false);
    expect(isOwnPage({ ...own, url: 'about:blank' }, 1, ids)).toBe(false);
  });
});
