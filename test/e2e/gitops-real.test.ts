import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { trayDriver } from '../support/tray-driver';

/** How long a scan or a resolution may take until the window shows it. */
const DONE_MS = 20_000;
/** A file of 5,000 lines is open within this time. */
const OPEN_MS = 2_000;

const deployment = (name: string, image: string): string => `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n  namespace: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      containers:\n        - name: ${name}\n          image: ${image}\n`;
/** The same as `deployment`, in another order and with another spelling. */
const reordered = (name: string, image: string): string => `# written by hand\nkind: "Deployment"\napiVersion: apps/v1\nspec:\n  template:\n    spec:\n      containers: [{ image: '${image}', name: ${name} }]\n    metadata: { labels: { app: ${name} } }\n  selector: { matchLabels: { app: ${name} } }\n  replicas: 2\nmetadata:\n  namespace: shop\n  name: ${name}\n`;
const config = (lines: number, reverse: boolean): string => {
  const keys = Array.from({ length: lines }, (_, index) => `  key-${String(index).padStart(5, '0')}: "${String((index * 7919) % 1_000)}"`);
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: long\n  namespace: shop\ndata:\n${(reverse ? keys.reverse() : keys).join('\n')}\n`;
};

const FILES: Readonly<Record<string, string>> = {
  'deploy/production/web.yaml': deployment('web', 'shop/web:1.4'),
  'deploy/examples/web.yaml': deployment('web', 'shop/web:1.4'),
  'deploy/production/api.yaml': deployment('api', 'shop/api:2.0'),
  'deploy/environments/api.yaml': reordered('api', 'shop/api:2.0'),
  'deploy/environments/cart.yaml': deployment('cart', 'shop/cart:3.1'),
  'deploy/old/cart.yaml': deployment('cart', 'shop/cart:3.0'),
  'deploy/production/long.yaml': config(5_000, false),
  'deploy/environments/long.yaml': config(5_000, true),
};

/** Manifests that say the same twice, through the real window over real files. */
describe('the duplicates of a folder, in the window', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    project = await openAppProject(home, 'gow', { dev: { api: idleService() } }, FILES);
    berth = await launchBerth(home);
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  const row = (name: string) => berth.window.getByTestId('gitops-groups').locator('button', { hasText: name });

  it('scans on a click and shows the groups by what they are, with keys alone', { timeout: 120_000 }, async () => {
    const { window } = berth;
    await window.getByTestId('nav-project').waitFor();
    await window.keyboard.press('7');
    await window.getByTestId('files-files').focus();
    await window.keyboard.press('ArrowRight');
    await window.keyboard.press('ArrowRight');
    await window.getByTestId('gitops-first-scan').focus();
    await window.keyboard.press('Enter');
    await row('Deployment web').waitFor({ timeout: DONE_MS });
    await window.getByTestId('gitops-groups').focus();
    await window.keyboard.press('/');
    await window.keyboard.type('deploy/old');
    await expect.poll(() => window.getByTestId('gitops-groups').locator('button').count()).toBe(1);
    await window.getByTestId('gitops-filter').fill('');
  });

  it('tells a difference in the text where the meaning has none', { timeout: 180_000 }, async () => {
    const { window } = berth;
    await row('Deployment api').click();
    await window.getByTestId('group-compare').click();
    await expect.poll(() => window.getByTestId('compare-answer').textContent(), { timeout: DONE_MS }).toMatch(/differ/);
    await window.getByTestId('compare-meaning').click();
    await window.getByTestId('compare-same').getByText('No difference').waitFor();
    await window.keyboard.press('Escape');
    await window.getByTestId('gitops-compare').waitFor({ state: 'detached' });
  });

  it('opens two files of 5,000 lines within two seconds', { timeout: 120_000 }, async () => {
    const { window } = berth;
    await row('ConfigMap long').click();
    const since = performance.now();
    await window.getByTestId('group-compare').click();
    await expect.poll(() => window.getByTestId('compare-answer').textContent(), { timeout: DONE_MS, interval: 20 }).toMatch(/differ/);
    const tookMs = performance.now() - since;
    process.stdout.write(`two files of 5,000 lines were open after ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(OPEN_MS);
    await window.keyboard.press('Escape');
  });

  it('resolves three groups as the user says, and takes each back', { timeout: 180_000 }, async () => {
    const { window } = berth;
    const before = await Promise.all(Object.keys(FILES).map((file) => project.read(file)));
    const resolve = async (): Promise<void> => {
      await window.getByTestId('group-resolve').click();
      await window.locator('[data-testid="plan-resolve"]:enabled').click({ timeout: DONE_MS });
      await window.getByTestId('gitops-resolve-group').waitFor({ state: 'detached', timeout: DONE_MS });
    };
    const undo = async (file: string, name: string): Promise<void> => {
      await window.getByTestId('gitops-undo-button').click({ timeout: DONE_MS });
      await expect.poll(() => project.read(file), { timeout: DONE_MS }).toBe(FILES[file]);
      await row(name).waitFor({ timeout: DONE_MS });
    };

    // The one that ranks highest.
    await row('Deployment web').click();
    await resolve();
    await expect.poll(() => project.read('deploy/examples/web.yaml'), { timeout: DONE_MS }).toMatch(/^#/);
    expect(await project.read('deploy/production/web.yaml')).toBe(FILES['deploy/production/web.yaml']);
    await undo('deploy/examples/web.yaml', 'Deployment web');

    // The other one.
    await row('Deployment api').click();
    await window.getByTestId('keep-deploy/environments/api.yaml#0').check();
    await resolve();
    await expect.poll(() => project.read('deploy/production/api.yaml'), { timeout: DONE_MS }).toMatch(/^#/);
    expect(await project.read('deploy/environments/api.yaml')).toBe(FILES['deploy/environments/api.yaml']);
    await undo('deploy/production/api.yaml', 'Deployment api');

    // Something of both.
    await row('Deployment cart').click();
    await window.getByTestId('keep-deploy/environments/cart.yaml#0').check();
    await window.getByTestId('group-merge').click();
    await window.getByTestId('merge-right-1').click({ timeout: DONE_MS });
    await window.getByTestId('merge-use').click();
    await resolve();
    await expect.poll(() => project.read('deploy/environments/cart.yaml'), { timeout: DONE_MS }).toContain('shop/cart:3.0');
    expect(await project.read('deploy/old/cart.yaml')).toMatch(/^#/);
    await undo('deploy/environments/cart.yaml', 'Deployment cart');
    expect(await Promise.all(Object.keys(FILES).map((file) => project.read(file)))).toEqual(before);
  });

  it('hears of a resolution from a terminal, and tells of it once while nobody looks', { timeout: 120_000 }, async () => {
    await row('Deployment web').waitFor({ timeout: DONE_MS });
    const tray = trayDriver(berth);
    await tray.ready();
    expect((await home.berth(['settings', 'set', 'notifications.show', 'all'])).code).toBe(0);
    const told = async (): Promise<readonly string[]> => (await tray.notifications()).map(({ title }) => title).filter((title) => title.includes('Resolve duplicates'));
    const before = (await told()).length;
    await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    expect((await home.berth(['gitops', 'resolve', '--project', project.id, '--yes'])).code).toBe(0);
    await expect.poll(told).toHaveLength(before + 1);
    await tray.click('show');
    await expect.poll(() => row('Deployment web').count(), { timeout: DONE_MS }).toBe(0);
    expect(await told()).toHaveLength(before + 1);
  });
});
