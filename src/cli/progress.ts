import type { BerthEvent } from '@shared/contract/events';
import { FINAL_STATES } from '@shared/domain/operations/operation';
import { paint, printable, type Terminal } from './terminal';

/** Shows an operation's progress on stderr: one line that changes on a terminal, a line per change elsewhere. */
export interface ProgressView {
  show(event: BerthEvent): void;
  /** Resolves when the operation's last event was shown, or after a moment: it comes on a way of its own. */
  settled(): Promise<void>;
  /** Clears the changing line. */
  end(): void;
}

export const noProgress: ProgressView = { show: () => undefined, settled: () => Promise.resolve(), end: () => undefined };

/** How long the last events may take behind the answer that it has ended. */
const SETTLE_MS = 300;
/** Events that are kept until the operation's id is known: they may be faster than the answer that names it. */
const MAX_EARLY_EVENTS = 1_000;

export function createProgressView(operationId: () => string | undefined, terminal: Terminal): ProgressView {
  let last = '';
  let early: BerthEvent[] = [];
  let hasEnded = false;
  let onSettled: () => void = () => undefined;
  let isShown = false;
  const clear = (): void => {
    if (isShown) terminal.err('\r\u001b[2K');
    isShown = false;
  };
  function showOne(event: BerthEvent): void {
    if (event.type === 'operation.logged' && event.operationId === operationId()) {
      clear();
      const prefix = event.service === null ? '' : `${event.service} | `;
      for (const line of event.text.split('\n')) terminal.err(`${paint(terminal, 'dim', printable(`${prefix}${line}`))}\n`);
      return;
    }
    if (event.type !== 'operation.changed' || event.operation.id !== operationId()) return;
    if (FINAL_STATES.includes(event.operation.state)) {
      hasEnded = true;
      onSettled();
      return;
    }
    const { progress } = event.operation;
    const text = printable(`${progress.of > 0 ? `[${progress.step}/${progress.of}] ` : ''}${progress.message}`);
    if (text === last) return;
    last = text;
    if (!terminal.stderrIsTty) {
      terminal.err(`${text}\n`);
      return;
    }
    clear();
    terminal.err(text.slice(0, Math.max(10, terminal.columns - 1)));
    isShown = true;
  }

  function showEarly(): void {
    const events = early;
    early = [];
    events.forEach(showOne);
  }

  return {
    show(event) {
      if (operationId() === undefined) {
        if (early.length < MAX_EARLY_EVENTS) early.push(event);
        return;
      }
      showEarly();
      showOne(event);
    },
    async settled() {
      showEarly();
      if (hasEnded) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, SETTLE_MS);
        onSettled = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    end: clear,
  };
}
