import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healthcheckEntry, type HealthcheckRequest } from '@shared/domain/edits/healthcheck';
import { presentHealthcheck } from '@shared/domain/edits/present-healthcheck';
import { imageFromInspect } from '@shared/domain/engine/read-objects';

const times = { intervalSeconds: fc.integer({ min: 1, max: 3_600 }), timeoutSeconds: fc.integer({ min: 1, max: 600 }), retries: fc.integer({ min: 1, max: 100 }), startPeriodSeconds: fc.integer({ min: 0, max: 3_600 }) };
const port = fc.integer({ min: 1, max: 65_535 });
const text = fc.string({ maxLength: 40 }).filter((one) => !/[\uD800-\uDFFF]/.test(one));
const request: fc.Arbitrary<HealthcheckRequest> = fc.oneof(
  fc.record({ ...times, kind: fc.constant('http' as const), port, path: text.map((one) => `/${one}`), command: fc.constant('') }),
  fc.record({ ...times, kind: fc.constant('tcp' as const), port, path: fc.constant('/'), command: fc.constant('') }),
  fc.record({ ...times, kind: fc.constant('command' as const), port: fc.constant(0), path: fc.constant('/'), command: text.filter((one) => one.trim() !== '') }),
);

describe('the health check a service has', () => {
  it('is read from what was written, whatever was asked for', () => {
    fc.assert(
      fc.property(request, (asked) => {
        // The loader turns the doubled dollar of a file into one.
        const entry = JSON.parse(JSON.stringify(healthcheckEntry(asked)).replaceAll('$$', '$')) as { test: string[]; interval: string; timeout: string; retries: number; start_period: string };
        expect(presentHealthcheck(entry, undefined)).toEqual({ ...asked, from: 'file', port: asked.kind === 'command' ? null : asked.port });
      }),
    );
  });

  it('is a command where Berth did not write it, with the words of an exec form in quotes where they need them', () => {
    const read = (test: readonly string[]): string | undefined => presentHealthcheck({ test }, undefined)?.command;
    expect(read(['CMD', 'node', 'shared/health-check.ts'])).toBe('node shared/health-check.ts');
    expect(read(['CMD', 'sh', '-c', "echo 'it'"])).toBe(`sh -c 'echo '\\''it'\\'''`);
    expect(read(['CMD-SHELL', 'curl -f http://localhost:8000/ || exit 1'])).toBe('curl -f http://localhost:8000/ || exit 1');
  });

  it('comes from the image where the files leave it to the image, and from neither where none says one', () => {
    const { healthcheck } = imageFromInspect({ Config: { Healthcheck: { Test: ['CMD-SHELL', 'pg_isready'], Interval: 5_000_000_000, Timeout: 0, Retries: 0 } } });
    expect(presentHealthcheck(undefined, healthcheck)).toEqual({ from: 'image', kind: 'command', port: null, path: '/', command: 'pg_isready', intervalSeconds: 5, timeoutSeconds: 30, retries: 3, startPeriodSeconds: 0 });
    expect(presentHealthcheck({ interval: '1m30s', retries: 9 }, healthcheck)).toMatchObject({ from: 'image', command: 'pg_isready', intervalSeconds: 90, retries: 9 });
    expect(presentHealthcheck({ disable: true }, healthcheck)).toMatchObject({ from: 'file', kind: 'none' });
    expect(presentHealthcheck({ test: ['NONE'] }, healthcheck)).toMatchObject({ from: 'file', kind: 'none' });
    expect(presentHealthcheck(undefined, undefined)).toBeNull();
    expect(presentHealthcheck(undefined, imageFromInspect({ Config: {} }).healthcheck)).toBeNull();
  });

  it('keeps to what a change may say: whole seconds, at least one', () => {
    expect(presentHealthcheck({ test: ['CMD', 'true'], interval: '300ms', timeout: '48h', retries: 1_000 }, undefined)).toMatchObject({ intervalSeconds: 1, timeoutSeconds: 600, retries: 100 });
  });
});
