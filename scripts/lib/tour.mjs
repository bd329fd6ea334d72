import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVirtualDisplay } from './display.mjs';
import { engineCall } from './engine-call.mjs';
import { launchElectron } from './launch.mjs';
import { RESULTS } from './paths.mjs';
import { duration, SetupError, table } from './report.mjs';
import { sampleEnvironment } from './setup.mjs';
import { appUser, giveTo, makeHome, stage } from './stage.mjs';

/** Building the sample's images for the first time is the slow part. */
const SWITCH_TIMEOUT_MS = 8 * 60_000;
const PROJECT_LABEL = 'com.docker.compose.project';
const FOLDER_LABEL = 'com.docker.compose.project.working_dir';

/** Rows of the activity list whose operation ended badly. */
const FAILED_ROWS = ['operation-row', 'activity-row'].flatMap((row) => ['failed', 'rolled-back', 'cancelled', 'needs-attention'].map((state) => `[data-testid="${row}"][data-state="${state}"]`)).join(', ');

async function containersBeneath(engine, folder) {
  const containers = await engineCall(engine, 'GET', '/containers/json?all=1');
  return containers.filter(({ Labels }) => Labels?.[FOLDER_LABEL]?.startsWith(folder));
}

/** What runs now, one row a container. */
async function rowsOfMode(engine, folder, mode, tookMs) {
  const rows = [];
  for (const { Id } of await containersBeneath(engine, folder)) {
    const { Config, State, NetworkSettings } = await engineCall(engine, 'GET', `/containers/${Id}/json`);
    const ports = Object.entries(NetworkSettings?.Ports ?? {}).flatMap(([inside, outside]) => [...new Set((outside ?? []).map(({ HostPort }) => `${HostPort}->${inside}`))]);
    rows.push([mode, Config.Labels['com.docker.compose.service'], State.Status, State.Health?.Status ?? '-', ports.join(' ') || '-', duration(tookMs)]);
  }
  return rows.sort((a, b) => a[1].localeCompare(b[1]));
}

/** Takes away the containers and networks the tour made, so that a later run starts from nothing. Volumes stay: they hold data. */
async function cleanUp(engine, folder) {
  const containers = await containersBeneath(engine, folder);
  const projects = new Set(containers.map(({ Labels }) => Labels[PROJECT_LABEL]));
  await Promise.all(containers.map(({ Id }) => engineCall(engine, 'DELETE', `/containers/${Id}?force=1`)));
  for (const { Id, Labels } of await engineCall(engine, 'GET', '/networks')) {
    if (projects.has(Labels?.[PROJECT_LABEL])) await engineCall(engine, 'DELETE', `/networks/${Id}`);
  }
}

/** Clicks a mode in the window and waits until the header says that it runs and is healthy. Returns how long that took. */
async function switchTo(window, mode) {
  const status = window.getByTestId('project-status');
  const started = Date.now();
  await window.getByTestId(`mode-${mode}`).click();
  const proceed = window.getByTestId('trust-confirm').or(window.getByTestId('plan-confirm'));
  const failed = window.locator(FAILED_ROWS);
  const until = started + SWITCH_TIMEOUT_MS;
  for (;;) {
    const outcome = await Promise.race([
      status.and(window.locator(`[data-mode="${mode}"][data-health="healthy"]`)).waitFor({ timeout: Math.max(1, until - Date.now()) }).then(() => 'there'),
      proceed.first().waitFor({ timeout: SWITCH_TIMEOUT_MS }).then(() => 'asked'),
      failed.first().waitFor({ timeout: SWITCH_TIMEOUT_MS }).then(() => 'failed'),
    ]);
    if (outcome === 'there') return Date.now() - started;
    if (outcome === 'failed') throw new SetupError(`The switch to ${mode} failed: ${(await failed.first().textContent())?.trim()}`);
    await proceed.first().click();
  }
}

async function play(app, engine, places, report) {
  const window = await app.firstWindow();
  const shot = async (name) => {
    const path = join(places.screenshots, `${name}.png`);
    await window.screenshot({ path });
    return path;
  };
  try {
    await window.getByTestId('project-status').waitFor({ timeout: 60_000 });
    const shots = [await shot('1-opened')];
    const rows = [];
    for (const [index, mode] of ['dev', 'prod', 'dev'].entries()) {
      report.doing(`Switching the sample to ${mode}`);
      const tookMs = await switchTo(window, mode);
      report.done(`The sample runs in ${mode}, healthy`, tookMs);
      rows.push(...(await rowsOfMode(engine, places.home, mode, tookMs)));
      shots.push(await shot(`${index + 2}-${mode}`));
    }
    return { rows, shots };
  } catch (error) {
    report.line(`The window at that moment: ${await shot('failed').catch(() => 'no picture')}`);
    throw error;
  }
}

/** Opens Berth on a virtual display, switches the sample dev, prod, dev through the window, and prints what ran. Returns the exit code. */
export async function playTour({ engine, runtime, librariesAreIn, baseImage }, { keep = false }, report) {
  if (!engine) throw new SetupError('The tour needs a Docker engine; see above how to get one.');
  if (!librariesAreIn) throw new SetupError('The tour needs the libraries and the virtual display named above.');
  report.heading('The tour');
  const user = appUser(engine);
  const display = await startVirtualDisplay({ user });
  const staged = await stage({ runtime, engine });
  if (!staged.sandbox) report.warn('Chromium’s sandbox is off for this tour: this system does not let users have it.');
  const home = mkdtempSync(join(tmpdir(), 'berth-tour-'));
  const screenshots = join(RESULTS, 'tour');
  rmSync(screenshots, { recursive: true, force: true });
  mkdirSync(screenshots, { recursive: true });
  giveTo(home, user);
  let app;
  try {
    const env = { ...makeHome(home, { user, engine, display }), ...sampleEnvironment(baseImage) };
    app = await launchElectron(staged, { env });
    app.process().stderr?.on('data', (chunk) => process.env.BERTH_VERBOSE && process.stderr.write(chunk));
    const { rows, shots } = await play(app, engine, { home, screenshots }, report);
    report.line(`\n${table(['mode', 'service', 'state', 'health', 'ports', 'switch took'], rows)}`);
    report.line(`\nScreenshots:\n${shots.map((path) => `  ${path}`).join('\n')}`);
    if (rows.length === 0) throw new SetupError(`No container of the sample was found (looked beneath ${home}).`);
  } finally {
    await app?.close().catch(() => {});
    display.stop();
    if (keep) report.line(`The sample goes on running; its folder is in ${home}.`);
    else {
      await cleanUp(engine, home);
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  report.line(`\nThe tour is over${keep ? '' : "; the sample's containers were removed, its data volume was kept"}.`);
  return 0;
}
