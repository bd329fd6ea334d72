import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meaningText } from '@shared/domain/gitops/meaning/meaning-text';

describe('the text of a meaning', () => {
  it('reads like YAML', () => {
    expect(meaningText(['{"a":{"list":[1,{"b":"x","c":[]}],"none":{}},"k.d/e":null}'])).toBe(['a:', '  list:', '    - 1', '    - b: "x"', '      c:', '        []', '  none:', '    {}', 'k.d/e: null'].join('\n'));
    expect(meaningText([])).toBe('');
  });

  it('has documents in one order', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue().map((value) => JSON.stringify(value)), { maxLength: 4 }), (texts) => {
        expect(meaningText([...texts].reverse())).toBe(meaningText(texts));
      }),
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
        expect(meaningText([first]) === meaningText([second])).toBe(first === second);
      }),
    );
  });
});
