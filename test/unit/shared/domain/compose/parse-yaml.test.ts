import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import { nodeFromWire } from '@shared/domain/compose/wire-tree';
import { child, nodeKey } from '@shared/domain/compose/node';

function root(text: string) {
  const result = parseYaml(text);
  if (!result.ok) throw new Error(result.message);
  const document = result.documents[0];
  if (document === undefined) throw new Error('no document');
  return nodeFromWire(document.root, 'f.yaml');
}

describe('parseYaml', () => {
  it('keeps line and column of each value', () => {
    const tree = root('a: 1\nb:\n  c:\n    - x\n    - y\n');
    const list = child(child(tree, 'b'), 'c');
    expect(list?.at).toEqual({ file: 'f.yaml', line: 3, column: 3 });
    expect(list?.kind === 'list' ? list.items[1]?.at : undefined).toEqual({ file: 'f.yaml', line: 5, column: 7 });
  });

  it.each(['"', "'"])('says where a text that began with %s and is not closed begins', (quote) => {
    expect(parseYaml(`a: 1\nb: ${quote}x\nc: ${quote === '"' ? "it's" : '5"'}\nd: 2\n`)).toEqual({ ok: false, message: `A text that began with ${quote} is not closed.`, line: 2, column: 4 });
  });

  it.each([
    ['0777', '511'], ['0o17', '15'], ['0x1F', '31'], ['1_000', '1000'], ['08', '8'], ['1.50', '1.5'], ['123456789012345678', '123456789012345678'], ['yes', '"yes"'], ['"1"', '"1"'],
    ['!!str 1', '"1"'], ['~', ''], ['TRUE', 'true'], ['22:22', '"22:22"'], ['1e3', '1000'], ['.5', '0.5'], ['-1', '-1'], ['1.2.3', '"1.2.3"'],
  ])('%s means %s', (source, key) => {
    expect(nodeKey(child(root(`a: ${source}`), 'a') ?? expect.unreachable())).toBe(key);
  });

  it('merges with << and lets own keys win, then the first source', () => {
    const tree = root('x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 0\n');
    expect(nodeKey(child(tree, 'z') ?? expect.unreachable())).toBe('{"a":0,"b":1,"c":2}');
  });

  it('takes a value with a tag it does not know for a text, and looks at no tags below !override', () => {
    const result = parseYaml('a: !custom 5\nb: !override\n  c: !reset null\n  d: !override [1]\n');
    expect(result.ok ? result.documents[0]?.resets : undefined).toEqual([['b']]);
    expect(nodeKey(root('a: !custom 5\nb: !override\n  c: !reset null\n'))).toBe('{"a":"5","b":{"c":"null"}}');
  });

  it('sees !reset and !override through an alias', () => {
    const result = parseYaml('x: &gone !reset null\ny: &new !override [a]\nz:\n  one: *gone\n  two: *new\n');
    expect(result.ok ? result.documents[0]?.resets : undefined).toEqual([['x'], ['y'], ['z', 'one'], ['z', 'two']]);
    expect(nodeKey(root('x: &gone !reset null\ny: [*gone, 1]\n'))).toBe('{"y":[1]}');
  });

  it('wants --- after the end of a document', () => {
    expect(parseYaml('a: 1\n...\nb: 2\n')).toEqual({ ok: false, message: 'A document after "..." must begin with "---".', line: 3, column: 1 });
    expect(parseYaml('a: 1\n...\n# end\n---\nb: 2\n...\n')).toMatchObject({ ok: true });
  });

  it('notes !reset and !override with their path', () => {
    const result = parseYaml('services:\n  a:\n    ports: !reset []\n    volumes: !override [x]\n');
    expect(result.ok ? result.documents[0]?.resets : undefined).toEqual([['services', 'a', 'ports'], ['services', 'a', 'volumes']]);
  });

  it.each([
    ['a: 1\na: 2', 'already defined at line 1', 2], ['a:\n\tb: 1', 'tab', 2], ['a: *x', 'has no anchor', 1], ['a: &a [*a]', 'contains itself', 1], ['? [x]\n: 1', 'must be a text', 1],
    ['1: x', 'must be a text', 1], ['__proto__: x', '__proto__', 1], ['a: &x {}\nb: {<<: [1]}', 'takes a mapping', 2],
  ])('%j is refused', (text, message, line) => {
    const result = parseYaml(text);
    expect(result).toMatchObject({ ok: false, line, message: expect.stringContaining(message) as string });
  });

  it.each([
    ['brackets', '['.repeat(100_000)], ['braces', '{a: '.repeat(5000)], ['dashes', '- '.repeat(5000)], ['question marks', '? '.repeat(5000)],
    ['indentation', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['anchors', Array.from({ length: 200 }, (_, index) => `a${index}: &a${index} 1`).join('\n')],
    ['laughs', ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefghijk'.split('').map((key, index) => `${key}: &${key} [${Array<string>(10).fill(`*${'abcdefghij'.charAt(index)}`).join(',')}]`)].join('\n')],
  ])('too many %s are refused at once', (_name, text) => {
    const started = performance.now();
    expect(parseYaml(text).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('does not take brackets in texts for nesting', () => {
    expect(parseYaml(`a: |\n  ${'['.repeat(500)}\nb: "${'['.repeat(500)}"\nc: x ${'['.repeat(500)}\n# ${'['.repeat(500)}\n`).ok).toBe(true);
  });

  it('never throws, whatever the text', () => {
    const bits = fc.constantFrom('a', ': ', '- ', '\n', '  ', '[', ']', '{', '}', '&a ', '*a', '!reset ', '!!int ', '"', "'", '|', '>', '#', '<<: ', '---\n', '...\n', '%', '@', '\t', '?', ',', '0x', 'é', '\u2028');
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 60 }), (parts) => {
        expect(typeof parseYaml(parts.join('')).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what the reader of docker compose takes', () => {
  const S = 'services:\n  a:\n    image: x\n';
  const said = (text: string): string => {
    const result = parseYaml(text);
    return result.ok ? 'fine' : `${String(result.line ?? 0)}: ${result.message}`;
  };
  const TAB = 'A tab is used for indentation; YAML takes spaces only.';

  it.each([
    [`${S}\t# c\n    tty: true\n`, `4: ${TAB}`],
    [`${S}  \t# c\n    tty: true\n`, `4: ${TAB}`],
    [`${S}\t`, `4: ${TAB}`],
    ['services:\n  a:\n\t\t\n    image: x\n', `3: ${TAB}`],
    [`\t# c\n${S}`, `1: ${TAB}`],
    [`${S}    ports:\n      -\t"80:80"\n`, `5: ${TAB}`],
    [`${S}    ports:\n      - \t"80:80"\n`, `5: ${TAB}`],
    ['services:\n  a:\n    image: "x"\n      \t# c\n', `4: ${TAB}`],
    [`${S}    command: "a\u0007"\n`, '4: The file has a control character (U+0007), which YAML does not take.'],
    [`# \u0007\n${S}`, '1: The file has a control character (U+0007), which YAML does not take.'],
    [`${S}    command: "\\/"\n`, '4: A text in double quotes has the escape \\/, which docker compose does not read: write / alone.'],
    [`%YAML 1.2\n---\n${S}`, '1: The file says of which version of YAML it is, and docker compose reads 1.1 only: take the line out.'],
    [`${S}    environment: {J: .inf}\n`, '4: .inf is no number that a compose file can have: put it in quotes if it is a text.'],
    [`${S}x-a: -.Inf\n`, '4: -.Inf is no number that a compose file can have: put it in quotes if it is a text.'],
  ])('refuses %j', (text, message) => {
    expect(said(text)).toBe(message);
  });

  it.each([
    `${S}    tty:\ttrue\n`, `${S}    tty: true\t\n`, `${S}    tty: true\t# c\n`, `${S}      \t# deeper than its key\n    tty: true\n`, `${S}    command: |\n      a\tb\n      \tc\n\n`, `${S}    command: >\n      # no comment\n      - \tno entry\n`,
    `${S}    command: ["\\\\/", "\\x41", "\\u0041", "\\t"]\n`, `%YAML 1.1\n---\n${S}`, `${S}    command: '\\/'\n`, `${S}    environment: {J: ".inf", K: 1e999, L: "a\u0085b"}\n`, `${S}    command: [\n      "a",\t"b" ]\n`,
  ])('takes %j', (text) => {
    expect(said(text)).toBe('fine');
  });

  it('keeps the sign of a nothing', () => {
    expect(JSON.stringify(parseYaml('a: -0\nb: 0\n'))).toContain('["a",["f","-0"');
  });
});
