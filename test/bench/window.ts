import { createHome, launchBerth } from '../support/electron-app';

/**
 * Time from the start of the process to a window with something drawn in it, that a person can see. Each round is a fresh process
 * with a fresh home; Playwright is attached, which costs some tens of milliseconds.
 */

const ROUNDS = 5;

async function round(): Promise<{ visibleMs: number; paintMs: number }> {
  const home = await createHome();
  try {
    // The clock starts before the process does: the system's own record of a start is only good to a second.
    const startedAt = Date.now();
    const berth = await launchBerth(home);
    const paintedAt = await berth.window.evaluate(async () => {
      const drawn = () => performance.getEntriesByName('first-contentful-paint')[0];
      while (!drawn()) await new Promise((next) => requestAnimationFrame(next));
      return performance.timeOrigin + (drawn()?.startTime ?? 0);
    });
    // Asked after the fact, so the answer's time is an upper bound: the question itself takes some milliseconds.
    const visibleAt = await berth.app.evaluate(async ({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0];
      if (!window) throw new Error('no window');
      if (!window.isVisible()) await new Promise<void>((shown) => window.once('show', () => shown()));
      return Date.now();
    });
    await berth.close();
    return { paintMs: paintedAt - startedAt, visibleMs: visibleAt - startedAt };
  } finally {
    await home.remove();
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

await round(); // once, so that files are in the page cache
const rounds = [];
for (let number = 1; number <= ROUNDS; number += 1) {
  const result = await round();
  rounds.push(result);
  process.stdout.write(`round ${number}: first paint ${Math.round(result.paintMs)} ms, seen visible at ${Math.round(result.visibleMs)} ms\n`);
}
process.stdout.write(
  `window, median of ${ROUNDS}: first paint ${Math.round(median(rounds.map(({ paintMs }) => paintMs)))} ms, ` +
    `visible by ${Math.round(median(rounds.map(({ visibleMs }) => visibleMs)))} ms after process start\n`,
);
