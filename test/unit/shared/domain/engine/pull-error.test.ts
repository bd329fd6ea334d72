import { describe, expect, test } from 'vitest';
import { pullError, pullFailureOf } from '@shared/domain/engine/pull-error';

describe('why an image could not be fetched', () => {
  test.each([
    ['127.0.0.1:42985/shop/api:1', 'Error response from daemon: Head "http://127.0.0.1:42985/v2/shop/api/manifests/1": no basic auth credentials', 'denied'],
    ['127.0.0.1:40100/shop/api:1', 'manifest for 127.0.0.1:40100/shop/api:1 not found: manifest unknown', 'not-found'],
    ['registry.test/denied/429:1', 'manifest for registry.test/denied/429:1 not found: manifest unknown: manifest unknown', 'not-found'],
    ['registry.test/rate limit/x:1', 'dial tcp: lookup registry.test: no such host', 'offline'],
    ['x', "pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied", 'not-found'],
    ['shop/api:1', 'toomanyrequests: You have reached your pull rate limit.', 'rate-limited'],
    ['shop/api:1', 'received unexpected HTTP status: 429 Too Many Requests', 'rate-limited'],
    ['shop/api:1', 'error parsing HTTP 403 response body', 'denied'],
    ['127.0.0.1:40329/shop/api:1', 'Get "http://127.0.0.1:40329/v2/": dial tcp 127.0.0.1:40329: connect: connection refused', 'offline'],
  ])('%s: %s', (reference, message, kind) => {
    expect(pullFailureOf(pullError(reference, message))).toBe(kind);
  });
});
