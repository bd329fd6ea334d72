import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';

/** The longest the window may take to answer. */
const LONGEST_MS = 200;

/** A terminal in the real window, and whether it lets the window answer. */
describe('the terminal in the window', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    project = await openAppProject(home, 'termtime', { dev: { api: idleService() } });
    const switched = await home.berth(['modes', 'switch', 'dev', '--yes', '--project', project.dir]);
    expect(switched.code, switched.stderr).toBe(0);
    berth = await launchBerth(home);
    await berth.window.getByTestId('service-api').waitFor();
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  it('answers within 200 ms while a program writes without end', async () => {
    const { window } = berth;
    await window.getByTestId('line-terminal').click();
    await window.getByTestId('terminal-open').click();
    await window.getByTestId('terminal-open-api').click();
    await window.locator('[data-testid="terminal-place"][data-state="running"]').waitFor();
    await window.keyboard.type('yes "a line that never ends, again and again and again"');
    await window.keyboard.press('Enter');
    await expect.poll(() => window.locator('.xterm-rows').innerText(), { timeout: 15_000 }).toMatch(/again\s+a/);
    const longestMs = await window.evaluate(async () => {
      const until = performance.now() + 3_000;
      let longest = 0;
      while (performance.now() < until) {
        const asked = performance.now();
        await new Promise((resolve) => setTimeout(resolve, 10));
        longest = Math.max(longest, performance.now() - asked - 10);
      }
      return longest;
    });
    process.stdout.write(`while a program writes without end the window answers within ${longestMs.toFixed(0)} ms\n`);
    expect(longestMs).toBeLessThan(LONGEST_MS);
  });
});
