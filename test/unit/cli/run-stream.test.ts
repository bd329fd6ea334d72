import { expect, it } from 'vitest';
import type { Session } from '../../../src/cli/connection';
import { runItems } from '../../../src/cli/run-stream';
import type { Terminal } from '../../../src/cli/terminal';

const PROJECT = { project: '/shop' };

/** What is printed before the stream has ended, and after. */
async function printed(name: string, input: { readonly [field: string]: unknown }): Promise<readonly [string, string]> {
  let out = '';
  const terminal = { stdoutIsTty: false, out: (text: string) => (out += text), err: () => undefined } as unknown as Terminal;
  let before = '';
  const session = {
    stream: (_name: string, _input: unknown, _signal: AbortSignal, push: (item: unknown) => void) => {
      push({ one: 1 });
      before = out;
      return Promise.resolve({ ok: true, value: null });
    },
  } as unknown as Session;
  await runItems(session, name, input, { json: true, signal: new AbortController().signal, terminal });
  return [before, out];
}

it('prints a line for each item of what follows, also where following is what it does unless told otherwise', async () => {
  const line = '{"one":1}\n';
  expect(await printed('stats.watch', PROJECT)).toEqual([line, line]);
  expect(await printed('services.logs', { ...PROJECT, service: 'api', follow: true })).toEqual([line, line]);
});

it('prints one document of what ends', async () => {
  const document = '{"ok":true,"value":[{"one":1}]}\n';
  expect(await printed('stats.watch', { ...PROJECT, follow: false })).toEqual(['', document]);
  expect(await printed('services.logs', { ...PROJECT, service: 'api' })).toEqual(['', document]);
});
