import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sealedForAdmin } from '@main/platform/s3/admin-seal';
import { s3Failure } from '@main/platform/s3/failure';
import { signedRequest } from '@main/platform/s3/sign';

const options = { endpoint: 'http://store:9000', region: 'us-east-1', accessKey: 'access', secretKey: 'secret', deadlineMs: 1_000 };

describe('a signature', () => {
  test('covers method, path, query, body and time', () => {
    const base = { method: 'PUT', host: 'store:9000', path: '/minio/admin/v3/add-user', query: { accessKey: 'a b*', x: '1' }, body: Buffer.from('body'), region: 'us-east-1', accessKey: 'access', secretKey: 'secret', at: new Date('2026-01-02T03:04:05.678Z') };
    const { query, headers } = signedRequest(base);
    expect(query).toBe('accessKey=a%20b%2A&x=1');
    expect(headers['x-amz-date']).toBe('20260102T030405Z');
    expect(headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=access\/20260102\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/);
    const signatures = [base, { ...base, method: 'GET' }, { ...base, path: '/x' }, { ...base, query: {} }, { ...base, body: Buffer.from('other') }, { ...base, secretKey: 'other' }].map((one) => signedRequest(one).headers['authorization']);
    expect(new Set(signatures).size).toBe(6);
  });
});

describe('a sealed body', () => {
  test.each([0, 10, 16_384, 16_385, 50_000])('of %i bytes opens with the same secret, fragment by fragment', async (size) => {
    const body = Buffer.alloc(size, 7);
    const sealed = Buffer.from(await sealedForAdmin('secret', body));
    const key = pbkdf2Sync('secret', sealed.subarray(0, 32), 8192, 32, 'sha256');
    expect(sealed[32]).toBe(2);
    const nonce = sealed.subarray(33, 41);
    const opened: Buffer[] = [];
    const open = (number: number, associated: Buffer | null, data: Buffer): Buffer => {
      const counted = Buffer.concat([nonce, Buffer.alloc(4)]);
      counted.writeUInt32LE(number, 8);
      const decipher = createDecipheriv('aes-256-gcm', key, counted);
      if (associated !== null) decipher.setAAD(associated);
      decipher.setAuthTag(data.subarray(-16));
      return Buffer.concat([decipher.update(data.subarray(0, -16)), decipher.final()]);
    };
    // The tag of the empty fragment 0 is what every other one is bound to.
    const zero = createCipheriv('aes-256-gcm', key, Buffer.concat([nonce, Buffer.alloc(4)]));
    zero.final();
    const rest = sealed.subarray(41);
    const count = Math.max(1, Math.ceil(size / 16_384));
    for (let index = 0; index < count; index += 1) {
      const isLast = index === count - 1;
      const data = rest.subarray(index * (16_384 + 16), isLast ? undefined : (index + 1) * (16_384 + 16));
      opened.push(open(index + 1, Buffer.concat([Buffer.of(isLast ? 0x80 : 0), zero.getAuthTag()]), data));
    }
    expect(Buffer.concat(opened).equals(body)).toBe(true);
  });
});

describe('a failure', () => {
  test('keeps nothing of the request, which has the signature in it', () => {
    const thrown = Object.assign(new Error('Access Denied.'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 }, $response: { body: { req: { headers: { authorization: 'Signature=abc' } } } } });
    const error = s3Failure(thrown, options, { bucket: 'data' }, false);
    expect(error).toMatchObject({ code: 'input-invalid', details: { code: 'AccessDenied', status: 403 } });
    expect(Object.keys(error.cause as object)).toEqual([]);
  });

  test.each([
    ['ENOTFOUND', /name of the bucket store/],
    ['ECONNRESET', /ended the connection in the middle/],
    ['CERT_HAS_EXPIRED', /certificate is not accepted/],
    ['EHOSTUNREACH', /cannot be reached/],
  ])('of the network (%s) is one sentence, however deep it lies', (code, sentence) => {
    const deep = Object.assign(new Error('fetch failed'), { cause: Object.assign(new Error('x'), { code }) });
    expect(s3Failure(deep, options, {}, false)).toMatchObject({ code: 'service-unreachable', message: expect.stringMatching(sentence), details: { code } });
  });
});
