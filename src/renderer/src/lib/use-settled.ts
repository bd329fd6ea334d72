import { useEffect, useState } from 'react';

/** Until somebody has stopped typing, nothing is asked for. */
const SETTLED_MS = 250;

/** What was typed, once it rests. */
export function useSettled(key: string): string {
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [key]);
  return settled;
}
