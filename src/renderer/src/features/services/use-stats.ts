import { useEffect, useState } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { stream } from '../../lib/client';
import { useAtRest } from '../../lib/use-at-rest';
import { useVisible } from '../../lib/use-visible';
import { EMPTY_STATS, lastOf, withStats, type LiveStats } from './live-stats';

const EVERY_MS = 2_000;
/** As often as the history is written; the first touch brings the other pace back. */
const RESTING_MS = 30_000;
const AGAIN_MS = 10_000;

/** What the services use now, while the page can be seen. A stream that ends is asked for again a while later. */
export function useStats(projectId: string, wanted: boolean): LiveStats {
  const visible = useVisible();
  const everyMs = useAtRest() ? RESTING_MS : EVERY_MS;
  const [stats, setStats] = useState<LiveStats>(EMPTY_STATS);
  const [turn, setTurn] = useState(0);
  const on = visible && wanted;
  useEffect(() => setStats(EMPTY_STATS), [projectId, on, turn]);
  useEffect(() => {
    if (!on) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A line has one pace: at another one it begins anew, from what is known.
    setStats(lastOf);
    const stop = stream(
      'stats.watch',
      { project: projectId, everyMs, follow: true },
      (items: readonly OutputOf<'stats.watch'>[]) => setStats((before) => items.reduce(withStats, before)),
      () => {
        timer = setTimeout(() => setTurn((number) => number + 1), AGAIN_MS);
      },
    );
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [projectId, on, turn, everyMs]);
  return stats;
}
