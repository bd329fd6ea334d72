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

const FIRST_MS = 100;
const LATER_MS = 5_000;
/** Between the tries of one command, in seconds: short at first, then twice as long each time. */
const PAUSES = ['0.15', '0.3', '0.6', '1.2', '2.4'];
/** What the tries of one command take at most, in ms, the last one aside: each less than two seconds, and pauses of whole seconds. */
const TRIES_MS = 17_000;

/**
 * Pause before a check is run, in ms. Tries that follow each other closely are made by `repeatedCheck`; after them it is what an engine with a start interval takes by itself. Where there is
 * no shell for them the pauses are short at first, then twice as long each time.
 */
export function pauseBeforeMs(run: number, hasShell: boolean): number {
  if (run === 0) return FIRST_MS;
  return hasShell ? LATER_MS : Math.min(LATER_MS, FIRST_MS * 2 ** Math.min(run, 10));
}

/**
 * Ends with 0 as soon as the check passes, with another code after its tries. Putting a process into a container takes an engine a tenth of a second of a whole core, trying once more in
 * there next to nothing. A check that takes a second or more is not repeated, for the service itself is starting meanwhile; one that takes longer than it may has failed. `$0` is how
 * long, in seconds. Some programs called sleep take whole seconds only.
 */
const REPEAT = `for pause in ${PAUSES.join(' ')} 0; do
began=$(date +%s); "$@"; code=$?; took=$(($(date +%s) - began))
[ "$took" -gt "$0" ] && exit 1
[ "$code" -eq 0 ] && exit 0
[ "$took" -gt 0 ] && exit 1
[ "$pause" = 0 ] || sleep "$pause" 2>/dev/null || sleep 1
done
exit 1`;

/** The check as one command that tries it several times, for a container that has a shell. */
export function repeatedCheck({ command, timeoutMs }: Pick<OwnCheck, 'command' | 'timeoutMs'>): readonly string[] {
  return [...DEFAULT_SHELL, REPEAT, String(Math.ceil(timeoutMs / 1_000)), ...command];
}

/** How long to wait for it, in ms. */
export function repeatedTimeoutMs({ timeoutMs }: Pick<OwnCheck, 'timeoutMs'>): number {
  return TRIES_MS + timeoutMs;
}

/** What an engine says where there is no shell; the tries themselves end with 0 or 1. */
export function lacksShell(exitCode: number): boolean {
  return exitCode === 126 || exitCode === 127;
}
