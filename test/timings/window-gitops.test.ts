import { describe, expect, it } from 'vitest';
import { repositoryApp } from '../support/app-repository';

const DONE_MS = 30_000;
/** Pairs of files that say the same: together with those that stand alone, a thousand files. */
const PAIRS = 400;
const ALONE = 200;
/** The bar moves at least this often, and a cancel has ended within this. */
const MOVES_MS = 500;
const CANCELLED_MS = 2_000;
/** Measured on two cores with twenty other jobs: 117 ms. The bounds leave room for a slower machine. */
const FRAME_MS = 250;
/** While files are checked and committed nothing is counted; the time that passes is told. Measured there: 594 ms. */
const TOLD_MS = 2_000;

const manifest = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: shop\ndata:\n  key: ${name}\n`;
const FILES: Readonly<Record<string, string>> = Object.fromEntries([
  ...Array.from({ length: PAIRS }, (_, index) => ['production', 'examples'].map((folder) => [`deploy/${folder}/c${String(index)}.yaml`, manifest(`c${String(index)}`)] as const)).flat(),
  ...Array.from({ length: ALONE }, (_, index) => [`deploy/other/o${String(index)}.yaml`, manifest(`o${String(index)}`)] as const),
]);

/** A folder of a thousand manifests in the real window: it goes on answering, tells how far it is, and lets itself be stopped. */
describe('a thousand files, in the window', () => {
  const place = repositoryApp('gwk', FILES);

  /** Notes when what the strip of the running operation says changes, until it is gone. */
  const followStrip = () =>
    place.berth.window.evaluate(() => {
      const seen: number[] = [];
      let said = '';
      const look = (): void => {
        const strip = document.querySelector('[data-testid="gitops-run"]');
        const says = strip === null ? '' : `${strip.textContent ?? ''} ${String(strip.querySelector('progress')?.value ?? '')}`;
        // From its first word to its last.
        if (says !== said && (says !== '' || seen.length > 0)) seen.push(performance.now());
        said = says;
      };
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      Object.assign(globalThis, { stripSeen: seen });
    });
  const gaps = async (): Promise<readonly number[]> => {
    const seen = await place.berth.window.evaluate(() => (globalThis as unknown as { readonly stripSeen: readonly number[] }).stripSeen);
    return seen.slice(1).map((at, index) => at - (seen[index] ?? at));
  };

  it('scans them with a bar that moves, and scrolls through them smoothly', { timeout: 240_000 }, async () => {
    const { window } = place.berth;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await window.getByTestId('files-duplicates').click();
    await window.getByTestId('gitops-first-scan').waitFor();
    await followStrip();
    await window.getByTestId('gitops-first-scan').click();
    await window.getByTestId('class-exact-dup').waitFor({ timeout: DONE_MS });
    const scanned = await gaps();
    process.stdout.write(`a scan of 1,000 files: the bar stood still for ${Math.max(0, ...scanned).toFixed(0)} ms at most\n`);
    expect(Math.max(0, ...scanned)).toBeLessThan(MOVES_MS);
    expect(await window.getByTestId('class-exact-dup').textContent()).toContain(String(PAIRS));
    const frames = await window.evaluate(async () => {
      const list = document.querySelector('[data-testid="gitops-groups"]');
      if (list === null) return [];
      const took: number[] = [];
      let before = performance.now();
      for (let step = 0; step < 120; step += 1) {
        list.scrollTop += 150;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        took.push(performance.now() - before);
        before = performance.now();
      }
      return took;
    });
    const sorted = [...frames].sort((one, other) => one - other);
    const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? Infinity;
    const drawn = await window.getByTestId('gitops-groups').locator('button').count();
    process.stdout.write(`scrolling through ${String(PAIRS)} groups: 95 of 100 frames within ${p95.toFixed(1)} ms, ${String(drawn)} rows drawn\n`);
    expect(drawn).toBeLessThan(80);
    expect(p95).toBeLessThan(FRAME_MS);
    // The files themselves, too: every one is listed, only those that are seen are drawn.
    await window.getByTestId('files-files').click();
    await window.getByTestId('files-of-all').click();
    await expect.poll(() => window.getByTestId('manifest-list').locator('li').first().getAttribute('aria-setsize'), { timeout: DONE_MS }).toBe(String(2 * PAIRS + ALONE + 1));
    expect(await window.getByTestId('manifest-list').locator('li').count()).toBeLessThan(80);
    await window.getByTestId('manifests-filter').fill('o199.yaml');
    await expect.poll(() => window.getByTestId('manifest-list').locator('li').count()).toBe(1);
    await window.getByTestId('files-duplicates').click();
  });

  it('cancels a resolution within two seconds and leaves no partial change', { timeout: 240_000 }, async () => {
    const { window } = place.berth;
    const head = place.repository.git('rev-parse', 'HEAD');
    await place.berth.press('gitops-resolve');
    await place.berth.press('plan-resolve');
    // The sheet waits for the end; what runs is stopped from outside of it.
    await window.getByTestId('gitops-plan').locator('[data-testid="plan-resolve"]:disabled').waitFor();
    await window.keyboard.press('Escape');
    await place.berth.press('gitops-cancel');
    const since = performance.now();
    await window.getByTestId('gitops-run').waitFor({ state: 'detached', timeout: DONE_MS });
    const tookMs = performance.now() - since;
    process.stdout.write(`a resolution of ${String(PAIRS)} groups was cancelled after ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(CANCELLED_MS);
    expect(place.repository.git('status', '--porcelain')).toBe('');
    expect(place.repository.git('rev-parse', 'HEAD')).toBe(head);
  });

  it('tells how far a resolution is', { timeout: 240_000 }, async () => {
    const { window } = place.berth;
    await place.berth.press('gitops-resolve');
    await followStrip();
    await place.berth.press('plan-resolve');
    await window.getByTestId('gitops-plan').waitFor({ state: 'detached', timeout: DONE_MS * 2 });
    const stoodMs = Math.max(0, ...(await gaps()));
    process.stdout.write(`a resolution of ${String(PAIRS)} groups: the bar stood still for ${stoodMs.toFixed(0)} ms at most\n`);
    expect(stoodMs).toBeLessThan(TOLD_MS);
  });
});
