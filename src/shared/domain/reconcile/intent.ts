/** What the engine said of a container lately. */
export interface ContainerHappening {
  readonly containerId: string;
  readonly service: string;
  /** start, die, stop, destroy, pause, oom … */
  readonly action: string;
  readonly atMs: number;
  readonly exitCode: number | null;
  /** True when an operation of Berth did it. */
  readonly own: boolean;
}

/** Why a container is not as it was: what healing may do about it hangs on this. */
export interface Judgement {
  readonly cause: 'crash' | 'intent' | 'unknown';
  readonly why: string;
  /** A `stop` may still follow the `die`: look again after this time. */
  readonly certainAtMs: number;
  /** It is the engine's end, not its own. */
  readonly withEngine?: boolean;
  /** Nobody saw how it came to that. */
  readonly unseen?: boolean;
}

/** When the engine was away, or went or came: what ended then ended with it. */
export interface EngineAbsence {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A `stop` event follows its `die` within this time. */
export const STOP_FOLLOWS_MS = 1_000;
/** How many ends within the window make a loop out of crashes. */
const LOOP_FROM = 3;

/** Whether something that happened then happened because the engine was away, went or came. */
export function duringAbsence(absences: readonly EngineAbsence[], atMs: number): boolean {
  return absences.some((one) => atMs >= one.fromMs && atMs <= one.toMs);
}

/** What is known of a container that ended, beside the events. */
export interface EndedFacts {
  readonly containerId: string;
  readonly exitCode: number;
  /** When its last run began: what happened before says nothing of it, also where its start was missed. */
  readonly startedMs?: number | undefined;
  readonly oomKilled: boolean;
  /** It ended while the engine was away or coming back. */
  readonly endedWithEngine: boolean;
  /** How this end came about, when that was seen earlier and the events are gone. */
  readonly knownHow?: 'stopped' | 'itself' | undefined;
}

/**
 * Tells a container that was stopped from one that crashed (D9): a `stop` event is intent, whoever sent it; a `die`
 * without one (killed, ended by itself) is a crash. An engine that ends stops its containers too, and says so: what ends
 * with it is wanted on. Without events its exit code speaks, and where that may come from a stop signal nobody knows.
 */
export function judgeEnd(facts: EndedFacts, happenings: readonly ContainerHappening[], nowMs: number): Judgement {
  const since = ofLastRun(facts.containerId, facts.startedMs, happenings);
  const died = since.findLast((one) => one.action === 'die');
  const stopped = since.findLast((one) => one.action === 'stop');
  if (facts.endedWithEngine) return { cause: 'crash', why: 'It ended together with the Docker engine.', certainAtMs: nowMs, withEngine: true };
  if (stopped !== undefined) return { cause: stopped.own ? 'unknown' : 'intent', why: stopped.own ? 'An operation of Berth stopped it.' : 'Somebody stopped it.', certainAtMs: nowMs };
  if (died !== undefined) {
    if (nowMs - died.atMs < STOP_FOLLOWS_MS) return { cause: 'unknown', why: 'It has just ended.', certainAtMs: died.atMs + STOP_FOLLOWS_MS };
    return { cause: 'crash', why: facts.oomKilled ? 'It ran out of memory.' : endText(died.exitCode ?? facts.exitCode), certainAtMs: nowMs };
  }
  if (facts.knownHow === 'stopped') return { cause: 'intent', why: 'Somebody stopped it.', certainAtMs: nowMs };
  if (facts.oomKilled) return { cause: 'crash', why: 'It ran out of memory.', certainAtMs: nowMs };
  if (facts.knownHow === 'itself') return { cause: 'crash', why: endText(facts.exitCode), certainAtMs: nowMs };
  if (mayBeStopSignal(facts.exitCode)) return { cause: 'unknown', why: `It ended with code ${String(facts.exitCode)} while nobody looked; it may have been stopped on purpose.`, certainAtMs: nowMs, unseen: true };
  return { cause: 'crash', why: endText(facts.exitCode), certainAtMs: nowMs };
}

/** What happened to a container since its last start. */
export function ofLastRun(containerId: string, startedMs: number | undefined, happenings: readonly ContainerHappening[]): readonly ContainerHappening[] {
  const own = happenings.filter((one) => one.containerId === containerId && (startedMs === undefined || Number.isNaN(startedMs) || one.atMs >= startedMs));
  return own.slice(own.findLastIndex((one) => one.action === 'start') + 1);
}

/** Why a service has no container: stopped and removed by somebody, which is intent; torn away as it ran, which is as a crash (D9 knows no other intent than a stop); or nobody knows. */
export function judgeMissing(service: string, happenings: readonly ContainerHappening[], nowMs: number): Judgement {
  const gone = happenings.findLast((one) => one.service === service && one.action === 'destroy');
  if (gone === undefined) return { cause: 'unknown', why: 'Its container is not there.', certainAtMs: nowMs };
  if (gone.own) return { cause: 'unknown', why: 'Its container went in an operation of Berth.', certainAtMs: nowMs };
  const its = happenings.filter((one) => one.containerId === gone.containerId);
  const since = its.slice(its.findLastIndex((one) => one.action === 'start') + 1);
  if (since.some((one) => one.action === 'stop' && !one.own) || !since.some((one) => one.action === 'die')) return { cause: 'intent', why: 'Somebody removed its container.', certainAtMs: nowMs };
  return { cause: 'crash', why: 'Its container was removed from outside without being stopped.', certainAtMs: nowMs };
}

/** One crash or a loop: ends by themselves within the window. Ends that somebody asked for, and those with the engine, do not count. */
export function crashes(service: string, happenings: readonly ContainerHappening[], nowMs: number, windowMs: number, absences: readonly EngineAbsence[]): { readonly count: number; readonly loop: boolean } {
  const deaths = happenings.filter((one) => one.service === service && one.action === 'die' && nowMs - one.atMs <= windowMs && !duringAbsence(absences, one.atMs));
  const count = deaths.filter((death) => !happenings.some((one) => one.containerId === death.containerId && (one.action === 'stop' || one.action === 'destroy') && one.atMs >= death.atMs && one.atMs - death.atMs < STOP_FOLLOWS_MS)).length;
  return { count, loop: count >= LOOP_FROM };
}

/** 0 and the codes of SIGTERM, SIGINT and SIGKILL: what a stop leaves behind. */
function mayBeStopSignal(code: number): boolean {
  return code === 0 || code === 130 || code === 137 || code === 143;
}

function endText(code: number): string {
  return code === 137 ? 'It was killed.' : `It ended by itself with code ${String(code)}.`;
}
