import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { Terminal } from './terminal';

/** What was run without changing anything, to be agreed to. */
export type Preview = OutputOf<'projects.clean'> | OutputOf<'storage.rotate-credentials'>;

/** Asks yes or no on stderr. Throws `consent-required` where nobody can be asked, with the plan or the preview that would have been shown; `cancelled` when the answer is no. */
export async function askConsent(question: string, terminal: Terminal, signal: AbortSignal, shown: { readonly plan?: OutputOf<'operations.preview'>; readonly preview?: Preview } = {}): Promise<void> {
  if (!terminal.canAsk) {
    throw new AppError('consent-required', 'This changes something, and nobody can be asked here.', { hint: 'Give --yes to do it without a question.', ...(Object.keys(shown).length === 0 ? {} : { details: { ...shown } }) });
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new AppError('cancelled', 'Nothing was changed.');
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('cancelled', 'Nothing was changed.');
  } finally {
    reader.close();
  }
}

/** Asks for a secret on stderr; what is typed is not shown. Rejects with `cancelled` when the question is given up. */
export async function askSecret(question: string, signal: AbortSignal): Promise<string> {
  // The reader repeats every key it gets to its output; a terminal that is read key by key repeats none itself.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  process.stderr.write(`${question}: `);
  try {
    // A reader that is closed by Ctrl+C or Ctrl+D answers nothing at all.
    return await Promise.race([reader.question('', { signal }), once(reader, 'close', { signal }).then(() => Promise.reject(new Error('closed')))]);
  } catch {
    throw new AppError('cancelled', 'Nothing was changed.');
  } finally {
    process.stderr.write('\n');
    reader.close();
  }
}
