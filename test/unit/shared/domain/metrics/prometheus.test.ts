import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prometheusText } from '@shared/domain/metrics/prometheus';
import { readPrometheus } from '../../../../support/prometheus-text';
import { anyCharacter } from '../../../../support/code-points';

describe('the Prometheus text', () => {
  it('gives every value back as it was, whatever labels and help contain', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: anyCharacter }), fc.double()), { minLength: 1, maxLength: 5 }), fc.string({ minLength: 1 }), (values, help) => {
        const samples = values.map(([label, value], index) => ({ labels: { label, index: String(index) }, value }));
        const read = readPrometheus(prometheusText([{ name: 'a', help: `x${help.replaceAll('\r', '')}`, type: 'gauge', samples }])).get('a');
        expect(read?.samples.map((one) => [one.labels['label'], one.value + 0])).toEqual(values.map(([label, value]) => [label, value + 0]));
      }),
    );
  });

  it('makes names fit and leaves out families without samples', () => {
    const read = readPrometheus(
      prometheusText([
        { name: '9 lives', help: 'Lives.', type: 'counter', samples: [{ labels: { 'a-b': 'c' }, value: 9 }] },
        { name: 'none', help: 'None.', type: 'gauge', samples: [] },
      ]),
    );
    expect([...read]).toEqual([['_9_lives', { help: 'Lives.', type: 'counter', samples: [{ name: '_9_lives', labels: { a_b: 'c' }, value: 9 }] }]]);
  });
});
