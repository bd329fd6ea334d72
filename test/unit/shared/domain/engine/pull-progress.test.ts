import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPassing, pullError } from '@shared/domain/engine/pull-error';
import { PullProgress } from '@shared/domain/engine/pull-progress';

const layer = (id: string, status: string, current = 0, total = 0) => ({ id, status, progressDetail: total === 0 ? {} : { current, total } });

it('says what changes and every tenth of a layer, and counts the bytes of all', () => {
  const progress = new PullProgress();
  const said = [
    { id: '1', status: 'Pulling from a' }, layer('aa', 'Pulling fs layer'), layer('bb', 'Pulling fs layer'), layer('aa', 'Downloading', 1, 1000), layer('aa', 'Downloading', 50, 1000),
    layer('aa', 'Downloading', 150, 1000), layer('bb', 'Downloading', 10, 100), layer('aa', 'Download complete'), layer('aa', 'Extracting', 900, 1000), layer('aa', 'Pull complete'), { status: 'Status: Downloaded' }, { error: 'x' },
  ].map((document) => progress.take(document));
  expect(said).toEqual(['1: Pulling from a', 'aa: Pulling fs layer', 'bb: Pulling fs layer', 'aa: Downloading 0 %', '', 'aa: Downloading 10 %', 'bb: Downloading 10 %', 'aa: Download complete', 'aa: Extracting 90 %', 'aa: Pull complete', 'Status: Downloaded', '']);
  expect(progress.bytes).toEqual({ done: 1010, total: 1100 });
});

it('never has more than there is, and says little of much', () => {
  const ids = fc.constantFrom('a', 'b', 'c');
  const documents = fc.array(fc.tuple(ids, fc.constantFrom('Downloading', 'Download complete', 'Extracting', 'Pull complete', 'Verifying Checksum'), fc.nat(2_000), fc.constantFrom(0, 1_000)), { maxLength: 200 });
  fc.assert(
    fc.property(documents, (all) => {
      const progress = new PullProgress();
      for (const [id, status, current, total] of all) {
        progress.take(layer(id, status, current, total));
        expect(progress.bytes.done).toBeLessThanOrEqual(progress.bytes.total);
      }
    }),
  );
  const long = new PullProgress();
  expect(Array.from({ length: 10_000 }, (_one, index) => long.take(layer('a', 'Downloading', index, 10_000))).filter((line) => line !== '')).toHaveLength(10);
});

it('is tried again for what passes, and not for what stays', () => {
  for (const said of ['received unexpected HTTP status: 503 Service Unavailable', 'Get "https://r/v2/": net/http: TLS handshake timeout', 'unexpected EOF', 'the download ended early', 'read tcp 1.2.3.4:1->5.6.7.8:443: read: connection reset by peer', 'Get "https://r/v2/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)']) expect(isPassing(pullError('r/a:1', said)), said).toBe(true);
  for (const said of ['manifest for r/a:1 not found: manifest unknown', 'toomanyrequests: slow down', 'unauthorized: authentication required', 'dial tcp: lookup r: no such host', 'dial tcp 127.0.0.1:1: connect: connection refused', 'no matching manifest for linux/arm64']) expect(isPassing(pullError('r/a:1', said)), said).toBe(false);
  expect(isPassing(new Error('x'))).toBe(false);
});
