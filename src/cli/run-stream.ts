import { LogResume, type ResumedLine } from '@shared/domain/logs/resume';
import { printError } from './answer';
import type { Session } from './connection';
import { isFollowed } from './host-gate';
import { render } from './render/render';
import type { Terminal } from './terminal';

interface StreamOptions {
  readonly json: boolean;
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

/** Any other stream. One that follows prints a JSON object a line unless a person reads it; one that ends is one document with --json. */
export async function runItems(session: Session, name: string, input: { readonly [field: string]: unknown }, options: StreamOptions): Promise<number> {
  const { terminal } = options;
  const follows = isFollowed(name, input);
  const asLines = follows && (options.json || !terminal.stdoutIsTty);
  const items: unknown[] = [];
  const lines = linesOverHosts();
  const result = await session.stream(name, input, options.signal, (item) => {
    if (!lines.isNew(item)) return;
    if (asLines) terminal.out(`${JSON.stringify(item)}\n`);
    else if (options.json) items.push(item);
    else terminal.out(render(name, item, terminal, input));
  }, follows ? lines.onAgain : undefined);
  if (!result.ok) {
    // Whoever follows ends it with Ctrl+C: that is its end, not a failure.
    if (follows && options.signal.aborted) return 0;
    return printError(result.error, options.json, terminal);
  }
  if (options.json && !asLines) terminal.out(`${JSON.stringify({ ok: true, value: items })}\n`);
  return 0;
}

/** Whoever follows the lines of containers gets the last of them again from the next host: those that were there before are told by container and time. */
function linesOverHosts(): { readonly isNew: (item: unknown) => boolean; readonly onAgain: () => void } {
  const resume = new LogResume();
  return {
    isNew(item) {
      const { containerId, stream, time } = item as Partial<ResumedLine>;
      return containerId === undefined || stream === undefined || time === undefined || resume.isNew({ containerId, stream, time });
    },
    onAgain: () => resume.again(),
  };
}
