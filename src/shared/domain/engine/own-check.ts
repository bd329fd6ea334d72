import { fieldOf, numberOf, textOf, textsOf } from './read-json';

/** The health check of a container that runs, as its engine would run it. */
export interface OwnCheck {
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** The run of the container that is looked at: ISO time. */
  readonly startedAt: string;
}

const DEFAULT_SHELL = ['/bin/sh', '-c'];
const DEFAULT_TIMEOUT_MS = 30_000;

/** Out of `GET /containers/{id}/json`. Null where there is no check, and where its engine has said by now how it is (moby `health.go`: CMD, CMD-SHELL, NONE; no time is 30 s). */
export function ownCheckOf(inspected: unknown): OwnCheck | null {
  const [kind, ...words] = textsOf(fieldOf(inspected, 'Config', 'Healthcheck', 'Test'));
  const isOpen = fieldOf(inspected, 'State', 'Running') === true && fieldOf(inspected, 'State', 'Paused') !== true && textOf(fieldOf(inspected, 'State', 'Health', 'Status')) === 'starting';
  const startedAt = textOf(fieldOf(inspected, 'State', 'StartedAt'));
  if (!isOpen || startedAt === '' || words.length === 0 || (kind !== 'CMD' && kind !== 'CMD-SHELL')) return null;
  const shell = textsOf(fieldOf(inspected, 'Config', 'Shell'));
  const timeoutMs = numberOf(fieldOf(inspected, 'Config', 'Healthcheck', 'Timeout')) / 1e6;
  return { command: kind === 'CMD' ? words : [...(shell.length === 0 ? DEFAULT_SHELL : shell), ...words.slice(0, 1)], timeoutMs: timeoutMs > 0 ? timeoutMs : DEFAULT_TIMEOUT_MS, startedAt };
}

const FIRST_MS = 150;
const MOST_MS = 5_000;
/** A check may take this much of the time at most: it runs beside everything else that starts. */
const SHARE_OF_TIME = 0.25;

/** Pause before a check is run, in ms: short at first, then twice as long each time; 5 s at most, which is what an engine with a start interval takes by itself. */
export function pauseBeforeMs(run: number, lastTookMs: number): number {
  return Math.min(MOST_MS, Math.max(FIRST_MS * 2 ** Math.min(run, 10), lastTookMs / SHARE_OF_TIME));
}
