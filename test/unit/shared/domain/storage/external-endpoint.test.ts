import { describe, expect, test } from 'vitest';
import { endpointNotices, externalEndpoint, isOwnMachine } from '@shared/domain/storage/external-endpoint';
import { portNumber, s3Address } from '@shared/domain/storage/s3-address';
import { normalEndpoint } from '@shared/domain/storage/s3-endpoint';
import { AppError } from '@shared/kernel/app-error';

describe('an external endpoint', () => {
  test.each([
    ['https://s3.example.org', 'https://s3.example.org'],
    ['https://s3.example.org:443/', 'https://s3.example.org'],
    ['HTTP://Minio.Local:9000', 'http://minio.local:9000'],
    ['http://[::1]:9000', 'http://[::1]:9000'],
  ])('%s is kept as %s', (text, kept) => {
    expect(externalEndpoint(text)).toBe(kept);
  });

  test.each(['', 's3.example.org', 'ftp://x', 'http://', 'http://key:secret@x', 'http://a@secret@x', 'http://x:99999', 'http://x:0', 'http://x/bucket', 'http://x?a=b', 'http://x#y', 'javascript:alert(1)'])('“%s” is refused, and no key in it is repeated', (text) => {
    const refused = (): string => externalEndpoint(text);
    expect(refused).toThrow(AppError);
    expect(refused).not.toThrow(/secret/);
  });

  test('is known to be this machine, and where', () => {
    expect(['http://localhost:1', 'http://127.0.0.1:1', 'http://127.9.9.9:1', 'http://[::1]:1'].map(isOwnMachine)).toEqual([true, true, true, true]);
    expect(['http://10.0.0.1:1', 'https://localhost.example'].map(isOwnMachine)).toEqual([false, false]);
    expect(['http://a', 'https://a', 'http://a:81'].map((one) => portNumber(s3Address(one)))).toEqual([80, 443, 81]);
  });

  test('without encryption is worth a notice beyond this machine', () => {
    expect(endpointNotices('http://10.0.0.1:9000')).toHaveLength(1);
    expect([...endpointNotices('https://10.0.0.1'), ...endpointNotices('http://127.0.0.1:9000')]).toEqual([]);
  });

  test('is compared in the form it is kept in', () => {
    for (const text of ['http://Minio.Local:9000', 'https://s3.example.org:443', 'http://[::1]:9000', 'http://localhost:80']) expect(normalEndpoint(externalEndpoint(text))).toBe(externalEndpoint(text));
  });
});
