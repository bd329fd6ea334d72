import { createInterface } from 'node:readline/promises';
import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { Terminal } from './terminal';

/** Asks yes or no on stderr. Throws `consent-required` where nobody can be asked, with the plan or the preview that would have been shown; `cancelled` when the answer is no. */
export async function askConsent(question: string, terminal: Terminal, signal: AbortSignal, shown: { readonly plan?: OutputOf<'operations.preview'>; readonly preview?: OutputOf<'projects.clean'> } = {}): Promise<void> {
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
