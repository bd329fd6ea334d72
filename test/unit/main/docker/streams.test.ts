import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BuildOutput } from '@main/docker/build-output';
import { readBuildTrace } from '@main/docker/buildkit-trace';
import { readEvent } from '@main/docker/events';
import { splitReference } from '@main/docker/images';
import { LogLines } from '@main/docker/log-lines';
import { registryOf } from '@main/docker/registry-auth';
import type { LogChunkLine } from '@main/docker/types';

const STAMP = '2026-01-02T03:04:05.678901234Z';

function frame(stream: 1 | 2, text: string): Buffer {
  const data = Buffer.from(text, 'utf8');
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

describe('log lines', () => {
  it('are the same however the bytes are cut', () => {
    const entry = fc.record({ stream: fc.constantFrom<1 | 2>(1, 2), text: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, '')) });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (entries, cuts) => {
        const bytes = Buffer.concat(entries.map((item) => frame(item.stream, `${STAMP} ${item.text}\n`)));
        const lines: LogChunkLine[] = [];
        const reader = new LogLines(false, (line) => lines.push(line));
        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const size = cuts[cut % cuts.length] as number;
          reader.write(bytes.subarray(at, at + size));
          at += size;
        }
        expect(reader.incomplete).toBe(false);
        reader.end();
        expect(lines).toEqual(entries.map((item) => ({ stream: item.stream === 1 ? 'stdout' : 'stderr', time: STAMP, text: item.text })));
      }),
    );
  });

  it('join the parts of a long line and notice a cut frame', () => {
    const lines: LogChunkLine[] = [];
    const reader = new LogLines(false, (line) => lines.push(line));
    reader.write(frame(1, `${STAMP} part one,`));
    reader.write(frame(1, `${STAMP} part two\n`));
    reader.write(frame(1, 'x').subarray(0, 5));
    expect(lines).toEqual([{ stream: 'stdout', time: STAMP, text: 'part one,part two' }]);
    expect(reader.incomplete).toBe(true);
  });
});

describe('events', () => {
  it('are read, noise and rubbish are not', () => {
    expect(readEvent(JSON.stringify({ Type: 'container', Action: 'health_status: healthy', Actor: { ID: 'a', Attributes: { name: 'web' } }, timeNano: 5 }))).toEqual({ type: 'container', action: 'health_status: healthy', id: 'a', attributes: { name: 'web' }, timeNano: 5 });
    for (const line of ['', '{', '[]', '{"Type":"container","Action":"exec_create: sh"}', '{"Type":"plugin","Action":"enable"}']) expect(readEvent(line)).toBeNull();
  });
});

describe('build output', () => {
  it('survives any trace', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => Array.isArray(readBuildTrace(Buffer.from(bytes).toString('base64')).steps)));
  });

  it('keeps what a progress bar wrote last, without colours', () => {
    const output = new BuildOutput(() => undefined, (text) => text, () => undefined);
    output.document({ stream: '10 %\r50 %\r\u001B[32m100 %\u001B[0m\n' });
    output.document({ stream: 'no newline' });
    output.document({ errorDetail: { message: 'broken' } });
    output.end();
    expect(output.lines).toEqual(['100 %', 'no newline']);
    expect(output.failure?.message).toBe('broken');
  });
});

describe('image references', () => {
  it('are split and belong to a registry', () => {
    expect(splitReference('reg:5000/a')).toEqual({ name: 'reg:5000/a', tag: 'latest' });
    expect(splitReference('reg:5000/a:b')).toEqual({ name: 'reg:5000/a', tag: 'b' });
    expect(splitReference('a@sha256:0')).toEqual({ name: 'a@sha256:0', tag: '' });
    expect(registryOf('node:20')).toBe('https://index.docker.io/v1/');
    expect(registryOf('user/app')).toBe('https://index.docker.io/v1/');
    expect(registryOf('ghcr.io/a/b')).toBe('ghcr.io');
    expect(registryOf('localhost/a')).toBe('localhost');
  });
});
