import type { BerthEvent } from '@shared/contract/events';
import { paint, printable, type Terminal } from './terminal';

/** Shows an operation's progress on stderr: one line that changes on a terminal, a line per change elsewhere. */
export interface ProgressView {
  show(event: BerthEvent): void;
  /** Clears the changing line. */
  end(): void;
}

export const noProgress: ProgressView = { show: () => undefined, end: () => undefined };

export function createProgressView(operationId: () => string | undefined, terminal: Terminal): ProgressView {
  let last = '';
  let isShown = false;
  const clear = (): void => {
    if (isShown) terminal.err('\r\u001b[2K');
    isShown = false;
  };
  return {
    show(event) {
      if (event.type === 'operation.logged' && event.operationId === operationId()) {
        clear();
        const prefix = event.service === null ? '' : `${event.service} | `;
        for (const line of event.text.split('\n')) terminal.err(`${paint(terminal, 'dim', printable(`${prefix}${line}`))}\n`);
        return;
      }
      if (event.type !== 'operation.changed' || event.operation.id !== operationId()) return;
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
    },
    end: clear,
  };
}
