import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate, TemplateError } from '@shared/domain/compose/interpolate';

const values: { readonly [name: string]: string } = { SET: 'value', EMPTY: '', N: '5', set: 'lower' };
const lookup = (name: string): string | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);

describe('interpolate', () => {
  it.each([
    ['plain', 'plain'], ['$SET-x', 'value-x'], ['${SET}x', 'valuex'], ['$set', 'lower'], ['$$SET', '$SET'], ['$$$SET', '$value'],
    ['${UNSET:-d}', 'd'], ['${EMPTY:-d}', 'd'], ['${EMPTY-d}', ''], ['${UNSET-d}', 'd'], ['${SET:-d}', 'value'],
    ['${SET:+a}', 'a'], ['${EMPTY:+a}', ''], ['${EMPTY+a}', 'a'], ['${UNSET+a}', ''], ['${SET:?m}', 'value'], ['${EMPTY?m}', ''],
    ['${UNSET:-${EMPTY:-${N}}}', '5'], ['${UNSET:-{"a":{"b":1}}}!', '{"a":{"b":1}}!'], ['${UNSET:-a}${SET}${N}', 'avalue5'], ['$ 5 $1 a$', '$ 5 $1 a$'],
    ['${UNSET:-}', ''], ['${UNSET:-a:b}', 'a:b'], ['a ${UNSET:-x}} b', 'a x} b'],
  ])('%s is %s', (template, expected) => {
    expect(interpolate(template, lookup)).toBe(expected);
  });

  it.each(['${', '${}', '${1A}', '${SET', '${SET:-x', '${SET!}', '${a b}'])('%s is no template', (template) => {
    expect(() => interpolate(template, lookup)).toThrow(TemplateError);
  });

  it('says which required variable is missing, and why', () => {
    expect(() => interpolate('${UNSET:?set $SET}', lookup)).toThrow('The required variable UNSET is not set: set value');
  });

  it('tells of variables that became empty, not of those with a default', () => {
    const unset: string[] = [];
    interpolate('$A ${B} ${C:-c} ${D+d}', lookup, (name) => unset.push(name));
    expect(unset).toEqual(['A', 'B']);
  });

  it('throws nothing but TemplateError, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'A', 'SET', ' ', '\n', '"', 'é'), { maxLength: 40 }), (parts) => {
        try {
          interpolate(parts.join(''), lookup);
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
    );
  });

  it('gives back any text whose dollars are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(interpolate(text.replaceAll('$', '$$$$'), lookup)).toBe(text);
      }),
    );
  });

  it('refuses endless nesting instead of overflowing', () => {
    expect(() => interpolate('${A:-'.repeat(20_000) + '}'.repeat(20_000), lookup)).toThrow(TemplateError);
  });
});
