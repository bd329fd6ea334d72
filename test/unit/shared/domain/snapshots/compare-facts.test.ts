import { describe, expect, it } from 'vitest';
import { comparableDocument, compareEnvNames, compareFacts, compareJson } from '@shared/domain/snapshots/compare-facts';
import type { JsonObject } from '@shared/kernel/json';

const image = (service: string, id: string): { readonly service: string; readonly reference: string; readonly id: string; readonly digests: readonly string[]; readonly platform: string } => ({ service, reference: `${service}:1`, id, digests: [], platform: 'linux/amd64' });

describe('facts of a part', () => {
  it('tell images by their services', () => {
    const found = compareFacts('images', { images: [image('api', 'sha256:a'), image('db', 'sha256:d')] }, { images: [image('api', 'sha256:b'), image('web', 'sha256:w')] });
    expect(found).toEqual([
      { change: 'changed', path: 'api', what: ['id'], before: 'sha256:a', after: 'sha256:b' },
      { change: 'removed', path: 'db', what: ['digests', 'id', 'platform', 'reference'], before: '[], sha256:d, linux/amd64, db:1', after: null },
      { change: 'added', path: 'web', what: ['digests', 'id', 'platform', 'reference'], before: null, after: '[], sha256:w, linux/amd64, web:1' },
    ]);
  });

  it('tell which containers of a service are others', () => {
    const one = { service: 'api', name: 'shop-api-1', number: 1, imageId: 'sha256:a', state: 'running', health: 'healthy' };
    expect(compareFacts('containers', { containers: [one] }, { containers: [{ ...one, state: 'exited' }, { ...one, number: 2 }] })).toEqual([
      { change: 'changed', path: 'api', what: ['state'], before: 'running', after: 'exited' },
      { change: 'added', path: 'api 2', what: ['health', 'imageId', 'name', 'number', 'state'], before: null, after: 'healthy, sha256:a, shop-api-1, 2, running' },
    ]);
  });

  it('go into objects, and take the order of keys for nothing', () => {
    expect(compareFacts('volume', { driver: 'local', options: { type: 'nfs', o: 'rw' } }, { options: { o: 'ro', type: 'nfs' }, driver: 'local' })).toEqual([{ change: 'changed', path: '', what: ['options.o'], before: 'rw', after: 'ro' }]);
  });

  it('leave out what only says how it was counted', () => expect(compareFacts('bucket', { versioning: 'on', objects: 1 }, { versioning: 'on', objects: 2 })).toEqual([]));
});

describe('documents', () => {
  it('are compared value by value', () => {
    expect(compareJson({ a: { b: 1, c: [1] }, d: null }, { a: { b: 2, c: [1] }, e: true }, false)).toEqual([
      { change: 'changed', path: '', what: ['a.b'], before: '1', after: '2' },
      { change: 'removed', path: '', what: ['d'], before: 'null', after: null },
      { change: 'added', path: '', what: ['e'], before: null, after: 'true' },
    ]);
  });

  it('of an env file say which variables are others and never how', () => {
    const found = compareEnvNames(new Map([['A', 'canary-one'], ['B', 'same'], ['C', 'gone']]), new Map([['A', 'canary-two'], ['B', 'same'], ['D', 'new']]));
    expect(found.map(({ change, what }) => [change, what])).toEqual([['changed', ['A']], ['removed', ['C']], ['added', ['D']]]);
    expect(JSON.stringify(found)).not.toMatch(/canary|gone|new/);
  });
});

describe('labels by which Berth finds again what it did', () => {
  it('are no difference of a volume', () => {
    const facts = (tx: string, more: JsonObject = {}): JsonObject => ({ labels: { 'dev.berth.tx': tx, 'dev.berth.replaced-since': tx, 'com.docker.compose.volume': 'data', ...more } });
    expect(compareFacts('volume', facts('op_1'), facts('op_2'))).toEqual([]);
    expect(compareFacts('volume', facts('op_1'), facts('op_2', { 'dev.berth.project': 'shop' })).map((one) => one.what)).toEqual([['labels.dev.berth.project']]);
  });

  it('are no difference of a container, whatever else is', () => {
    const document = (tx: string, mode: string): JsonObject => ({ Image: 'shop', Labels: { 'dev.berth.tx': tx, 'dev.berth.mode': mode } });
    expect(compareJson(comparableDocument(document('op_1', 'dev')), comparableDocument(document('op_2', 'dev')), true)).toEqual([]);
    expect(compareJson(comparableDocument(document('op_1', 'dev')), comparableDocument(document('op_2', 'prod')), true).map((one) => one.what)).toEqual([['Labels.dev.berth.mode']]);
    expect(comparableDocument('text')).toBe('text');
  });
});
