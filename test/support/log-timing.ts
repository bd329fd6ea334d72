import type { Page } from 'playwright';

/** Begins to measure how long frames take in the page. Resolves with what ends it and tells the longest. */
export async function measureFrames(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const measured = { longestMs: 0, on: true };
    Object.assign(globalThis, { berthFrames: measured });
    let lastMs = performance.now();
    const frame = (): void => {
      const nowMs = performance.now();
      measured.longestMs = Math.max(measured.longestMs, nowMs - lastMs);
      lastMs = nowMs;
      if (measured.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  return () =>
    page.evaluate(() => {
      const measured = (globalThis as unknown as { berthFrames: { longestMs: number; on: boolean } }).berthFrames;
      measured.on = false;
      return measured.longestMs;
    });
}

/** Milliseconds from the click on the row of a service until the count of lines says so, measured in the page. */
export async function openLog(page: Page, testId: string, until: string): Promise<number> {
  return page.evaluate(
    ([row, wanted]) =>
      new Promise<number>((resolve) => {
        const begunMs = performance.now();
        const look = (): void => {
          if (document.querySelector('[data-testid="log-count"]')?.textContent?.includes(wanted ?? '') === true) resolve(performance.now() - begunMs);
          else requestAnimationFrame(look);
        };
        document.querySelector<HTMLElement>(`[data-testid="${row ?? ''}"] td:nth-child(2)`)?.click();
        look();
      }),
    [testId, until],
  );
}
