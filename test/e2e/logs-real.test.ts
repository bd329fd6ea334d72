import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idsOf } from '../integration/modes/small-shop';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { openLog } from '../support/log-timing';
import { pictures, setLook } from '../support/window-fixture';

const run = promisify(execFile);
const LOUD_LINES = 50_000;
const AFTER = 'trap "exit 0" TERM; sleep 100000 & wait';

/** Logs of real containers in the real window and on the command line. */
describe('logs, for real', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    const loud = idleService({ command: ['sh', '-c', `seq 1 ${String(LOUD_LINES)}; ${AFTER}`] });
    const speaker = (mode: string): Record<string, unknown> => idleService({ command: ['sh', '-c', `echo "I am ${mode}"; ${AFTER}`] });
    project = await openAppProject(home, 'lw', { dev: { api: speaker('dev'), loud }, prod: { api: speaker('prod'), loud } });
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

  const list = (): ReturnType<RunningApp['window']['getByTestId']> => berth.window.getByTestId('log-lines');
  const say = async (text: string): Promise<unknown> => run('docker', ['exec', (await idsOf(project))['api'] ?? '', 'sh', '-c', `echo '${text}' > /proc/1/fd/1`]);

  it('shows what a program prints within two seconds', async () => {
    await setLook(berth, [1440, 900], 'light');
    await berth.window.getByTestId('line-logs').click();
    await berth.window.getByTestId('log-chip-api').click();
    await list().getByText('I am dev').waitFor();
    await say('MARK');
    const printedMs = performance.now();
    await list().getByText('MARK').waitFor({ timeout: 2_000 });
    process.stdout.write(`shown ${(performance.now() - printedMs).toFixed(0)} ms after it was printed\n`);
    await berth.window.getByTestId('log-chip-all').click();
    await pictures(berth, 'logs-real');
  });

  it('goes on over a switch, and says where the new container begins', async () => {
    await setLook(berth, [1440, 900], 'light');
    await berth.window.getByTestId('log-chip-api').click();
    const switched = await home.berth(['modes', 'switch', 'prod', '--yes', '--project', project.dir]);
    expect(switched.code, switched.stderr).toBe(0);
    await list().getByText('I am prod').waitFor();
    await list().getByText('New container of api').waitFor();
    await say('once');
    await list().getByText('once').waitFor();
    const lines = await list().locator('.log-text').allTextContents();
    expect(lines.filter((line) => ['I am dev', 'MARK', 'I am prod', 'once'].includes(line))).toEqual(['I am dev', 'MARK', 'I am prod', 'once']);
  });

  it('saves everything the engine has, not only what is on screen', async () => {
    const file = join(home.path, 'all.log');
    await berth.app.evaluate(({ dialog }, path) => void Object.assign(dialog, { showSaveDialog: () => Promise.resolve({ canceled: false, filePath: path }) }), file);
    await berth.window.getByTestId('log-chip-all').click();
    await berth.window.getByTestId('log-save').click();
    await expect.poll(async () => (await readFile(file, 'utf8').catch(() => '')).split(' | ').length, { timeout: 30_000 }).toBeGreaterThan(LOUD_LINES);
    const text = await readFile(file, 'utf8');
    for (const line of ['I am prod', 'once', '1', String(LOUD_LINES)]) expect(text).toMatch(new RegExp(` \\| ${line}$`, 'm'));
  });

  it('shows all 50,000 lines of one service', async () => {
    await berth.window.getByTestId('bottom-drawer-close').click();
    const tookMs = await openLog(berth.window, 'service-loud', `${String(LOUD_LINES)} lines`);
    process.stdout.write(`50,000 lines of a real container shown in ${tookMs.toFixed(0)} ms\n`);
    await list().getByText(String(LOUD_LINES), { exact: true }).waitFor();
    await berth.window.getByTestId('drawer-close').click();
  });

  it('prints all services merged on the command line, and ends with a signal', async () => {
    const merged = await home.berth(['services', 'logs', '--project', project.dir, '--tail', '3', '--timestamps']);
    expect(merged.code, merged.stderr).toBe(0);
    expect(merged.stdout).toMatch(/^api \| \d{4}-\S+Z I am prod$/m);
    expect(merged.stdout).toMatch(/^loud \| \d{4}-\S+Z 50000$/m);
    const following = await home.begin(['services', 'logs', '--project', project.dir, '--follow', '--tail', '1']);
    await following.line((line) => line.includes('"once"'));
    await say('again');
    await following.line((line) => line.includes('"again"'));
    expect(await following.stop()).toMatchObject({ code: 0 });
  });
});
