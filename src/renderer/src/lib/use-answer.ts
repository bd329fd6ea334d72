import { useCallback, useEffect, useState } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { toAppError } from './client';

/** Something that was asked for: not there yet, there, or failed. The last answer stays while it is asked again. */
export interface Answer<T> {
  readonly value: T | null;
  readonly error: AppError | null;
  readonly again: () => void;
  /** Takes over what a change answered with. */
  readonly set: (value: T) => void;
}

/** Asks when the component appears and whenever `ask` is another function (see useCallback), and drops answers that come too late. */
export function useAnswer<T>(ask: () => Promise<T>): Answer<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    ask().then(
      (answer) => {
        if (!current) return;
        setValue(answer);
        setError(null);
      },
      (failure: unknown) => current && setError(toAppError(failure)),
    );
    return () => {
      current = false;
    };
  }, [ask, turn]);
  const again = useCallback(() => setTurn((number) => number + 1), []);
  const set = useCallback((known: T) => {
    setValue(known);
    // What is known now is no failure any more.
    setError(null);
  }, []);
  return { value, error, again, set };
}
