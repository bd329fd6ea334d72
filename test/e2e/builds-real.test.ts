import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSYBOX_IMAGE } from '../support/images';
import { idleService, openAppProject, type AppProject } from '../support/app-project';
import { createHome, launchBerth, type RunningApp, type TestHome } from '../support/electron-app';
import { pictures, setLook } from '../support/window-fixture';

const once = (): string => Math.random().toString(36);

/** A build of four steps; the third takes `seconds` and says what it does. */
const dockerfile = (seconds: number, last: string): string => `FROM ${BUSYBOX_IMAGE}
ENV MADE=${once()}
RUN echo one > /one
RUN echo fetching what it needs && sleep ${String(seconds)} && echo fetched
${last}
`;

/** What a build says of itself in the real window. */
describe('builds in the window, for real', () => {
  let home: TestHome;
  let berth: RunningApp;
  let project: AppProject;

  beforeAll(async () => {
    home = await createHome({ BERTH_TEST: '1' });
    const built = (name: string): Record<string, unknown> => idleService({ image: undefined, build: `./${name}` });
    project = await openAppProject(
      home,
      'bw',
      { dev: { web: idleService(), worker: idleService(), cache: idleService() }, prod: { web: built('web'), worker: built('worker'), cache: idleService() } },
      { 'web/Dockerfile': dockerfile(6, 'RUN echo last'), 'worker/Dockerfile': dockerfile(4, 'RUN echo last') },
    );
    expect((await home.berth(['modes', 'switch', 'dev', '--yes', '--project', project.dir])).code).toBe(0);
    berth = await launchBerth(home);
    await berth.window.getByTestId('service-web').waitFor();
  });
  afterAll(async () => {
    await berth?.close();
    if (project !== undefined) await project.close();
    await home?.remove();
  });

  it('tells each step of each service, and ends with all of them running', async () => {
    const { window } = berth;
    await setLook(berth, [1440, 900], 'light');
    await window.getByTestId('mode-prod').click();
    const panel = window.getByTestId('operation-row');
    await expect.poll(() => panel.textContent(), { timeout: 60_000 }).toMatch(/step \d+ of \d+: RUN echo fetching/);
    expect(await window.getByTestId('progress-web').textContent()).toMatch(/step \d+ of \d+: /);
    await pictures(berth, 'build-steps');
    await expect.poll(() => panel.getAttribute('data-state'), { timeout: 60_000 }).toBe('succeeded');
  });

  it('shows the line of the Dockerfile where a build failed', async () => {
    const { window } = berth;
    expect((await home.berth(['modes', 'switch', 'dev', '--yes', '--project', project.dir])).code).toBe(0);
    await project.write('web/Dockerfile', dockerfile(0, 'RUN echo not today >&2 && exit 7'));
    await expect.poll(() => window.getByTestId('mode-dev').getAttribute('aria-checked').then((checked) => checked ?? 'unknown'), { timeout: 20_000 }).not.toBe('false');
    await window.getByTestId('mode-prod').click();
    const panel = window.getByTestId('operation-row');
    await expect.poll(() => panel.getAttribute('data-state'), { timeout: 60_000 }).toMatch(/failed|rolled-back/);
    await expect.poll(() => panel.textContent()).toMatch(/web\/Dockerfile:5/);
    expect(await panel.textContent()).toContain('not today');
    await pictures(berth, 'build-failed');
  });
});
