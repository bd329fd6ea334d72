import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { openAppProject, idleService, type AppProject } from '../support/app-project';
import { accessibilityProblems } from '../support/axe';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { pictures, setLook } from '../support/window-fixture';
import { idsOf } from '../integration/modes/small-shop';

const run = promisify(execFile);

/** A shell in a container, in the real window: typed, resized, attacked and closed. */
describe('the terminal, for real', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    project = await openAppProject(home, 'term', { dev: { api: idleService(), web: idleService() } });
    const switched = await home.berth(['modes', 'switch', 'dev', '--yes', '--project', project.dir]);
    expect(switched.code, switched.stderr).toBe(0);
    berth = await launchBerth(home);
    await berth.window.getByTestId('service-api').waitFor();
  });
  afterAll(async () => {
    await berth?.close();
    if (project !== undefined) await project.close();
    await home?.remove();
  });

  /** What is drawn now. */
  const screen = async (): Promise<string> => (await berth.window.locator('.terminal-view:not([hidden]) .xterm-rows').innerText()).replaceAll('\u00a0', ' ').replace(/ +$/gm, '');
  /** A place on the last line that begins with a text, found in one go: a line that is drawn anew in between would have none. */
  const placeOf = (text: string): Promise<readonly [number, number]> =>
    berth.window.locator('.terminal-view:not([hidden]) .xterm-rows').evaluate((rows, wanted) => {
      const line = [...rows.children].findLast((one) => one.textContent.replaceAll('\u00a0', ' ').startsWith(wanted));
      if (line === undefined) throw new Error(`No line begins with ${wanted}.`);
      const box = line.getBoundingClientRect();
      return [box.x + 20, box.y + box.height / 2] as const;
    }, text);
  /** Whether what is typed goes into the terminal that is shown. */
  const hasKeys = (): Promise<boolean> => berth.window.evaluate(() => document.activeElement?.matches('.terminal-view:not([hidden]) .xterm-helper-textarea') ?? false);
  const says = (text: string | RegExp): Promise<unknown> => expect.poll(screen, { timeout: 15_000 }).toMatch(typeof text === 'string' ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : text);
  const type = (text: string): Promise<void> => berth.window.keyboard.type(text);
  const enter = async (line: string): Promise<void> => {
    await type(line);
    await berth.window.keyboard.press('Enter');
  };
  async function processes(service: string): Promise<string> {
    return (await run('docker', ['exec', (await idsOf(project))[service] ?? '', 'ps', '-o', 'args'])).stdout;
  }
  async function freshShell(service: string): Promise<void> {
    await berth.window.getByTestId('terminal-open').click();
    await berth.window.getByTestId(`terminal-open-${service}`).click();
    await says(/[#$]$/m);
  }

  it('opens a shell from the drawer, takes what is typed, and follows the size of the window', async () => {
    await setLook(berth, [1440, 900], 'light');
    await berth.window.getByTestId('line-terminal').click();
    await freshShell('api');
    await enter('echo "sum $((40 + 2))"');
    await says('sum 42');
    await enter('stty size');
    await says(/^\d+ \d+$/m);
    const before = Number(/^\d+ (\d+)$/m.exec(await screen())?.[1]);
    await setLook(berth, [900, 600], 'light');
    // The size goes to the engine beside what is typed: asked again until it is there.
    await expect
      .poll(
        async () => {
          await enter('clear; stty size');
          await says(/^\d+ \d+$/m);
          return Number(/^\d+ (\d+)$/m.exec(await screen())?.[1]);
        },
        { timeout: 15_000, interval: 300 },
      )
      .toBeLessThan(before - 20);
    await setLook(berth, [1440, 900], 'light');
    await enter('clear; ls -l /etc; printf "\\033[31mred\\033[0m \\033[32mgreen\\033[0m \\033[34mblue\\033[0m \\033[38;2;200;40;160mits own\\033[0m\\n"');
    await says(/^red green blue its own/m);
    await pictures(berth, 'terminal');
    for (const theme of ['light', 'dark'] as const) {
      await setLook(berth, [1440, 900], theme);
      expect(await accessibilityProblems(berth.window), theme).toEqual([]);
    }
    await setLook(berth, [1440, 900], 'light');
  });

  it('is styled without a single breach of the policy of the page', async () => {
    const colors = await berth.window.evaluate(() => [...document.querySelectorAll('.xterm-rows span')].map((one) => getComputedStyle(one).color));
    expect(new Set(colors).size).toBeGreaterThan(2);
    expect(berth.output()).not.toMatch(/Content Security Policy/i);
  });

  it('does nothing for hostile output: no link, no title, no clipboard, no other colours', async () => {
    await berth.app.evaluate(({ clipboard, shell }) => {
      clipboard.writeText('mine');
      const opened: string[] = [];
      Object.assign(globalThis, { openedPages: opened });
      shell.openExternal = (url) => Promise.resolve(void opened.push(url));
    });
    const title = await berth.window.title();
    const background = (): Promise<string> => berth.window.evaluate(() => getComputedStyle(document.querySelector('.terminal-view:not([hidden]) .xterm-viewport') ?? document.body).backgroundColor);
    const before = await background();
    await berth.window.getByTestId('terminal-place').first().click();
    await enter('clear; printf "\\033]0;owned\\007\\033]2;owned\\007\\033]52;c;c3RvbGVu\\007\\033]8;;https://evil.example/\\007click here\\033]8;;\\007 http://evil.example/x\\033]11;#ff0000\\007\\033]10;?\\007\\033[21t\\033P$qm\\033\\\\\\007<img src=x onerror=alert(1)>\\n"');
    // What was typed holds the same words: the output begins its line, and the prompt is back after it.
    await says(/^click here http:.*<img src=x onerror=alert\(1\)>\n.*[#$]$/m);
    expect(await berth.window.title()).toBe(title);
    expect(await background()).toBe(before);
    expect(await berth.window.locator('.xterm a, .xterm img').count()).toBe(0);
    await berth.window.keyboard.down('Control');
    await berth.window.mouse.click(...(await placeOf('click here')));
    await berth.window.keyboard.up('Control');
    expect(await berth.app.evaluate(({ clipboard }) => [clipboard.readText(), (globalThis as unknown as { openedPages: string[] }).openedPages.length])).toEqual(['mine', 0]);
    expect(await hasKeys()).toBe(true);
    // Nothing of it was answered into the shell.
    await enter('echo still-$((1 + 1))');
    await says('still-2');
    expect(await screen()).not.toMatch(/rgb:|owned.*\$|P1\$r/);
  });

  it('pastes what is in the clipboard as text, and copies what is selected', async () => {
    await berth.app.evaluate(({ clipboard }) => clipboard.writeText('echo pas\u001bted-$((5 + 5))'));
    await berth.window.keyboard.press('Control+Shift+V');
    // The clipboard is read while the next key is on its way.
    await says('echo pasted-$((5 + 5))');
    await berth.window.keyboard.press('Enter');
    await says('pasted-10');
    await enter('clear; echo copy-me-please');
    await says(/^copy-me-please/m);
    await berth.window.mouse.dblclick(...(await placeOf('copy-me-please')));
    await berth.window.keyboard.press('Control+Shift+C');
    await expect.poll(() => berth.app.evaluate(({ clipboard }) => clipboard.readText())).toContain('copy');
    await enter('echo after');
    await says(/^after/m);
  });

  it('finds text in it', async () => {
    await berth.window.getByTestId('terminal-search').click();
    await berth.window.getByTestId('terminal-search-text').fill('copy-me');
    await expect.poll(() => berth.window.locator('.terminal-search [role="status"]').textContent()).toBe('');
    await berth.window.getByTestId('terminal-search-text').fill('not to be found');
    await expect.poll(() => berth.window.locator('.terminal-search [role="status"]').textContent()).toBe('No match');
    await berth.window.keyboard.press('Escape');
    await expect.poll(() => berth.window.getByTestId('terminal-search-text').count()).toBe(0);
    await expect.poll(hasKeys).toBe(true);
  });

  it('does not grow while a program writes without end, and takes Ctrl+C from it', async () => {
    await enter('clear; yes "a line that never ends, again and again and again"');
    await says('again and again');
    const grownBytes = await berth.window.evaluate(async () => {
      const heap = (): number => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize;
      const before = heap();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return heap() - before;
    });
    expect(grownBytes).toBeLessThan(64 * 1_048_576);
    await berth.window.keyboard.press('Control+C');
    await expect.poll(() => processes('api'), { timeout: 15_000 }).not.toContain('yes');
    await enter('');
    await enter('clear; echo calm-$((3 * 3))');
    await says('calm-9');
  });

  it('has several at once, and ends in the container what is closed', async () => {
    await freshShell('web');
    await enter('sleep 4321');
    await expect.poll(() => processes('web'), { timeout: 10_000 }).toContain('sleep 4321');
    expect(await berth.window.getByRole('tab', { name: 'api' }).count()).toBe(1);
    await berth.window.getByTestId('terminal-close').click();
    await expect.poll(() => processes('web'), { timeout: 10_000 }).not.toMatch(/sleep 4321|bash|^sh$/m);
    await says('calm-9');
  });

  it('runs one command, with its output and exit code, and remembers it', async () => {
    const field = berth.window.getByTestId('terminal-run');
    await field.fill('echo one; echo two >&2; exit 7');
    await field.press('Enter');
    await says(/^exit 7 · /m);
    expect(await screen()).toMatch(/^one\ntwo$|^two\none$/m);
    // Beginning and ending, it takes no keys from whoever types the next one.
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.press('ArrowUp');
    expect(await field.inputValue()).toBe('echo one; echo two >&2; exit 7');
    await field.fill('sleep 4322');
    await field.press('Enter');
    await expect.poll(() => processes('api'), { timeout: 10_000 }).toContain('sleep 4322');
    await berth.window.getByTestId('terminal-interrupt').click();
    await expect.poll(() => processes('api'), { timeout: 10_000 }).not.toContain('sleep 4322');
    await pictures(berth, 'terminal-command');
    await setLook(berth, [1440, 900], 'light');
  });

  it('says that the container stopped, and starts again with it', async () => {
    await berth.window.getByRole('tab', { name: 'api', exact: true }).click();
    await run('docker', ['stop', '-t', '1', (await idsOf(project))['api'] ?? '']);
    await berth.window.getByText('api was stopped, and the shell with it.').waitFor();
    await pictures(berth, 'terminal-ended');
    await setLook(berth, [1440, 900], 'light');
    await run('docker', ['start', (await idsOf(project))['api'] ?? '']);
    await berth.window.locator('[data-testid="service-api"][data-state="running"]').waitFor();
    await berth.window.getByTestId('terminal-again').click();
    await berth.window.locator('.terminal-view:not([hidden]) [data-testid="terminal-place"][data-state="running"]').waitFor();
    await enter('echo back-$((2 * 4))');
    await says('back-8');
  });

  it('goes on while the drawer is closed, and leaves nothing behind when Berth quits', async () => {
    await enter('sleep 4323');
    await expect.poll(() => processes('api'), { timeout: 10_000 }).toContain('sleep 4323');
    await berth.window.getByTestId('bottom-drawer-close').click();
    expect(await processes('api')).toContain('sleep 4323');
    await berth.close();
    await expect.poll(() => processes('api'), { timeout: 15_000 }).not.toContain('sleep 4323');
  });
});
