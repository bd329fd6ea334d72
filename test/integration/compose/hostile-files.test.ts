import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppError } from '@shared/kernel/app-error';
import { ComposeService } from '@main/compose/service';

const compose = new ComposeService({ environment: {} });
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-hostile-'));
  await writeFile(join(dir, 'good.yaml'), 'services:\n  web:\n    image: x\n');
  await compose.load({ dir, files: ['good.yaml'], envFiles: [], profiles: [] });
});
afterAll(async () => {
  compose.close();
  await rm(dir, { recursive: true });
});

async function refusal(bytes: string | Uint8Array): Promise<{ readonly error: AppError; readonly tookMs: number; readonly spentMs: number }> {
  await writeFile(join(dir, 'bad.yaml'), bytes);
  const started = performance.now();
  const before = process.cpuUsage();
  try {
    await compose.load({ dir, files: ['bad.yaml'], envFiles: [], profiles: [] });
  } catch (error) {
    const { user, system } = process.cpuUsage(before);
    return { error: error as AppError, tookMs: performance.now() - started, spentMs: (user + system) / 1000 };
  }
  throw new Error('the file loaded');
}

const laughs = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefghij'.split('').map((key, index) => `${key}: &${key} [${Array<string>(10).fill(`*${'abcdefghi'.charAt(index)}`).join(',')}]`)].join('\n');

describe('files of strangers', () => {
  it.each<readonly [string, string | Uint8Array, string, number | undefined]>([
    ['brackets', '['.repeat(100_000), 'compose-invalid', 1],
    ['a few brackets', '['.repeat(5000), 'compose-invalid', 1],
    ['billion laughs', laughs, 'compose-invalid', 6],
    ['a NUL byte', 'services:\n  web:\n    image: x\0\n', 'compose-invalid', 3],
    ['50 MB', Buffer.alloc(50 * 1024 * 1024, 'a: b\n'), 'file-unreadable', undefined],
    ['UTF-16', Buffer.from('\ufeffservices: {}', 'utf16le'), 'compose-invalid', 1],
    ['not UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]), 'compose-invalid', undefined],
    ['a merge bomb', `x: &x {${Array.from({ length: 900 }, (_, index) => `k${index}: v`).join(', ')}}\n${Array.from({ length: 900 }, (_, index) => `y${index}: {<<: *x}`).join('\n')}`, 'compose-invalid', undefined],
    ['a million dashes', '- '.repeat(500_000), 'compose-invalid', 1],
    ['a flood of quotes', `a: ${'"'.repeat(500_001)}`, 'compose-invalid', undefined],
  ])('%s: one clear error, quickly, and the next file loads', async (_name, bytes, code, line) => {
    const { error, tookMs, spentMs } = await refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.where?.file).toBe(join(dir, 'bad.yaml'));
    if (line !== undefined) expect(error.where?.line).toBe(line);
    expect(error.message).toMatch(/^[A-Z/][^\n]*\.$/);
    expect(tookMs).toBeLessThan(5000);
    // All in all, so the process that asked never stands still, whatever the parser does.
    expect(spentMs).toBeLessThan(500);
    expect((await compose.load({ dir, files: ['good.yaml'], envFiles: [], profiles: [] })).model.services['web']?.image).toBe('x');
  });

  it('a file at the size limit is parsed or given up within the deadline', async () => {
    const text = `services:\n  web:\n    image: x\n    environment:\n${Array.from({ length: 50_000 }, (_, index) => `      K${index}: v${index}`).join('\n')}\n`;
    await writeFile(join(dir, 'large.yaml'), text);
    const outcome = await compose.load({ dir, files: ['large.yaml'], envFiles: [], profiles: [] }).then(
      () => 'loaded',
      (error: unknown) => (error as AppError).code,
    );
    expect(['loaded', 'compose-invalid']).toContain(outcome);
  });

  it('missing files, missing folders and unreadable ones say so', async () => {
    await expect(compose.load({ dir, files: ['nowhere.yaml'], envFiles: [], profiles: [] })).rejects.toMatchObject({ code: 'compose-not-found' });
    await expect(compose.load({ dir: join(dir, 'nowhere'), files: ['compose.yaml'], envFiles: [], profiles: [] })).rejects.toMatchObject({ code: 'compose-not-found' });
    await expect(compose.discoverModes(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'compose-not-found' });
    await expect(compose.load({ dir, files: ['good.yaml'], envFiles: ['none.env'], profiles: [] })).rejects.toMatchObject({ code: 'compose-invalid' });
    if (process.getuid?.() !== 0) {
      await writeFile(join(dir, 'locked.yaml'), 'services: {}');
      await chmod(join(dir, 'locked.yaml'), 0);
      await expect(compose.load({ dir, files: ['locked.yaml'], envFiles: [], profiles: [] })).rejects.toMatchObject({ code: 'file-unreadable' });
    }
  });
});
