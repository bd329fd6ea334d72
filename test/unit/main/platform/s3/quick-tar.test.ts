import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { describe, expect, test } from 'vitest';
import { mtimeText } from '@main/platform/s3/quick-mtime';
import { tarOf } from '@main/platform/s3/quick-tar';

interface Found {
  readonly header: Header;
  readonly body: string;
}

async function entriesOf(tar: Buffer): Promise<Found[]> {
  const found: Found[] = [];
  const reader = extract();
  const done = new Promise<void>((resolve, reject) => {
    reader.on('finish', resolve);
    reader.on('error', reject);
  });
  reader.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => void chunks.push(chunk as Buffer));
    stream.on('end', () => {
      found.push({ header, body: Buffer.concat(chunks).toString() });
      next();
    });
  });
  Readable.from([tar]).pipe(reader);
  await done;
  return found;
}

const NAMES = ['a', 'a/b c+%.txt', 'x'.repeat(100), 'x'.repeat(101), `${'deep/'.repeat(60)}end`, 'ünï/日本語/😀', '<&>"\'', ' front and end ', '-rf', 'line\nbreak', 'a=b'];

describe('a tar of small files', () => {
  test('is read by others, with every name, content and time', async () => {
    const files = NAMES.map((name, index) => ({ key: `pre/${name}`, body: Buffer.from('x'.repeat(index * 200)), mtimeNs: 1_700_000_000_000_000_000n + BigInt(index) }));
    const found = await entriesOf(tarOf(files, 'pre/'));
    expect(found.map(({ header }) => header.name)).toEqual(NAMES);
    expect(found.map(({ body }) => body)).toEqual(files.map(({ body }) => body.toString()));
    expect(found.map(({ header }) => (header.pax as Record<string, string> | null)?.['minio.metadata.x-amz-meta-mtime'])).toEqual(files.map(({ mtimeNs }) => mtimeText(mtimeNs)));
    expect(found.every(({ header }) => header.type === 'file' && header.mtime?.getTime() === 0)).toBe(true);
  });

  test('is read by tar, whose eye is the strictest', () => {
    const files = NAMES.map((name) => ({ key: name, body: Buffer.from('x'), mtimeNs: 1n }));
    const listed = execFileSync('tar', ['--list', '--warning=no-unknown-keyword', '--quoting-style=literal', '--file=-'], { input: tarOf(files, ''), encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    expect(listed).toBe(NAMES.map((name) => `${name}\n`).join(''));
  });

  test('of none is an empty tar', async () => {
    expect(await entriesOf(tarOf([], ''))).toEqual([]);
  });
});

describe('the time of a file', () => {
  test.each([
    [1_700_000_000_123_456_789n, '1700000000.123456789'],
    [1_700_000_000_000_000_000n, '1700000000'],
    [1_700_000_000_500_000_000n, '1700000000.5'],
    [1n, '0.000000001'],
    [0n, '0'],
    [-1_500_000_000n, '-1.5'],
  ])('%s is %s', (ns, text) => {
    expect(mtimeText(ns)).toBe(text);
  });
});
