import { dirname } from 'node:path';
import { stringify } from 'yaml';
import { giveTo } from '../../scripts/lib/stage.mjs';
import type { TestHome } from './electron-app';
import { BUSYBOX_IMAGE, engineJson, engineRequest, ensureBusybox } from './images';
import { emptyProject, type TestProject } from './projects';

/** A container as the engine lists it. */
export interface ListedContainer {
  readonly Id: string;
  readonly State: string;
  readonly Command: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** A project that the app's user owns and an app of that home has opened. */
export interface AppProject extends TestProject {
  readonly id: string;
  containers(): Promise<readonly ListedContainer[]>;
  /** `docker stop`, from outside. */
  stopOutside(service: string): Promise<void>;
}

/** A service of busybox that keeps running, without a network of its own. */
export function idleService(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { image: BUSYBOX_IMAGE, network_mode: 'none', command: ['sleep', '100000'], stop_grace_period: '1s', ...more };
}

/** A service whose build takes `seconds` and says building-now; never answered from the cache. */
export function slowBuild(seconds: number): Readonly<Record<string, string>> {
  return { Dockerfile: `FROM ${BUSYBOX_IMAGE}\nRUN echo building-now && sleep ${String(seconds)} # ${Math.random().toString(36)}\n` };
}

/** Writes the project, hands it to the app's user, opens and trusts it through the command line of that home. */
export async function openAppProject(home: TestHome, kind: string, modes: Readonly<Record<string, Readonly<Record<string, unknown>>>>, files: Readonly<Record<string, string>> = {}): Promise<AppProject> {
  await ensureBusybox();
  const compose = Object.fromEntries(Object.entries(modes).map(([mode, services]) => [`docker-compose.${mode}.yml`, stringify({ services })]));
  const project = await emptyProject(kind, { files: { ...compose, ...files } });
  giveTo(dirname(project.dir), home.staged.user);
  const opened = await home.berth(['projects', 'open', project.dir, '--json']);
  if (opened.code !== 0) throw new Error(`The project could not be opened: ${opened.stdout}${opened.stderr}`);
  const { id } = (JSON.parse(opened.stdout) as { readonly value: { readonly id: string } }).value;
  await home.berth(['projects', 'trust', id]);
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${project.name}`] }));
  const containers = (): Promise<readonly ListedContainer[]> => engineJson('GET', `/containers/json?all=1&filters=${filters}`);
  return {
    ...project,
    id,
    containers,
    async stopOutside(service) {
      const found = (await containers()).find((one) => one.Labels['com.docker.compose.service'] === service);
      if (found === undefined) throw new Error(`${service} has no container.`);
      await engineRequest('POST', `/containers/${found.Id}/stop?t=0`);
    },
  };
}
