import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineCall } from '../../scripts/lib/engine-call.mjs';
import { findEngine, type FoundEngine } from '../../scripts/lib/engine.mjs';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';

interface Listed {
  readonly Id: string;
  readonly Labels: Record<string, string>;
  readonly Mounts: readonly { readonly Type: string }[];
}

/** Building the sample for the first time is the slow part. */
const SWITCH_MS = 150_000;
/** Nothing is further away than this many presses of Tab. */
const MOST_STOPS = 120;

/** The whole main job on the real engine with the keyboard alone: nothing in this file touches the mouse. */
describe('the main job, by keyboard alone', () => {
  let home: TestHome;
  let berth: RunningApp;
  let engine: FoundEngine;

  beforeAll(async () => {
    const found = await findEngine();
    if (found === null) throw new Error('These tests need a Docker engine.');
    engine = found;
    home = await createHome({ BERTH_TEST: '1' });
    berth = await launchBerth(home);
    await berth.window.getByTestId('first-run').waitFor();
  });

  afterAll(async () => {
    await berth?.close();
    if (home === undefined) return;
    for (const { Id } of await containers()) await engineCall(engine, 'DELETE', `/containers/${Id}?force=1`);
    for (const { Id, Labels } of (await engineCall(engine, 'GET', '/networks')) as { Id: string; Labels: Record<string, string> | null }[]) {
      if (Labels?.['com.docker.compose.project'] === 'portfolio') await engineCall(engine, 'DELETE', `/networks/${Id}`).catch(() => undefined);
    }
    await home.remove();
  });

  async function containers(): Promise<readonly Listed[]> {
    const all = (await engineCall(engine, 'GET', '/containers/json?all=1')) as readonly Listed[];
    return all.filter(({ Labels }) => Labels['com.docker.compose.project.working_dir']?.startsWith(home.path));
  }

  const press = (key: string): Promise<void> => berth.window.keyboard.press(key);
  const focusedId = (): Promise<string> => berth.window.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '');

  /** Tab, until the focus is there. */
  async function tabTo(testId: string): Promise<void> {
    await berth.window.getByTestId(testId).waitFor();
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      if ((await focusedId()) === testId) return;
      await press('Tab');
    }
    throw new Error(`Tab does not reach ${testId}.`);
  }

  async function reaches(mode: string): Promise<void> {
    await berth.window.locator(`[data-testid="project-status"][data-mode="${mode}"][data-health="healthy"][data-busy="false"]`).waitFor({ timeout: SWITCH_MS });
  }

  it('opens the sample and brings it up', async () => {
    await tabTo('try-sample');
    await press('Enter');
    await berth.window.locator('[data-testid="project-status"][data-health="empty"]').waitFor({ timeout: SWITCH_MS });
    await press('m');
    expect(await focusedId()).toBe('mode-dev');
    await press('Enter');
    await reaches('dev');
    expect((await containers()).some((one) => one.Mounts.some((mount) => mount.Type === 'bind'))).toBe(true);
  });

  it('checks what stands in the way of the next switch', async () => {
    await press('3');
    await tabTo('check-again');
    await press('Enter');
    await berth.window.getByTestId('check-again').and(berth.window.locator(':enabled')).waitFor();
    await berth.window.getByTestId('page-answer').waitFor();
  });

  it('switches to prod, and back by Undo', async () => {
    await press('2');
    await press('m');
    await press('ArrowRight');
    expect(await focusedId()).toBe('mode-prod');
    await press('Enter');
    await reaches('prod');
    expect((await containers()).flatMap((one) => one.Mounts.filter((mount) => mount.Type === 'bind'))).toEqual([]);
    await tabTo('operation-undo');
    await press('Enter');
    await reaches('dev');
  });

  it('reads the log of a service', async () => {
    await press('2');
    await press('j');
    await press('Enter');
    await berth.window.getByTestId('service-drawer').waitFor();
    await expect.poll(() => berth.window.locator('.log-line').count(), { timeout: 30_000 }).toBeGreaterThan(0);
    await press('Escape');
    await berth.window.getByTestId('service-drawer').waitFor({ state: 'detached' });
  });

  it('makes a snapshot', async () => {
    await press('6');
    await berth.window.getByTestId('page-snapshots').waitFor();
    // Berth's own, from before the switches, may be there already.
    await expect.poll(() => berth.window.locator('.frame-page .skeleton').count()).toBe(0);
    await press('n');
    await tabTo('create-confirm');
    await press('Enter');
    await berth.window.getByTestId('create-dialog').waitFor({ state: 'detached' });
    await expect.poll(async () => ((await home.berth(['snapshots', 'list', '--project', 'portfolio', '--json'])).stdout.match(/"reason":"manual"/g) ?? []).length, { timeout: SWITCH_MS, interval: 2_000 }).toBe(1);
  });

  it('does all of that from the palette as well', async () => {
    await press('Control+k');
    await berth.window.getByTestId('palette').waitFor();
    await berth.window.keyboard.type('switch to prod');
    await press('Enter');
    await reaches('prod');
    await press('1');
    await berth.window.getByTestId('home-projects').waitFor();
    await expect.poll(() => berth.window.getByTestId('page-answer').textContent()).toContain('portfolio is healthy');
  });
});
