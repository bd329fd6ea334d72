import { describe, expect, it } from 'vitest';
import { isNewer, readUpdateNotice } from '@shared/domain/updates/newer-version';

describe('versions', () => {
  it('are in the order of semantic versions', () => {
    const rising = ['0.9.9', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0', '1.0.10', '1.2.0', '10.0.0'];
    for (const [index, version] of rising.entries()) {
      for (const [other, than] of rising.entries()) expect(isNewer(version, than), `${version} ${than}`).toBe(index > other);
    }
    expect(isNewer('v2.0.0', '1.0.0')).toBe(true);
    expect(isNewer('soon', '1.0.0')).toBe(false);
    expect(isNewer('1.0.0', 'soon')).toBe(false);
  });

  it('are read from the answer of a source, and nothing else is', () => {
    expect(readUpdateNotice({ version: 'v1.4.0', page: 'https://example.org/1.4.0', more: 1 })).toEqual({ version: '1.4.0', page: 'https://example.org/1.4.0' });
    for (const page of ['http://example.org', 'javascript:alert(1)', 'https://a@b', 5, `https://${'a'.repeat(600)}`]) expect(readUpdateNotice({ version: '1.4.0', page })).toEqual({ version: '1.4.0', page: null });
    for (const document of [null, 'x', [], {}, { version: 4 }, { version: '<b>1.0.0</b>' }]) expect(readUpdateNotice(document)).toBeNull();
  });
});
