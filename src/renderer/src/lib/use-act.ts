import { useState } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { toAppError } from './client';

/** The one act of a dialog or a row: whether it is under way, and what went wrong with it. */
export interface Act {
  readonly working: boolean;
  readonly failure: AppError | null;
  /** Does it. When it went well `done` follows: a dialog closes. Otherwise it stays, with the failure. */
  readonly run: (work: () => Promise<unknown>, done: () => void) => void;
  /** Forgets the failure: what it was about is taken back. */
  readonly clear: () => void;
}

export function useAct(): Act {
  const [failure, setFailure] = useState<AppError | null>(null);
  const [working, setWorking] = useState(false);
  function run(work: () => Promise<unknown>, done: () => void): void {
    setWorking(true);
    setFailure(null);
    work().then(
      () => {
        setWorking(false);
        done();
      },
      (error: unknown) => {
        setFailure(toAppError(error));
        setWorking(false);
      },
    );
  }
  return { working, failure, run, clear: () => setFailure(null) };
}
