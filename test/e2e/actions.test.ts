import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureHelperImage } from '../../scripts/lib/helper-image.mjs';
import { openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { BUSYBOX_IMAGE, engineJson } from '../support/images';
import { freePort } from '../support/private-engine';
import { pictures } from '../support/window-fixture';

/** How long a click may take until containers are as it says. */
const DONE_MS = 90_000;
/** Made anew for each service: what is written twice would become a reference in the file. */
const serves = (more: Readonly<Record<string, unknown>>): Record<string, unknown> => ({ image: BUSYBOX_IMAGE, command: ['sh', '-c', "trap 'exit 0' TERM; mkdir -p /srv; httpd -f -p 8080 -h /srv & wait"], stop_grace_period: '1s', healthcheck: { test: ['CMD', 'test', '-d', '/srv'], interval: '1s', timeout: '2s', retries: 2 }, ...more });

/** Of this process alone: no other test runs on these addresses. */
const range = (number: number): string => `10.${String(230 + number)}.${String(process.pid % 250)}.0/24`;

/** What the menu of a project does, clicked in the window, on the real engine: the files and the containers are what it said they would be. */
describe('the actions of a project, through the window', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  let port = 0;

  beforeAll(async () => {
    await ensureHelperImage();
    home = await createHome({ BERTH_TEST: '1' });
    port = await freePort();
    const db = (): Record<string, unknown> => serves({ volumes: [{ type: 'volume', source: 'data', target: '/data' }] });
    const web = (): Record<string, unknown> => serves({ volumes: ['./site:/srv/site:ro'], ports: [`127.0.0.1:${String(port)}:8080`], depends_on: { db: { condition: 'service_healthy' } } });
    project = await openAppProject(home, 'act', { dev: { db: db(), web: web() }, prod: { db: db(), web: web() } }, { 'site/index.html': 'hello\n' });
    for (const mode of ['dev', 'prod']) await project.write(`docker-compose.${mode}.yml`, `${await project.read(`docker-compose.${mode}.yml`)}volumes:\n  data: {}\nnetworks:\n  default:\n    ipam:\n      config:\n        - subnet: ${range(1)}\n`);
    await home.berth(['projects', 'trust', project.id]);
    berth = await launchBerth(home);
    await berth.window.getByTestId('mode-dev').click();
    await isHealthy();
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  const isHealthy = (): Promise<void> => berth.window.locator('[data-testid="project-status"][data-mode="dev"][data-health="healthy"][data-busy="false"]').waitFor({ timeout: DONE_MS });
  const dev = (): Promise<string> => project.read('docker-compose.dev.yml');
  async function ids(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await project.containers()).map((one) => [one.Labels['com.docker.compose.service'] ?? '', one.Id]));
  }
  async function choose(action: string): Promise<void> {
    await berth.window.getByTestId('nav-project').click();
    await berth.window.getByTestId('project-actions').click();
    await berth.window.getByTestId(`action-${action}`).click();
  }
  /** Waits for the plan of the dialog, looks at it, and has it done. */
  async function apply(dialog: string): Promise<void> {
    const { window } = berth;
    await window.getByTestId(dialog).getByTestId('plan-document').waitFor();
    await window.locator('[data-testid="change-apply"]:enabled').click();
    await window.getByTestId(dialog).waitFor({ state: 'detached', timeout: DONE_MS });
  }

  it('changes the health check from what the service has', async () => {
    const { window } = berth;
    const before = await ids();
    await choose('healthcheck');
    await window.getByTestId('healthcheck-service').selectOption('web');
    await window.getByTestId('healthcheck-from').getByText('as its files say').waitFor();
    expect(await window.getByTestId('healthcheck-command').inputValue()).toBe('test -d /srv');
    expect(await window.getByTestId('healthcheck-retries').inputValue()).toBe('2');
    expect(await window.getByTestId('change-apply').isDisabled()).toBe(true);
    await window.getByTestId('healthcheck-retries').fill('4');
    await apply('healthcheck-dialog');
    expect(await dev()).toContain('retries: 4');
    expect(await project.read('docker-compose.prod.yml')).toContain('retries: 4');
    const after = await ids();
    expect([after['db'] === before['db'], after['web'] === before['web']]).toEqual([true, false]);
  });

  it('moves the ports, and back by Undo, each service once', async () => {
    const { window } = berth;
    await choose('remap-ports');
    await window.getByTestId('remap-offset').fill('7');
    await apply('remap-dialog');
    const link = window.getByTestId('service-web').getByRole('link');
    await link.getByText(String(port + 7)).waitFor();
    await window.getByTestId('change-undo').click();
    await window.getByTestId('undo-dialog').getByText('goes back to what it was').first().waitFor();
    await window.getByTestId('undo-confirm').click();
    await link.getByText(String(port), { exact: true }).waitFor({ timeout: DONE_MS });
    await window.getByText('Make the containers of web anew from the files').first().waitFor();
    await isHealthy();
  });

  it('follows a moved folder, gives a network another range and name in the files, tests all in a copy and deploys it', async () => {
    const { window } = berth;
    await mkdir(join(project.dir, 'pages'));
    await rename(join(project.dir, 'site'), join(project.dir, 'pages', 'site'));
    await choose('relocate');
    await window.getByTestId('relocate-from').fill('./site');
    await window.getByTestId('relocate-to').fill('./pages/site');
    await apply('relocate-dialog');
    expect(await dev()).toContain('./pages/site:/srv/site:ro');
    await choose('resubnet');
    await window.getByTestId('resubnet-to').fill('10.20.0.0/16');
    await window.getByTestId('resubnet-dialog').getByText('the new range must be as large').waitFor();
    await window.getByTestId('resubnet-to').fill(range(2));
    await apply('resubnet-dialog');
    for (const mode of ['dev', 'prod']) expect(await project.read(`docker-compose.${mode}.yml`)).toContain(`subnet: ${range(2)}`);
    await choose('rename-network');
    await window.getByTestId('rename-network-to').fill(`${project.name}_inner`);
    await apply('rename-network-dialog');

    await choose('changes');
    await window.locator('[data-testid="changes-test"]:enabled').click();
    await window.locator('.page-head').getByRole('progressbar').waitFor();
    await pictures(berth, 'action-testing');
    await window.locator('[data-testid="changes-deploy"]:enabled').waitFor({ timeout: DONE_MS });
    await window.getByTestId('test-report').getByText('2 services are up').waitFor();
    await pictures(berth, 'action-tested');
    await window.getByTestId('changes-deploy').click();
    await window.getByTestId('page-answer').getByText('What runs is what the files say').waitFor({ timeout: DONE_MS });
    const networks = (await engineJson<readonly { readonly Name: string; readonly IPAM: { readonly Config: readonly { readonly Subnet: string }[] } }[]>('GET', '/networks')).filter(({ Name }) => Name.startsWith(project.name));
    expect(networks.map(({ Name, IPAM }) => [Name, IPAM.Config[0]?.Subnet])).toEqual([[`${project.name}_inner`, range(2)]]);
  });

  it('goes back to the last good state', async () => {
    const { window } = berth;
    const good = await dev();
    await project.write('docker-compose.dev.yml', good.replace('retries: 4', 'retries: 9'));
    await window.getByTestId('changes-rollback').click();
    await window.getByTestId('rollback-confirm').click();
    await window.getByTestId('rollback-dialog').waitFor({ state: 'detached' });
    await window.getByText('back to its last good state: done').waitFor({ timeout: DONE_MS });
    expect(await dev()).toBe(good);
  });

  it('shows how far the robustness run is, and ends it when asked to', async () => {
    const { window } = berth;
    await choose('robustness');
    await window.getByTestId('run-robustness').click();
    const panel = window.getByTestId('page-conflicts');
    await panel.getByRole('progressbar').waitFor();
    await panel.getByRole('button', { name: 'Cancel', exact: true }).click();
    await isHealthy();
    // Who asked it to end needs not be told that it failed.
    await panel.getByTestId('run-robustness').and(window.locator(':enabled')).waitFor();
    expect(await panel.getByRole('alert').count()).toBe(0);
    const all = await engineJson<readonly { readonly Labels: Readonly<Record<string, string>> }[]>('GET', '/containers/json?all=1');
    const copies = all.map(({ Labels }) => Labels['com.docker.compose.project'] ?? '').filter((name) => name.startsWith(project.name) && name !== project.name);
    expect(copies).toEqual([]);
  });

  it('cleans the project and starts it again, with its data', async () => {
    const { window } = berth;
    const before = await ids();
    await choose('clean');
    await window.getByTestId('clean-lists').getByText('stay with their data').waitFor();
    await window.locator('[data-testid="clean-project-confirm"]:enabled').click();
    await window.getByTestId('clean-project').waitFor({ state: 'detached' });
    await expect.poll(async () => Object.values(await ids()).some((id) => Object.values(before).includes(id)), { timeout: DONE_MS }).toBe(false);
    await isHealthy();
    expect(Object.keys(await ids())).toEqual(expect.arrayContaining(['db', 'web']));
  });
});
