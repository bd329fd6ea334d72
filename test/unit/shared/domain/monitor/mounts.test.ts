import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { judgeMount, mountMessage, worstMountState } from '@shared/domain/monitor/mounts';

const kind = fc.constantFrom('file' as const, 'folder' as const, 'fuse' as const, 'other' as const);
const identity = fc.constantFrom('1:1', '1:2', '2:1', null);

it('says ok exactly of what is there, readable and the one that is held', () => {
  fc.assert(
    fc.property(fc.record({ state: fc.constantFrom('ok' as const, 'missing' as const, 'unreadable' as const, 'hung' as const), kind, identity }), fc.option(fc.record({ kind, identity })), (now, held) => {
      const state = judgeMount(now, held);
      if (now.state !== 'ok') expect(state).toBe(now.state);
      else if (held === null) expect(state).toBe('ok');
      else if (state === 'ok') expect(held.identity === null || now.identity === null || held.identity === now.identity).toBe(true);
      expect(judgeMount(now, now)).toBe(now.state);
    }),
  );
});

it('tells a mount that is away, a file that was replaced and one that became a folder apart', () => {
  const file = { state: 'ok', kind: 'file', identity: '1:1' } as const;
  expect(judgeMount({ ...file, kind: 'folder' }, { kind: 'fuse', identity: null })).toBe('missing');
  expect(judgeMount(file, { kind: 'file', identity: '1:2' })).toBe('replaced');
  expect(judgeMount({ ...file, kind: 'folder' }, file)).toBe('wrong-type');
  expect(worstMountState(['ok', 'replaced', 'missing'])).toBe('missing');
  expect(mountMessage('missing', '/s/web.conf', 'file', ['api', 'web'])).toBe('/s/web.conf, which api, web use, is gone.');
});
