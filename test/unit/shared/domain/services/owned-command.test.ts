import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberLine, tellingItsNumber } from '@shared/domain/services/owned-command';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

describe('the number an owned command tells', () => {
  it('is taken off however the output is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_194_304 }), fc.boolean(), fc.string(), fc.array(fc.integer({ min: 1, max: 9 })), (number, terminal, after, cuts) => {
        const all = bytes(`${String(number)}${terminal ? '\r' : ''}\n${after}`);
        const line = new NumberLine();
        let passed = '';
        const decoder = new TextDecoder();
        for (let at = 0, turn = 0; at < all.length; turn += 1) {
          const size = cuts[turn % Math.max(1, cuts.length)] ?? all.length;
          passed += decoder.decode(line.rest(all.subarray(at, at + size)), { stream: true });
          at += size;
        }
        expect([line.session, passed + decoder.decode()]).toEqual([number, text(bytes(after))]);
      }),
    );
  });

  it('is none where something else comes first, and nothing of that is lost', () => {
    const line = new NumberLine();
    expect(text(line.rest(bytes('sh: '))) + text(line.rest(bytes('not found\nmore')))).toBe('sh: not found\nmore');
    expect([line.session, text(line.instead())]).toEqual([null, 'sh: not found\nmore']);
    const endless = new NumberLine();
    expect(endless.rest(bytes('x'.repeat(4_000))).length + endless.rest(bytes('x'.repeat(4_000))).length).toBe(8_000);
    const unfinished = new NumberLine();
    unfinished.rest(bytes('OCI runtime exec failed'));
    expect(text(unfinished.instead())).toBe('OCI runtime exec failed');
  });

  it('passes the words of the command on as they are', () => {
    expect(tellingItsNumber(['printf', '%s', 'a b;$(c)']).slice(-3)).toEqual(['printf', '%s', 'a b;$(c)']);
  });
});
