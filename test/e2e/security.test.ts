import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNELS, type BerthApi } from '../../src/preload/api';
import { answered, type RunningApp } from '../support/electron-app';
import { createWindowFixture, type WindowFixture } from '../support/window-fixture';

declare global {
  interface Window {
    readonly berth: BerthApi;
  }
}

const ID = 'p_0123456789abc';

/** Electron's security checklist and the rules of the window's door, asked of the running app. */
describe('the window is closed to everything it does not need', () => {
  let fixture: WindowFixture;
  let berth: RunningApp;

  beforeAll(async () => {
    fixture = await createWindowFixture();
    berth = await fixture.open('running');
    await berth.window.getByTestId('services-table').waitFor();
  });
  afterAll(async () => {
    await berth?.close();
    await fixture?.remove();
  });

  it('runs the page in a sandboxed process with a system-call filter', async () => {
    const pid = await answered(() => berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId() ?? 0));
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Uid:\s+(?!0\s)/m);
  });

  it('has the preferences of a locked-down window', async () => {
    const preferences = await berth.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
      return contents.getLastWebPreferences();
    });
    expect(preferences).toMatchObject({ sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, webviewTag: false, allowRunningInsecureContent: false });
  });

  it('gives the page one frozen object and no node', async () => {
    const seen = await berth.window.evaluate(() => {
      const page = globalThis as unknown as Record<string, unknown>;
      let changed = false;
      try {
        (window.berth as unknown as Record<string, unknown>)['invoke'] = null;
        changed = window.berth.invoke === null;
      } catch {
        changed = false;
      }
      return { globals: ['require', 'process', 'module', 'Buffer', 'global', 'electron'].filter((name) => page[name] !== undefined), keys: Object.keys(window.berth).sort(), changed };
    });
    expect(seen).toEqual({ globals: [], keys: ['invoke', 'onCommand', 'onFolderDrop', 'pickFiles', 'pickFolder', 'platform', 'stream', 'subscribe', 'window'], changed: false });
  });

  it('serves its pages with a policy that allows nothing from elsewhere', async () => {
    const policy = await answered(() => berth.app.evaluate(async ({ net }) => (await net.fetch('app://berth/index.html')).headers.get('content-security-policy')));
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"]) expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await answered(() => berth.app.evaluate(async ({ net }) => (await net.fetch('app://berth/assets/..%2f..%2fmain/index.cjs')).status))).toBe(404);
  });

  it('runs no inline script, loads nothing foreign, shows no frame', async () => {
    const outcome = await berth.window.evaluate(async () => {
      const violated: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => violated.push(event.effectiveDirective));
      const frame = document.createElement('iframe');
      frame.src = 'data:text/html,<script>parent.__ran=1</script>';
      const image = document.createElement('img');
      image.src = 'https://example.com/x.png';
      document.body.append(frame, image);
      const fetched = await fetch('https://example.com/').then(
        () => 'fetched',
        () => 'refused',
      );
      let script = 'taken';
      try {
        const element = document.createElement('script');
        element.textContent = 'window.__ran = 1';
        document.body.append(element);
      } catch {
        script = 'refused';
      }
      let html = 'taken';
      try {
        document.createElement('div').innerHTML = '<b>x</b>';
      } catch {
        html = 'refused';
      }
      await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
      frame.remove();
      image.remove();
      return { fetched, script, html, violated: [...new Set(violated)].sort(), ran: (globalThis as { __ran?: unknown }).__ran };
    });
    expect(outcome).toMatchObject({ fetched: 'refused', script: 'refused', html: 'refused' });
    expect(outcome.ran).toBeUndefined();
    expect(outcome.violated).toEqual(expect.arrayContaining(['connect-src', 'img-src']));
  });

  it('opens a service’s port in the browser', async () => {
    await berth.app.evaluate(({ shell }) => {
      const opened: string[] = [];
      Object.assign(globalThis, { openedOutside: opened });
      shell.openExternal = (url: string) => {
        opened.push(url);
        return Promise.resolve();
      };
    });
    await berth.window.getByRole('link', { name: '3000' }).first().click();
    await expect.poll(() => berth.app.evaluate(() => (globalThis as unknown as { openedOutside: string[] }).openedOutside)).toContain('http://localhost:3000/');
  });

  it('is denied every permission', async () => {
    const answers = await berth.window.evaluate(async () => [
      await Notification.requestPermission(),
      await navigator.mediaDevices.getUserMedia({ audio: true }).then(
        () => 'granted',
        () => 'denied',
      ),
      await navigator.clipboard.readText().then(
        () => 'granted',
        () => 'denied',
      ),
      await new Promise((done) => navigator.geolocation.getCurrentPosition(() => done('granted'), () => done('denied'))),
    ]);
    expect(answers).toEqual(['denied', 'denied', 'denied', 'denied']);
  });

  it('listens on the channels of the preload and no others', async () => {
    const handled = await berth.app.evaluate(({ ipcMain }) => {
      const inside = ipcMain as unknown as { _invokeHandlers: Map<string, unknown>; eventNames(): string[] };
      return [...inside._invokeHandlers.keys(), ...inside.eventNames()].filter((name) => typeof name === 'string' && name.startsWith('berth'));
    });
    expect(handled.sort()).toEqual([CHANNELS.call, CHANNELS.dropFolder, CHANNELS.pickFiles, CHANNELS.pickFolder, CHANNELS.stream, CHANNELS.streamStop, CHANNELS.streamTaken, CHANNELS.window].sort());
  });

  it.each([
    ['a path as a project', 'services.list', { project: '/etc' }, 'input-invalid'],
    ['a path to open', 'projects.open', { dir: '/etc' }, 'input-invalid'],
    ['a switch without its plan', 'modes.switch', { project: ID, mode: 'prod' }, 'consent-required'],
    ['an unknown name', 'toString', {}, 'input-invalid'],
    ['an input it does not know', 'services.list', { project: ID, extra: 1 }, 'input-invalid'],
    ['a text for an object', 'services.list', 'x', 'input-invalid'],
    ['too much', 'services.list', { project: 'x'.repeat(300_000) }, 'input-invalid'],
  ])('refuses %s', async (_what, name, input, code) => {
    const answer = await berth.window.evaluate(([called, value]) => window.berth.invoke(called, value), [name, input] as const);
    expect(answer).toMatchObject({ ok: false, error: { code } });
  });

  it('refuses ill-formed window verbs', async () => {
    for (const [verb, value] of [['set-theme', 'pink'], ['focus-project', '/etc'], ['counted-conflicts', { projectId: '/etc', conflicts: 1 }], ['open-logs', { projectId: '/etc', services: [] }], ['open-logs', { projectId: ID, services: [''] }], ['nothing', 1]] as const) {
      expect(await berth.window.evaluate(([name, given]) => window.berth.window(name as never, given), [verb, value] as const)).toMatchObject({ ok: false, error: { code: 'input-invalid' } });
    }
  });

  it.each(['app://berth/index.html', 'about:blank', 'data:text/html,<p>x</p>'])('answers no other window, even with the same preload: %s', async (url) => {
    const answer = await berth.app.evaluate(async ({ app, BrowserWindow }, address) => {
      const preload = `${app.getAppPath()}/out/preload/index.cjs`;
      const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
      try {
        // A page of data: is not even loaded; what is left is the blank one.
        await other.loadURL(address).catch(() => undefined);
        return (await other.webContents.executeJavaScript('window.berth.invoke("projects.list", {})')) as unknown;
      } finally {
        other.destroy();
      }
    }, url);
    expect(answer).toMatchObject({ ok: false, error: { code: 'policy-refused' } });
  });

  it('neither navigates nor opens windows', async () => {
    await berth.window.evaluate(() => {
      window.open('https://example.com/');
      window.open('file:///etc/passwd');
      window.open('javascript:1');
      window.open('http://localhost:8000/');
    });
    await berth.window.evaluate(() => {
      const link = document.createElement('a');
      link.href = 'https://example.com/';
      document.body.append(link);
      link.click();
      link.remove();
    });
    // Asked directly: Playwright's locators wait for the navigation that never comes.
    expect(await berth.window.evaluate(() => [location.href, document.querySelectorAll('[data-testid="services-table"]').length])).toEqual(['app://berth/index.html', 1]);
    expect(berth.window.url()).toBe('app://berth/index.html');
    expect(berth.app.windows()).toHaveLength(1);
    expect(await berth.app.evaluate(() => (globalThis as unknown as { openedOutside: string[] }).openedOutside)).toEqual(['http://localhost:3000/', 'http://localhost:8000/']);
  });
});
