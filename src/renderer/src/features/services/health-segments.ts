/** How a service was over a stretch of time. */
export interface HealthSegment {
  readonly kind: 'good' | 'bad' | 'checking' | 'off';
  readonly fromMs: number;
  readonly toMs: number;
}

interface HealthChange {
  readonly at: string;
  readonly state: string;
  readonly health: string;
}

/** The time between two moments as stretches of one health each, without holes. Before the first change nothing is known: off. */
export function healthSegments(changes: readonly HealthChange[], fromMs: number, toMs: number): readonly HealthSegment[] {
  const segments: HealthSegment[] = [];
  const sorted = changes.map((change) => ({ kind: kindOf(change), ms: Date.parse(change.at) })).sort((a, b) => a.ms - b.ms);
  let at = fromMs;
  let kind: HealthSegment['kind'] = 'off';
  const close = (until: number): void => {
    const end = Math.min(Math.max(until, at), toMs);
    const last = segments.at(-1);
    if (end > at) {
      if (last?.kind === kind) segments[segments.length - 1] = { ...last, toMs: end };
      else segments.push({ kind, fromMs: at, toMs: end });
    }
    at = end;
  };
  for (const change of sorted) {
    close(change.ms);
    kind = change.kind;
  }
  close(toMs);
  return segments;
}

/** How long each kind was, in milliseconds. */
export function healthTotals(segments: readonly HealthSegment[]): { readonly [kind in HealthSegment['kind']]: number } {
  const totals = { good: 0, bad: 0, checking: 0, off: 0 };
  for (const segment of segments) totals[segment.kind] += segment.toMs - segment.fromMs;
  return totals;
}

function kindOf(change: HealthChange): HealthSegment['kind'] {
  if (change.state === 'failed' || change.health === 'unhealthy') return 'bad';
  if (change.state === 'starting' || change.state === 'restarting' || change.health === 'starting') return 'checking';
  return change.state === 'running' || change.state === 'done' ? 'good' : 'off';
}
