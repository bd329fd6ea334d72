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

describe('the examples of the signature’s own documentation', () => {
  const documented = { host: 'examplebucket.s3.amazonaws.com', query: {}, body: Buffer.alloc(0), region: 'us-east-1', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', at: new Date('2013-05-24T00:00:00Z') };
  test.each([
    ['an object, in part', { method: 'GET', path: '/test.txt', headers: { range: 'bytes=0-9' } }, 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41'],
    [
      'a new object',
      { method: 'PUT', path: '/test%24file.text', headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' }, body: Buffer.from('Welcome to Amazon S3.') },
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    ['a question without value', { method: 'GET', path: '/', query: { lifecycle: '' } }, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
    ['a listing', { method: 'GET', path: '/', query: { prefix: 'J', 'max-keys': '2' } }, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
  ])('%s', (_what, asked, signature) => {
    // Twice: the second time with the key of the day that was kept.
    for (let time = 0; time < 2; time += 1) expect(signedRequest({ ...documented, ...asked }).headers['authorization']).toMatch(new RegExp(`Signature=${signature}$`));
  });

  test('a body that is not signed says so, and an empty one is always signed', () => {
    expect(signedRequest({ ...documented, method: 'PUT', path: '/a', body: Buffer.from('x'), isBodyUnsigned: true }).headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD');
    expect(signedRequest({ ...documented, method: 'PUT', path: '/a', isBodyUnsigned: true }).headers['x-amz-content-sha256']).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  test('keys of other days, regions and secrets are not mixed up', () => {
    const asked = { ...documented, method: 'GET', path: '/a' };
    const all = [asked, { ...asked, at: new Date('2013-05-25T00:00:00Z') }, { ...asked, region: 'eu-west-1' }, { ...asked, secretKey: 'other' }].map((one) => signedRequest(one).headers['authorization']);
    expect(new Set(all).size).toBe(4);
    expect(signedRequest(asked).headers['authorization']).toBe(all[0]);
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
