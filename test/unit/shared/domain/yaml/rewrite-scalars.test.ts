import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rewriteScalars, type ScalarChange } from '@shared/domain/yaml/rewrite-scalars';
import { pathAt } from '@shared/domain/yaml/yaml-places';

const VALUES = [['services', '*', 'environment', '*']];
const swap: ScalarChange = ({ value }) => value.replace('old', 'new');
const rewritten = (text: string, change: ScalarChange = swap): string => {
  const outcome = rewriteScalars(text, VALUES, change);
  if (outcome.kind === 'by-hand') throw new Error(outcome.reason);
  return outcome.text;
};

describe('rewriteScalars', () => {
  it('changes what the pattern names, in its own quotes, and nothing else', () => {
    const text = `# old\nservices:\n  a: # old\n    environment:\n      A: "old"   # old\n      B: 'old''s'\n      C: old value\n    labels: { l: old }\n  b:\n    environment: [ "A=old", B=old ] # old\n`;
    expect(rewritten(text)).toBe(`# old\nservices:\n  a: # old\n    environment:\n      A: "new"   # old\n      B: 'new''s'\n      C: new value\n    labels: { l: old }\n  b:\n    environment: [ "A=new", B=new ] # old\n`);
  });

  it('follows references and merges, once each, and leaves what is overridden', () => {
    const text = `x-env: &env\n  A: old\n  B: old\nservices:\n  a:\n    environment:\n      <<: *env\n      B: mine\n  b:\n    environment: { <<: *env, B: other }\n`;
    expect(rewritten(text)).toContain('x-env: &env\n  A: new\n  B: old\n');
    expect(rewriteScalars(text, [['services', 'a', 'environment', 'A']], swap)).toMatchObject({ kind: 'by-hand' });
  });

  it('leaves what is written over several lines to be done by hand, where it would change', () => {
    const text = 'services:\n  a:\n    environment:\n      A: |\n        old\n';
    expect(rewriteScalars(text, VALUES, swap)).toMatchObject({ kind: 'by-hand' });
    expect(rewriteScalars(text, VALUES, () => undefined)).toEqual({ kind: 'edited', text });
    expect(rewriteScalars('a: [', VALUES, swap)).toMatchObject({ kind: 'by-hand' });
  });

  it('keeps numbers numbers and knows what is beside', () => {
    const text = 'services:\n  a:\n    environment: { PORT: 8000, KIND: web }\n';
    expect(rewritten(text, ({ value, beside }) => (beside('KIND') === 'web' && value === '8000' ? '9000' : undefined))).toContain('PORT: 9000, KIND');
  });

  it('changes only the lines of the values, whatever they hold', () => {
    const value = fc.stringMatching(/^[a-z0-9:/. ,'"#$-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, fc.constantFrom('"', "'"), fc.boolean()), { minLength: 1, maxLength: 5 }), (entries) => {
        const write = (text: string, quote: string): string => (quote === '"' ? JSON.stringify(text) : `'${text.replace(/'/g, "''")}'`);
        const build = (mark: string): string => ['services:', '  a: # it', '    environment:', ...entries.map(([text, quote, has], index) => `      V${String(index)}: ${write(`${has ? mark : ''}${text}`, quote)}   # old`), '    image: old', ''].join('\n');
        const free = entries.every(([text]) => !text.includes('old'));
        fc.pre(free);
        expect(rewritten(build('old'))).toBe(build('new'));
      }),
    );
  });
});

describe('pathAt', () => {
  it('names what begins at a place', () => {
    const text = 'services:\n  a:\n    volumes:\n      - ./x:/x\n      - type: bind\n        source: ./y\n    ports: ["1:1", "2:2"]\r\n    image: x\n';
    expect(pathAt(text, 4, 9)).toEqual(['services', 'a', 'volumes', 0]);
    expect(pathAt(text, 5, 9)).toEqual(['services', 'a', 'volumes', 1]);
    expect(pathAt(text, 7, 20)).toEqual(['services', 'a', 'ports', 1]);
    expect(pathAt(text, 8, 12)).toEqual(['services', 'a', 'image']);
    expect(pathAt(text, 40, 1)).toBeUndefined();
  });
});
