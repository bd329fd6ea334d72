import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/shared/contract/contract';
import type { SequencedEvent } from '../../src/shared/contract/events';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { trayDriver, type TrayDriver } from '../support/tray-driver';

/** A change is seen through every door within this time. */
const SEEN_MS = 1_000;

/** How soon the tray, the window, the command line and the API know of what somebody did with docker. */
describe('a change from outside', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;
  let tray: TrayDriver;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    project = await openAppProject(home, 'td', { dev: { web: idleService(), other: idleService() } });
    expect((await home.berth(['modes', 'switch', 'dev', '--project', project.dir, '--yes'])).code).toBe(0);
    berth = await launchBerth(home);
    tray = trayDriver(berth);
    await tray.ready();
    await berth.window.getByTestId('project-status').waitFor();
  });
  afterAll(async () => {
    await berth?.close();
    await project?.close();
    await home?.remove();
  });

  it('shows one change from outside through every door within a second, under one number', async () => {
    await berth.window.getByTestId('service-web').waitFor();
    await expect.poll(async () => (await tray.model()).icon, { timeout: 30_000 }).toBe('running');
    const isStopped = (event: SequencedEvent): boolean => event.event.type === 'services.changed' && event.event.services.services.some((one) => one.name === 'web' && one.state !== 'running');
    await berth.window.evaluate(() => {
      const seen: unknown[] = [];
      Object.assign(globalThis, { berthSeen: seen });
      (globalThis as unknown as { berth: { subscribe(listener: (events: readonly unknown[]) => void): void } }).berth.subscribe((events) => seen.push(...events));
    });
    const { socket } = JSON.parse(await readFile(join(home.env['BERTH_HOME'] ?? '', 'runtime.json'), 'utf8')) as { readonly socket: string };
    const watch = await home.begin(['watch']);
    const list = await home.begin(['services', 'list', '--project', project.dir, '--watch', '--json']);
    await list.line((line) => line.includes('"web"'));
    const feed = eventFeed(socket, isStopped);
    await feed.listening;

    const stoppedOf = (line: string): boolean => (JSON.parse(line) as OutputOf<'services.list'>).services.some((one) => one.name === 'web' && one.state !== 'running');
    const doors = { watch: watch.line((line) => isStopped(JSON.parse(line) as SequencedEvent)), list: list.line(stoppedOf) };
    await project.stopOutside('web');
    const sinceMs = performance.now();
    const within = { timeout: SEEN_MS, interval: 10 };
    const [byApi, byWatch] = await Promise.all([
      feed.event,
      doors.watch,
      doors.list,
      expect.poll(() => berth.window.getByTestId('service-web').getAttribute('data-state'), within).not.toBe('running'),
      expect.poll(async () => (await tray.model()).tooltip, within).toContain('web is stopped'),
    ]);
    const tookMs = performance.now() - sinceMs;
    process.stdout.write(`seen through every door after ${tookMs.toFixed(0)} ms\n`);
    expect(tookMs).toBeLessThan(SEEN_MS);
    const inWindow = await berth.window.evaluate(() => (globalThis as unknown as { berthSeen: unknown[] }).berthSeen) as readonly SequencedEvent[];
    expect(new Set([byApi.seq, (JSON.parse(byWatch) as SequencedEvent).seq, inWindow.find(isStopped)?.seq])).toEqual(new Set([byApi.seq]));
    await Promise.all([watch.stop(), list.stop()]);
    feed.end();
  });
});

/** `GET /v1/events` over the socket. */
function eventFeed(socketPath: string, fits: (event: SequencedEvent) => boolean): { readonly listening: Promise<void>; readonly event: Promise<SequencedEvent>; end(): void } {
  const asked = request({ socketPath, path: '/v1/events', method: 'GET' });
  const listening = new Promise<void>((resolve, reject) => {
    asked.once('response', () => resolve());
    asked.once('error', reject);
  });
  const event = new Promise<SequencedEvent>((resolve) => {
    asked.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const found = text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as SequencedEvent).find(fits);
        if (found !== undefined) resolve(found);
      });
    });
  });
  asked.end();
  return { listening, event, end: () => asked.destroy() };
}
