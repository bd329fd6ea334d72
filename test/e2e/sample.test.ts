import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineCall } from '../../scripts/lib/engine-call.mjs';
import { findEngine, type FoundEngine } from '../../scripts/lib/engine.mjs';
import { accessibilityProblems } from '../support/axe';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { pictures, setLook } from '../support/window-fixture';
import { trayDriver, type TrayDriver } from '../support/tray-driver';

interface Listed {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Record<string, string>;
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Source: string }[];
}

/** Building the sample for the first time is the slow part. */
const SWITCH_MS = 150_000;

/** The bundled sample on the real engine, through the window and the tray: what is clicked is what the containers do. */
describe('the sample, through the window', () => {
  let home: TestHome;
  let berth: RunningApp;
  let engine: FoundEngine;
  let tray: TrayDriver;

  beforeAll(async () => {
    const found = await findEngine();
    if (found === null) throw new Error('These tests need a Docker engine.');
    engine = found;
    home = await createHome({ BERTH_FIRST_RUN_SAMPLE: '1', BERTH_TEST: '1' });
    berth = await launchBerth(home);
    tray = trayDriver(berth);
    await berth.window.getByTestId('project-status').waitFor();
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

  function idsByService(list: readonly Listed[]): Record<string, string> {
    return Object.fromEntries(list.map((one) => [one.Labels['com.docker.compose.service'] ?? '', one.Id]));
  }

  async function reaches(mode: string): Promise<void> {
    await berth.window.locator(`[data-testid="project-status"][data-mode="${mode}"][data-health="healthy"][data-busy="false"]`).waitFor({ timeout: SWITCH_MS });
  }

  it('is opened on the first run, trusted, with nothing running', async () => {
    await setLook(berth, [1440, 900], 'light');
    const status = berth.window.getByTestId('project-status');
    await expect.poll(() => status.getAttribute('data-health')).toBe('empty');
    expect(await berth.window.getByTestId('project-menu').textContent()).toContain('portfolio');
    expect(await containers()).toEqual([]);
    await pictures(berth, 'sample-new');
  });

  it('comes up in dev by one click, with its sources mounted', async () => {
    await berth.window.getByTestId('mode-dev').click();
    await reaches('dev');
    const list = await containers();
    expect(list.map((one) => one.State)).toEqual(list.map(() => 'running'));
    expect(list.length).toBe(await berth.window.locator('[data-testid="services-table"] tbody tr').count());
    expect(list.some((one) => one.Mounts.some((mount) => mount.Type === 'bind'))).toBe(true);
    expect(await berth.window.getByTestId('plan-sheet').count()).toBe(0);
    await pictures(berth, 'sample-dev');
    expect(await accessibilityProblems(berth.window)).toEqual([]);
  });

  it('follows the log of a service live', async () => {
    await berth.window.getByTestId('service-api').locator('td').nth(1).click();
    await expect.poll(() => berth.window.locator('.log-line').count()).toBeGreaterThan(0);
    await pictures(berth, 'sample-service');
    await berth.window.getByTestId('drawer-close').click();
  });

  it('shows in the preview what then happens: prod keeps the volume and drops every bind', async () => {
    const before = idsByService(await containers());
    await berth.window.getByTestId('preview').click();
    await berth.window.getByTestId('plan-sheet').getByText('portfolio_data').first().waitFor();
    const planned = await berth.window.locator('[data-testid^="change-"]').evaluateAll((lines) => lines.map((line) => [line.getAttribute('data-testid')?.replace('change-', '') ?? '', line.getAttribute('data-action') ?? '']));
    await pictures(berth, 'sample-plan');
    await berth.window.getByTestId('plan-confirm').click();
    await reaches('prod');
    const list = await containers();
    const after = idsByService(list);
    for (const [service, action] of planned) expect(after[service ?? ''] === before[service ?? ''], `${service}: ${action}`).toBe(action === 'keep');
    expect(list.flatMap((one) => one.Mounts.filter((mount) => mount.Type === 'bind'))).toEqual([]);
    expect(list.some((one) => one.Mounts.some((mount) => mount.Name === 'portfolio_data'))).toBe(true);
    await berth.window.getByTestId('operation-undo').waitFor();
    await pictures(berth, 'sample-prod');
  });

  it('goes back by Undo', async () => {
    await berth.window.getByTestId('operation-undo').click();
    await reaches('dev');
    expect((await containers()).some((one) => one.Mounts.some((mount) => mount.Type === 'bind'))).toBe(true);
  });

  it('lists what was done, with its steps, and what the checks found', async () => {
    await berth.window.getByTestId('nav-activity').click();
    const rows = berth.window.locator('li[data-testid^="operation-"]');
    await rows.first().waitFor();
    expect(await rows.evaluateAll((items) => items.map((item) => item.getAttribute('data-state')))).toEqual(['succeeded', 'succeeded', 'succeeded']);
    await rows.first().getByRole('button').first().click();
    await rows.first().locator('ol li').first().waitFor();
    await pictures(berth, 'sample-activity');
    await berth.window.getByTestId('nav-conflicts').click();
    await berth.window.getByTestId('check-again').and(berth.window.locator(':enabled')).waitFor();
    const badge = await berth.window.getByTestId('conflict-count').allTextContents();
    await expect.poll(async () => (await tray.item('conflicts'))?.label).toBe(`Conflicts (${badge[0] ?? '0'})`);
    await pictures(berth, 'sample-conflicts');
    await berth.window.getByTestId('nav-settings').click();
    await pictures(berth, 'sample-settings');
    await berth.window.getByTestId('nav-project').click();
  });

  it('shows what it is made of: ports, variables, changes, who reaches whom, and the graph', async () => {
    const { window } = berth;
    await window.getByTestId('nav-conflicts').click();
    await window.getByTestId('conflicts-ports').click();
    const port = window.locator('[data-testid="ports"] tr[data-state="own"]').first();
    await port.waitFor();
    await pictures(berth, 'sample-ports');
    await port.getByRole('button').click();
    await window.locator('[data-testid="source-lines"] [data-marked="true"]').waitFor();
    await pictures(berth, 'sample-source');
    await window.keyboard.press('Escape');
    await window.getByTestId('conflicts-variables').click();
    await window.locator('[data-testid="variables"] tbody tr').first().waitFor();
    await pictures(berth, 'sample-variables');
    await window.getByTestId('conflicts-changes').click();
    await expect.poll(() => window.getByTestId('page-answer').textContent()).toBe('What runs is what the files say');
    await window.getByTestId('conflicts-connectivity').click();
    await window.getByTestId('check-connectivity').click();
    await window.getByTestId('matrix').waitFor({ timeout: SWITCH_MS });
    await pictures(berth, 'sample-connectivity');
    expect(await window.locator('[data-testid="matrix"] td[data-state="closed"], [data-testid="matrix"] td[data-state="no-network"]').count()).toBe(0);
    await window.getByTestId('nav-project').click();
    await window.getByTestId('view-graph').click();
    await window.getByTestId('node-volume-portfolio_data').waitFor();
    await pictures(berth, 'sample-graph');
    expect(await accessibilityProblems(window)).toEqual([]);
    await window.getByTestId('project-actions').click();
    await window.getByTestId('action-clean').click();
    await window.getByTestId('clean-lists').getByText('stay with their data').waitFor();
    await pictures(berth, 'sample-clean');
    await window.keyboard.press('Escape');
    await window.getByTestId('view-table').click();
  });

  it('is driven by the tray as by the window: Stop, Start, Prod, Validate, Conflicts', async () => {
    expect(await tray.item('mode-dev')).toMatchObject({ kind: 'radio', checked: true });
    await tray.click('stop');
    await berth.window.locator('[data-testid="project-status"][data-health="stopped"][data-busy="false"]').waitFor({ timeout: SWITCH_MS });
    expect((await containers()).map((one) => one.State)).not.toContain('running');
    // It looks for itself once the operation has ended.
    await expect.poll(async () => (await tray.model()).icon).toBe('stopped');

    await expect.poll(async () => (await tray.item('start'))?.enabled).toBe(true);
    await tray.click('start');
    await reaches('dev');

    await expect.poll(async () => (await tray.item('mode-prod'))?.enabled).toBe(true);
    await tray.click('mode-prod');
    await reaches('prod');
    await expect.poll(async () => (await tray.item('mode-prod'))?.checked).toBe(true);
    expect((await containers()).flatMap((one) => one.Mounts.filter((mount) => mount.Type === 'bind'))).toEqual([]);

    await tray.click('validate');
    await berth.window.getByTestId('page-conflicts').waitFor();
    await berth.window.getByTestId('nav-project').click();
    await tray.click('conflicts');
    await berth.window.getByTestId('page-conflicts').waitFor();
  });

  it('hides and shows the window from the tray', async () => {
    await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    await tray.click('show');
    expect(await berth.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())).toBe(true);
  });

  it('leaves the containers running when it quits', async () => {
    const closed = berth.app.waitForEvent('close');
    await tray.click('quit').catch(() => undefined);
    await closed;
    expect((await containers()).every((one) => one.State === 'running')).toBe(true);
  });
});
