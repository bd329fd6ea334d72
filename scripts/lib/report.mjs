/**
 * What the set-up says while it works. One line per step, so that a reader sees what was done, what was
 * already there, and what is missing and how to get it.
 */

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** "850 ms", "12.3 s", "2 min 5 s". */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** A report that writes to `stream`; the CLI's launcher uses stderr so that stdout stays the command's own. */
export function createReport(stream = process.stdout) {
  // A reader that went away (`npm start | head`) is no reason to stop working.
  if (stream.listenerCount('error') === 0) stream.on('error', (error) => error.code === 'EPIPE' || process.exit(1));
  const line = (text) => stream.write(`${text}\n`);
  return {
    line,
    heading: (text) => line(`\n${paint('1', text)}`),
    doing: (text) => line(`${paint('36', '…')} ${text}`),
    done: (text, ms) => line(`${paint('32', '✓')} ${text}${ms === undefined ? '' : paint('2', ` (${duration(ms)})`)}`),
    skipped: (text) => line(`${paint('32', '✓')} ${text} ${paint('2', '(skipped)')}`),
    warn: (text) => line(`${paint('33', '!')} ${text}`),
    fail: (text) => line(`${paint('31', '✗')} ${text}`),
    /** Says what is missing and the exact command that adds it. */
    missing: (text, command) => {
      line(`${paint('33', '!')} ${text}`);
      if (command) line(`    ${command}`);
    },
  };
}

/** A failure the reader can act on: printed as its message, without a stack. */
export class SetupError extends Error {}

/** Rows as aligned columns under a head. */
export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map((cell) => String(cell)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const text = (row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd();
  return [text(all[0]), widths.map((width) => '-'.repeat(width)).join('  '), ...all.slice(1).map(text)].join('\n');
}
