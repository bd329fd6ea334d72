import { useState } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { toAppError } from './client';

/** The one act of a dialog: whether it is under way, and what went wrong with it. */
export interface Act {
  readonly working: boolean;
  readonly failure: AppError | null;
  /** Does it. When it went well the dialog is closed by `done`; otherwise it stays, with the failure. */
  readonly run: (work: () => Promise<unknown>, done: () => void) => void;
}

export function useAct(): Act {
  const [failure, setFailure] = useState<AppError | null>(null);
  const [working, setWorking] = useState(false);
  function run(work: () => Promise<unknown>, done: () => void): void {
    setWorking(true);
    setFailure(null);
    work().then(done, (error: unknown) => {
      setFailure(toAppError(error));
      setWorking(false);
    });
  }
  return { working, failure, run };
}
