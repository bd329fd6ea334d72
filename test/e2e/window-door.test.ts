import { expect, it } from 'vitest';
import { contract } from '@shared/contract/contract';
import { answered } from '../support/electron-app';
import { useWindow } from '../support/window-fixture';

const open = useWindow();
const MESSAGES = 100_000;
const SEED = 20_261_122;

it('answers 100,000 malformed messages, and goes on as before', async () => {
  const berth = await open('running');
  const { window } = berth;
  await window.getByTestId('services-table').waitFor();
  // No dialog of the system may wait for an answer.
  await berth.app.evaluate(({ dialog }) => void Object.assign(dialog, { showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: [] }), showSaveDialog: () => Promise.resolve({ canceled: true }) }));
  const memory = (): Promise<number> => answered(() => berth.app.evaluate(() => process.memoryUsage().heapUsed));
  const before = await memory();

  const counts = await window.evaluate(
    async ([names, messages, seed]) => {
      let state = seed;
      /** A number below `limit`; xorshift, so that a failure can be had again. */
      const below = (limit: number): number => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return (state >>> 0) % limit;
      };
      const odd = [undefined, null, true, 0, -1, NaN, Infinity, 1e308, '', 'x', '__proto__', 'constructor', '/etc/passwd', '../..', '\u0000', '\u202E', 'p_0123456789abc', 'x'.repeat(5_000), 10n, new Date(0), /x/, new Map([[1, 2]]), new Set([1]), new Uint8Array(64), new Error('x')];
      const junk = (depth: number): unknown => {
        const kind = below(10);
        if (depth === 0 || kind < 6) return odd[below(odd.length)];
        if (kind < 8) return Array.from({ length: below(5) }, () => junk(depth - 1));
        return Object.fromEntries(Array.from({ length: below(6) }, () => [['project', 'id', 'mode', 'service', 'services', '__proto__', 'constructor', 'path', 'dir', 'input', 'x'][below(11)] ?? 'x', junk(depth - 1)]));
      };
      const { berth: door } = window as unknown as { berth: Record<string, (...given: unknown[]) => unknown> };
      const found: Record<string, number> = {};
      const note = (outcome: string): void => void (found[outcome] = (found[outcome] ?? 0) + 1);
      const send = async (): Promise<void> => {
        const name = below(4) === 0 ? junk(1) : names[below(names.length)];
        const way = below(20);
        try {
          // What cannot be cloned is refused before it is sent.
          if (way === 0) {
            const stop = door['stream']?.(name, junk(3), () => undefined, () => undefined) as (() => void) | undefined;
            stop?.();
            return note('streamed');
          }
          const answer = way === 1 ? await door['window']?.(junk(1), junk(2)) : way === 2 ? await door['pickFiles']?.(junk(2)) : await door['invoke']?.(name, junk(3));
          const { ok, error } = answer as { ok?: boolean; error?: { code?: string; message?: string } };
          note(ok === true ? 'ok' : ok === false && typeof error?.code === 'string' && typeof error.message === 'string' ? (error.code === 'internal' ? `internal: ${String(name)}` : error.code) : `no answer: ${JSON.stringify(answer)}`);
        } catch (error) {
          note(error instanceof Error ? `thrown: ${error.name}` : 'thrown');
        }
      };
      for (let sent = 0; sent < messages; sent += 500) await Promise.all(Array.from({ length: 500 }, send));
      return found;
    },
    [Object.keys(contract), MESSAGES, SEED] as const,
  );

  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(MESSAGES);
  expect(Object.keys(counts).filter((outcome) => outcome.startsWith('no answer') || outcome.startsWith('internal'))).toEqual([]);
  expect(counts['input-invalid']).toBeGreaterThan(MESSAGES / 2);
  // The window lives, the app answers, and nothing of it was kept.
  expect(await window.evaluate(() => (window as unknown as { berth: { invoke(name: string, input: unknown): Promise<{ ok: boolean }> } }).berth.invoke('projects.list', {}))).toMatchObject({ ok: true });
  expect(await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((one) => one.webContents.isCrashed()))).toEqual([false]);
  expect((await memory()) - before).toBeLessThan(100 * 1024 * 1024);
});
