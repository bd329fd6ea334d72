/** What one mount point looks like from this machine. `broken`: its program has ended. `hung`: it does not answer. `foreign`: another bucket is mounted there. */
export type PointSight = 'ok' | 'absent' | 'broken' | 'hung' | 'foreign';

/** Everything that is looked at in one go, of the mounts of one container. */
export interface MountSight {
  readonly container: 'missing' | 'ended' | 'paused' | 'running';
  readonly exitCode: number;
  readonly s3: { readonly reachable: boolean; readonly detail: string };
  readonly points: ReadonlyMap<string, PointSight>;
}

/** What happens to the supervision of a container. Times are of a clock that never jumps. */
export type SupervisionEvent =
  | { readonly kind: 'looked'; readonly atMs: number; readonly sight: MountSight }
  /** How the last action ended; null: well. */
  | { readonly kind: 'acted'; readonly atMs: number; readonly failure: string | null }
  /** The engine or the machine did not let itself be looked at. */
  | { readonly kind: 'blind'; readonly atMs: number; readonly reason: string }
  | { readonly kind: 'impossible'; readonly atMs: number; readonly reason: string }
  | { readonly kind: 'wanted'; readonly atMs: number }
  | { readonly kind: 'unwanted'; readonly atMs: number };

/** What is to be done next. start: make or start the container. clean-up: take stale mounts away. revive: end the programs behind these, the container's entry mounts anew. restart: end the container. probe: look now. */
export type SupervisionAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'clean-up'; readonly points: readonly string[] }
  | { readonly kind: 'revive'; readonly points: readonly string[] }
  | { readonly kind: 'restart' }
  | { readonly kind: 'probe' }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'give-up' };

/** As `storage.status` shows it. */
export type SupervisedState = 'absent' | 'preflight' | 'starting' | 'healthy' | 'degraded' | 'recovering' | 'stopped' | 'impossible';

/** States that pass by themselves, one way or the other. */
const PASSING: ReadonlySet<SupervisedState> = new Set(['preflight', 'starting', 'degraded', 'recovering']);

/** Whether a mount is on its way: to health, or to a state that says what is wrong. */
export function isPassing(state: SupervisedState): boolean {
  return PASSING.has(state);
}

/** State of one mount: one sentence why. */
export interface PointState {
  readonly state: SupervisedState;
  readonly detail: string;
}

/** How long a mount has not been well. */
export interface BadPoint {
  readonly looks: number;
  readonly sinceMs: number;
}

/** What is remembered from look to look. */
export interface Supervision {
  readonly wanted: boolean;
  readonly points: ReadonlyMap<string, PointState>;
  /** Points that were not well at the last look: how often in a row, and since when. */
  readonly bad: ReadonlyMap<string, BadPoint>;
  /** Everything was healthy once since it was wanted. */
  readonly held: boolean;
  readonly healthySinceMs: number | null;
  /** Attempts to bring it up since it last held. */
  readonly attempts: number;
  readonly retryAtMs: number;
  /** Revivals in a row that did not help. */
  readonly revivals: number;
  readonly cleanUps: number;
}

/** The next supervision, and what is to be done. */
export interface Supervised {
  readonly next: Supervision;
  readonly action: SupervisionAction;
}

export const SUPERVISION_MS = { healthy: 3_000, soon: 300, s3: 1_000, engine: 2_000, patience: 20_000, held: 30_000, backOffMax: 60_000 } as const;
/** Looks in a row at which a mount does not answer before anything is done about it. */
const BAD_LOOKS = 3;
const REVIVALS = 2;
/** From so many attempts on nobody should wait for it without knowing. */
const MANY_ATTEMPTS = 5;

/** Pause after so many attempts: 1, 2, 4 … 60 s. */
export function backOffMs(attempts: number): number {
  return attempts <= 0 ? 0 : Math.min(SUPERVISION_MS.backOffMax, 1_000 * 2 ** Math.min(attempts - 1, 16));
}

/** Codes with which a mount container ends when it was told to: it unmounted, or rclone was ended by TERM. */
export function endedWell(exitCode: number): boolean {
  return exitCode === 0 || exitCode === 143;
}

/** Nothing known yet about the mounts of a container. */
export function newSupervision(points: readonly string[]): Supervision {
  return {
    wanted: false,
    points: new Map(points.map((point) => [point, { state: 'absent', detail: 'Not started.' }])),
    bad: new Map(),
    held: false,
    healthySinceMs: null,
    attempts: 0,
    retryAtMs: 0,
    revivals: 0,
    cleanUps: 0,
  };
}

/** The state machine of one mount container: what happened in, what to do out. It never acts on what is not wanted, and never starts anything while S3 is away. */
export function supervise(before: Supervision, event: SupervisionEvent): Supervised {
  switch (event.kind) {
    case 'wanted':
      return { next: { ...newSupervision([...before.points.keys()]), wanted: true, points: all(before, 'preflight', 'Looks whether buckets can be mounted here.') }, action: { kind: 'probe' } };
    case 'unwanted':
      return { next: { ...newSupervision([...before.points.keys()]), points: all(before, 'stopped', 'Stopped.') }, action: idle() };
    case 'impossible':
      return { next: { ...before, wanted: false, points: all(before, 'impossible', event.reason) }, action: { kind: 'give-up' } };
    case 'blind':
      return { next: before.wanted ? { ...before, points: all(before, 'degraded', event.reason) } : before, action: wait(SUPERVISION_MS.engine) };
    case 'acted':
      return acted(before, event.failure, event.atMs);
    case 'looked':
      if (!before.wanted) return { next: before, action: idle() };
      return event.sight.container === 'running' ? running(before, event.sight, event.atMs) : notRunning(before, event.sight, event.atMs);
  }
}

function acted(before: Supervision, failure: string | null, atMs: number): Supervised {
  // What was done needs its time: mounts that are not there yet are counted from here.
  if (failure === null) return { next: { ...before, bad: new Map() }, action: { kind: 'probe' } };
  const retryAtMs = Math.max(before.retryAtMs, atMs + backOffMs(before.attempts));
  const state = before.attempts >= MANY_ATTEMPTS ? 'degraded' : before.held ? 'recovering' : 'starting';
  return { next: { ...before, retryAtMs, points: before.wanted ? all(before, state, failure) : before.points }, action: wait(Math.max(SUPERVISION_MS.soon, retryAtMs - atMs)) };
}

function notRunning(before: Supervision, sight: MountSight, atMs: number): Supervised {
  const { container, exitCode, s3 } = sight;
  const coming = before.held ? 'recovering' : 'starting';
  const stale = [...sight.points].filter(([, seen]) => seen !== 'absent').map(([point]) => point);
  const gone: Supervision = { ...before, healthySinceMs: null, bad: new Map(), revivals: 0 };
  if (container === 'paused') return { next: { ...gone, points: all(before, 'degraded', 'The container of this mount is paused: reading it waits until it is continued.') }, action: wait(SUPERVISION_MS.engine) };
  // The entry takes its own stale mounts away when it starts; without it, or while it has to wait, somebody else must: consumers then see an empty folder and no error.
  const cleanUp = stale.length > 0 && before.cleanUps < 3 && (container === 'missing' || !s3.reachable);
  if (cleanUp) return { next: { ...gone, cleanUps: before.cleanUps + 1, points: all(before, coming, 'Takes away what a mount that ended has left.') }, action: { kind: 'clean-up', points: stale } };
  if (!s3.reachable) return { next: { ...gone, points: all(before, coming, `Waits for S3: ${s3.detail}`) }, action: wait(SUPERVISION_MS.s3) };
  const ended = before.held && container === 'ended' ? `Its container ended ${endedWell(exitCode) ? 'from outside' : `with code ${String(exitCode)}`}. ` : '';
  if (atMs < before.retryAtMs) {
    const state = before.attempts >= MANY_ATTEMPTS ? 'degraded' : coming;
    return { next: { ...gone, points: all(before, state, `${ended}Tried ${times(before.attempts)}; tries again soon.`) }, action: wait(before.retryAtMs - atMs) };
  }
  const next = attempted({ ...gone, cleanUps: 0 }, atMs);
  return { next: { ...next, points: all(before, coming, `${ended}Mounts the bucket${before.held ? ' again' : ''}.`) }, action: { kind: 'start' } };
}

function running(before: Supervision, sight: MountSight, atMs: number): Supervised {
  const bad = new Map([...sight.points].flatMap(([point, seen]) => (seen === 'ok' ? [] : [[point, worse(before.bad.get(point), atMs)] as const])));
  const looked: Supervision = { ...before, bad, cleanUps: 0 };
  if (bad.size === 0) return allMounted(looked, sight, atMs);
  const points = new Map([...sight.points].map(([point, seen]) => [point, pointState(before, sight, seen, bad.get(point)?.looks ?? 0)]));
  const next: Supervision = { ...looked, points, healthySinceMs: null };
  // Without S3 a program that is started anew fails like the one before.
  if (!sight.s3.reachable) return { next, action: wait(SUPERVISION_MS.s3) };
  const due = [...bad].filter(([point, one]) => isDue(sight.points.get(point) ?? 'ok', one, atMs)).map(([point]) => point);
  if (due.length === 0) return { next, action: wait(SUPERVISION_MS.soon) };
  if (atMs < before.retryAtMs) return { next, action: wait(before.retryAtMs - atMs) };
  const tried = attempted(next, atMs);
  if (before.revivals >= REVIVALS) return { next: { ...tried, revivals: 0 }, action: { kind: 'restart' } };
  return { next: { ...tried, revivals: before.revivals + 1 }, action: { kind: 'revive', points: due } };
}

function worse(before: BadPoint | undefined, atMs: number): BadPoint {
  return { looks: (before?.looks ?? 0) + 1, sinceMs: before?.sinceMs ?? atMs };
}

/** The container's entry mounts again by itself what has ended; what hangs, or is something else, it does not see. */
function isDue(seen: PointSight, { looks, sinceMs }: BadPoint, atMs: number): boolean {
  return seen === 'hung' || seen === 'foreign' ? looks >= BAD_LOOKS : atMs - sinceMs >= SUPERVISION_MS.patience;
}

function allMounted(looked: Supervision, { s3 }: MountSight, atMs: number): Supervised {
  const healthySinceMs = looked.healthySinceMs ?? atMs;
  const holds = atMs - healthySinceMs >= SUPERVISION_MS.held;
  const next: Supervision = { ...looked, held: true, healthySinceMs, revivals: 0, ...(holds ? { attempts: 0, retryAtMs: 0 } : {}) };
  if (s3.reachable) return { next: { ...next, points: all(looked, 'healthy', 'Mounted and answering.') }, action: wait(SUPERVISION_MS.healthy) };
  return { next: { ...next, points: all(looked, 'degraded', `Mounted, but S3 is away: ${s3.detail} What was read before can still be read; the rest works again by itself.`) }, action: wait(SUPERVISION_MS.s3) };
}

const BAD: { readonly [seen in Exclude<PointSight, 'ok'>]: string } = {
  absent: 'Nothing is mounted there.',
  broken: 'The program behind this mount has ended.',
  hung: 'This mount does not answer.',
  foreign: 'Something else is mounted there.',
};

function pointState(before: Supervision, { s3 }: MountSight, seen: PointSight, looks: number): PointState {
  if (seen === 'ok') return s3.reachable ? { state: 'healthy', detail: 'Mounted and answering.' } : { state: 'degraded', detail: `Mounted, but S3 is away: ${s3.detail}` };
  if (!s3.reachable) return { state: before.held ? 'degraded' : 'starting', detail: `${BAD[seen]} Waits for S3: ${s3.detail}` };
  if (before.attempts >= MANY_ATTEMPTS) return { state: 'degraded', detail: `${BAD[seen]} Tried ${times(before.attempts)}; tries again from time to time.` };
  if (!before.held && (seen === 'absent' || seen === 'broken')) return { state: 'starting', detail: 'The bucket is being mounted.' };
  if ((seen === 'hung' || seen === 'foreign') && looks < BAD_LOOKS) return { state: 'degraded', detail: BAD[seen] };
  return { state: 'recovering', detail: `${BAD[seen]} It is being mounted again.` };
}

function attempted(state: Supervision, atMs: number): Supervision {
  const attempts = state.attempts + 1;
  return { ...state, attempts, retryAtMs: atMs + backOffMs(attempts) };
}

function all(before: Supervision, state: SupervisedState, detail: string): ReadonlyMap<string, PointState> {
  return new Map([...before.points.keys()].map((point) => [point, { state, detail }]));
}

function times(attempts: number): string {
  return attempts === 1 ? 'once' : `${String(attempts)} times`;
}

function wait(ms: number): SupervisionAction {
  return { kind: 'wait', ms: Math.min(SUPERVISION_MS.backOffMax, Math.max(1, Math.ceil(ms))) };
}

function idle(): SupervisionAction {
  return wait(SUPERVISION_MS.backOffMax);
}
