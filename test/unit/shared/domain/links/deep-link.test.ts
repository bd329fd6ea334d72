import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINKED_PAGES, parseDeepLink } from '@shared/domain/links/deep-link';

const ID = 'p_0123456789abc';

describe('a link into the window', () => {
  it('names a page, and a project where it is one', () => {
    for (const page of LINKED_PAGES) expect(parseDeepLink(`berth://${page}`)).toEqual({ page, projectId: null });
    // What a browser makes of it.
    expect(parseDeepLink('berth://snapshots/')).toEqual({ page: 'snapshots', projectId: null });
    expect(parseDeepLink(`berth://conflicts?project=${ID}`)).toEqual({ page: 'conflicts', projectId: ID });
    expect(parseDeepLink(`berth://conflicts/?project=${ID}`)).toEqual({ page: 'conflicts', projectId: ID });
  });

  it.each(['', 'berth:', 'berth://', 'berth://nowhere', 'http://project', 'berth://project/../x', `berth://project?project=${ID}&switch=prod`, 'berth://project?project=/etc', 'berth://project#x', 'berth://user@project', '--berth-command-line', 'berth://project\nx'])('%j leads nowhere', (text) => {
    expect(parseDeepLink(text)).toBeNull();
  });

  it('never throws, and never leads to more than a page and a project', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      const link = parseDeepLink(`berth://${a}?project=${b}`);
      if (link !== null) expect(LINKED_PAGES).toContain(link.page);
    }));
  });
});
