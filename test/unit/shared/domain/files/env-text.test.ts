import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDotenv } from '@shared/domain/compose/dotenv';
import { emptyEnvironment } from '@shared/domain/compose/environment';
import { envNameObstacle, maskedEnv, scanEnv, withName, withoutEntry, withValue, withVariable, type EnvEntry } from '@shared/domain/files/env-text';

const SAMPLE = ['# The shop', 'export API_PORT=8000 # in dev', '', "DB_PASSWORD='it\\'s # secret'", 'DB_URL="postgres://${DB_USER}:x@db/shop"', 'KEY="-----BEGIN', 'two', '-----END"', 'FROM_SHELL', 'MODE: dev', 'API_PORT=9000', ''].join('\n');

const entryOf = (text: string, name: string, at = 0): EnvEntry => {
  const found = scanEnv(text).entries.filter((one) => one.name === name)[at];
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
};

/** What compose makes of a text; null where it refuses it. */
function read(text: string): { readonly [name: string]: string } | null {
  const values = emptyEnvironment();
  try {
    parseDotenv(text, values, () => undefined);
  } catch {
    return null;
  }
  return { ...values };
}

const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
const plain = fc.stringMatching(/^[\w./:@ -]{0,12}$/).map((value) => value.trim());
const anything = fc.string({ maxLength: 12 }).filter((value) => !value.includes('$') && !/[\0\u0085\u00a0]/.test(value) && !/[\u0001-\u0008\u000b\u000c\u000e-\u001f]/.test(value));
const line = fc.oneof(
  fc.tuple(name, plain).map(([key, value]) => `${key}=${value}`),
  fc.tuple(name, plain).map(([key, value]) => `  export ${key}="${value}"  # said`),
  fc.tuple(name, plain).map(([key, value]) => `${key}: '${value}'`),
  plain.map((words) => `# ${words}`),
  fc.constant(''),
);
const file = fc.tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean()).map(([lines, newline, isOpen, hasBom]) => `${hasBom ? '\uFEFF' : ''}${lines.join(newline)}${isOpen ? '' : newline}`);

describe('an env file as it is written', () => {
  it('has its variables in order, with quotes, comments and lines', () => {
    const { entries, faults } = scanEnv(SAMPLE);
    expect(faults).toEqual([]);
    expect(entries.map(({ name: key, line: at, value, quote }) => [key, at, value, quote])).toEqual([
      ['API_PORT', 2, '8000', ''],
      ['DB_PASSWORD', 4, "it's # secret", "'"],
      ['DB_URL', 5, 'postgres://${DB_USER}:x@db/shop', '"'],
      ['KEY', 6, '-----BEGIN\ntwo\n-----END', '"'],
      ['FROM_SHELL', 9, null, ''],
      ['MODE', 10, 'dev', ''],
      ['API_PORT', 11, '9000', ''],
    ]);
  });

  it('names the lines that compose refuses and goes on behind them', () => {
    expect(scanEnv('A=1\nb c=2\n=3\nD="open\nE=5\n')).toMatchObject({ entries: [{ name: 'A' }, { name: 'E' }], faults: [{ line: 2 }, { line: 3 }, { line: 4 }] });
  });

  it('reads every value as compose does', () => {
    fc.assert(
      fc.property(file, (text) => {
        const expected = read(text);
        fc.pre(expected !== null);
        const own = Object.fromEntries(scanEnv(text).entries.flatMap((entry) => (entry.value === null ? [] : [[entry.name, entry.value]])));
        expect(own).toEqual(expected);
      }),
    );
  });
});

describe('an edit of an env file', () => {
  it('keeps everything but the value', () => {
    expect(withValue(SAMPLE, entryOf(SAMPLE, 'API_PORT'), '8001')).toBe(SAMPLE.replace('8000 # in dev', '8001 # in dev'));
    expect(withValue(SAMPLE, entryOf(SAMPLE, 'FROM_SHELL'), 'now')).toBe(SAMPLE.replace('FROM_SHELL', 'FROM_SHELL=now'));
    expect(withValue(SAMPLE, entryOf(SAMPLE, 'DB_PASSWORD'), 'a$b')).toBe(SAMPLE.replace("'it\\'s # secret'", "'a$b'"));
    expect(withValue('A=1 # one\n', entryOf('A=1 # one\n', 'A'), 'a # b')).toBe('A="a # b" # one\n');
    expect(withValue("A='x'\n", entryOf("A='x'\n", 'A'), 'c:\\$HOME\\')).toBe('A="c:\\\\\\$HOME\\\\"\n');
  });

  it('changes that variable, leaves the others and every byte around it', () => {
    fc.assert(
      fc.property(file, fc.nat(), anything, (text, pick, value) => {
        const before = scanEnv(text).entries;
        fc.pre(before.length > 0 && read(text) !== null);
        const entry = before[pick % before.length] as EnvEntry;
        const changed = withValue(text, entry, value);
        if (changed === undefined) return;
        expect(changed.startsWith(text.slice(0, entry.valueStart))).toBe(true);
        expect(changed.endsWith(text.slice(entry.valueEnd))).toBe(true);
        const isLast = before.findLast((one) => one.name === entry.name) === entry;
        expect(read(changed)).toEqual({ ...read(text), ...(isLast ? { [entry.name]: value } : {}) });
      }),
    );
  });

  it('adds a variable behind all others, and takes it away again without a trace', () => {
    fc.assert(
      fc.property(file, name, anything, (text, key, value) => {
        fc.pre(read(text) !== null);
        const added = withVariable(text, key, value);
        if (added === undefined) return;
        expect(added.startsWith(text)).toBe(true);
        expect(read(added)).toEqual({ ...read(text), [key]: value });
        const last = scanEnv(added).entries.at(-1) as EnvEntry;
        const removed = withoutEntry(added, last);
        expect([text, `${text}\n`, `${text}\r\n`]).toContain(removed);
      }),
    );
  });

  it('removes a variable with all its lines, and no comment but its own', () => {
    expect(withoutEntry(SAMPLE, entryOf(SAMPLE, 'KEY'))).toBe(SAMPLE.replace('KEY="-----BEGIN\ntwo\n-----END"\n', ''));
    expect(withoutEntry('# about A\nA=1 # one\nB=2', entryOf('# about A\nA=1 # one\nB=2', 'A'))).toBe('# about A\nB=2');
    expect(withoutEntry('\uFEFFA=1\nB=2\n', entryOf('\uFEFFA=1\nB=2\n', 'A'))).toBe('\uFEFFB=2\n');
  });

  it('renames a variable, and says which names cannot be one', () => {
    expect(withName(SAMPLE, entryOf(SAMPLE, 'MODE'), 'STAGE')).toBe(SAMPLE.replace('MODE: dev', 'STAGE: dev'));
    expect(['A', 'a.b-c_1', '', 'a b', 'a=b', 'a#', '__proto__', 'a$'].map((one) => envNameObstacle(one) === null)).toEqual([true, true, false, false, false, false, false, false]);
  });

  it('dots out secret values, and says which of them are other ones', () => {
    const isSecret = (one: string): boolean => one.includes('PASSWORD');
    expect(maskedEnv(SAMPLE, isSecret)).toBe(SAMPLE.replace("'it\\'s # secret'", '••••••'));
    expect(maskedEnv('A=1\nPASSWORD=b\n', isSecret, 'A=2\nPASSWORD=a\n')).toBe('A=1\nPASSWORD=•••••• (another value)\n');
  });
});
