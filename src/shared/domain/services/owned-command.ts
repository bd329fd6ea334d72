/**
 * A command in a container that ends with whoever listens to it. The engine has no way to end a command it started, so the
 * command tells its number first, and a second one ends everything of its session.
 */

/** The longest first line that is waited for: a number and the end of a line. */
const LONGEST_LINE = 4_096;

/** How long ending one may take: the two seconds it is asked for, and what an engine with much to do takes to start the command that ends it. Nothing ends it later. */
export const END_OWNED_MS = 15_000;

/** Runs the command and tells its number on the first line; the engine starts every command in a session of its own. */
export function tellingItsNumber(command: readonly string[]): readonly string[] {
  return ['sh', '-c', 'echo "$$"; exec "$@"', 'berth', ...command];
}

/** The shell that a container has: bash where it is, else sh. */
export const SHELL_OF_CONTAINER: readonly string[] = ['sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; fi; exec sh'];

/** One line as the shell of the container understands it. */
export function asShellLine(line: string): readonly string[] {
  return ['sh', '-c', line];
}

const END_SESSION = `
session=$1
each() {
  found=1
  for file in /proc/[0-9]*/stat; do
    { read -r line < "$file"; } 2>/dev/null || continue
    set -- \${line##*) }
    [ "$4" = "$session" ] || continue
    [ "$1" = Z ] && continue
    found=0
    process=\${file#/proc/}
    [ -z "$signal" ] || kill "-$signal" "\${process%/stat}" 2>/dev/null
  done
  return $found
}
signal=HUP; each
signal=CONT; each
for turn in 1 2; do
  signal=; each || exit 0
  sleep 1
done
signal=KILL; each
exit 0`;

/** Ends every process of the session with this number: asked first, two seconds later by force. */
export function endingSession(session: number): readonly string[] {
  return ['sh', '-c', END_SESSION, 'berth', String(session)];
}

/** Takes the number off what an owned command writes. */
export class NumberLine {
  private kept: Uint8Array = new Uint8Array(0);
  /** True once the first line is over, whether there was a number on it or not. */
  done = false;
  /** Null until it was told; stays null for a command that told none. */
  session: number | null = null;

  /** What is to be passed on of this piece. */
  rest(piece: Uint8Array): Uint8Array {
    if (this.done) return piece;
    const all = joined(this.kept, piece);
    const end = all.indexOf(10);
    if (end === -1 && all.length < LONGEST_LINE) {
      this.kept = all;
      return new Uint8Array(0);
    }
    this.done = true;
    const number = end === -1 ? null : /^([1-9]\d{0,9})\r?$/.exec(String.fromCharCode(...all.subarray(0, end)))?.[1];
    if (number === null || number === undefined) return (this.kept = all);
    this.kept = new Uint8Array(0);
    this.session = Number(number);
    return all.subarray(end + 1);
  }

  /** What came instead of a number, as far as it was looked at. */
  instead(): Uint8Array {
    return this.kept;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
