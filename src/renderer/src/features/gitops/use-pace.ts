import { useEffect, useRef, useState } from 'react';
import type { Operation } from '../../lib/model';

/** How fast a running operation goes: steps a second over the last seconds, and what is left of it in milliseconds. Null while that is not known. */
export function usePace(operation: Operation | null): { readonly perSecond: number | null; readonly leftMs: number | null } {
  const seen = useRef<{ id: string; points: { step: number; atMs: number }[] }>({ id: '', points: [] });
  const [pace, setPace] = useState<{ readonly perSecond: number | null; readonly leftMs: number | null }>({ perSecond: null, leftMs: null });
  const id = operation?.id ?? '';
  const step = operation?.progress.step ?? 0;
  const of = operation?.progress.of ?? 0;
  useEffect(() => {
    if (seen.current.id !== id) seen.current = { id, points: [] };
    const points = [...seen.current.points, { step, atMs: performance.now() }].slice(-20);
    seen.current.points = points;
    const first = points[0];
    const last = points.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < 200) return setPace({ perSecond: null, leftMs: null });
    const perSecond = ((last.step - first.step) * 1_000) / (last.atMs - first.atMs);
    setPace({ perSecond, leftMs: perSecond > 0 && of > step ? ((of - step) * 1_000) / perSecond : null });
  }, [id, step, of]);
  return pace;
}
