import { randomBytes } from 'node:crypto';
import type { OutputOf } from '@shared/contract/contract';
import { printError } from './answer';
import type { Session } from './connection';
import type { ExecStdio } from './exec-stdio';
import type { Terminal } from './terminal';

/** Larger pieces of an input are cut: a request of the local API has a limit. */
const PIECE_BYTES = 64 * 1024;

interface ExecOptions {
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  readonly stdio: ExecStdio;
}

/** `services exec`: passes input and output through byte for byte and returns the command's own exit code. */
export async function runExec(session: Session, input: { readonly [field: string]: unknown }, options: ExecOptions): Promise<number> {
  const { json, signal, terminal, stdio } = options;
  const name = randomBytes(24).toString('base64url');
  const tty = json ? null : stdio.tty;
  const over = new AbortController();
  let exitCode = 1;
  const resized = tty === null ? () => undefined : stdio.onResize((size) => void session.call('services.attach-resize', { input: name, ...size }, signal, false).catch(() => undefined));
  const kept: { readonly [S in 'stdout' | 'stderr']: Buffer[] } = { stdout: [], stderr: [] };
  try {
    const result = await session.stream('services.attach', { ...input, input: name, ...(tty === null ? {} : { tty }) }, signal, (item) => {
      const one = item as OutputOf<'services.attach'>;
      if (one.type === 'started') void passInput(session, name, stdio.read(AbortSignal.any([signal, over.signal])), signal).catch(() => undefined);
      else if (one.type === 'exit') exitCode = one.code;
      else if (json) kept[one.stream].push(Buffer.from(one.base64, 'base64'));
      else stdio[one.stream === 'stdout' ? 'out' : 'err'](Buffer.from(one.base64, 'base64'));
    });
    if (!result.ok) return printError(result.error, json, terminal);
  } finally {
    over.abort();
    resized();
  }
  if (json) terminal.out(`${JSON.stringify({ ok: true, value: { exitCode, stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString() } })}\n`);
  return exitCode;
}

/** One piece after the other, so that they arrive in order and no more is read than the command takes. */
async function passInput(session: Session, name: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const give = async (more: { readonly base64?: string; readonly end?: boolean }): Promise<boolean> => {
    const answer = await session.call('services.attach-input', { input: name, ...more }, signal, false);
    return answer.ok && (answer.value as OutputOf<'services.attach-input'>).open;
  };
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += PIECE_BYTES) {
      if (!(await give({ base64: Buffer.from(chunk.subarray(from, from + PIECE_BYTES)).toString('base64') }))) return;
    }
  }
  await give({ end: true });
}
