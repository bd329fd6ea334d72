import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@shared/kernel/json';
import { createEngine, type EngineOptions } from '@main/docker/engine';
import type { Authorization, Engine } from '@main/docker/types';
import { engineJson, ensureBusybox, testSocketPath } from '../../support/images';

/** One project of a test: a folder, an engine that acts for it, and a way to be rid of all of it. */
export interface TestProject {
  readonly name: string;
  readonly dir: string;
  readonly image: string;
  readonly root: Engine;
  readonly engine: Engine;
  readonly labels: { readonly [key: string]: string };
  authorization(trusted?: readonly string[] | null): Authorization;
  /** A payload of a service of this project. */
  payload(service: string, command: readonly string[], more?: JsonObject): JsonObject;
  run(service: string, command: readonly string[], more?: JsonObject): Promise<string>;
  close(): Promise<void>;
}

let counter = 0;

export async function testProject(options: EngineOptions = {}): Promise<TestProject> {
  counter += 1;
  const image = await ensureBusybox();
  const name = `bt-dk-${process.pid}-${counter}`;
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'bt-dk-')));
  const root = createEngine({ env: { DOCKER_HOST: `unix://${testSocketPath()}` }, ...options });
  const labels = { 'com.docker.compose.project': name, 'com.docker.compose.project.working_dir': dir };
  const authorization = (trusted: readonly string[] | null = []): Authorization => ({ projectDir: dir, projectName: name, trustedFactKeys: trusted });
  const engine = root.as(authorization());
  const payload = (service: string, command: readonly string[], more: JsonObject = {}): JsonObject => ({
    Image: image,
    Cmd: [...command],
    ...more,
    Labels: { ...labels, 'com.docker.compose.service': service, ...(more['Labels'] as JsonObject | undefined) },
  });
  return {
    name,
    dir,
    image,
    root,
    engine,
    labels,
    authorization,
    payload,
    async run(service, command, more) {
      const { id } = await engine.createContainer(`${name}-${service}`, payload(service, command, more));
      await engine.startContainer(id);
      return id;
    },
    async close() {
      root.close();
      await removeProject(name);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Removes what carries the label of a test's project, past the product. */
export async function removeProject(name: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`com.docker.compose.project=${name}`] }));
  const containers = await engineJson<{ Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`);
  for (const { Id } of containers) await engineJson('DELETE', `/containers/${Id}?force=1&v=1`).catch(() => undefined);
  const networks = await engineJson<{ Id: string }[]>('GET', `/networks?filters=${filters}`);
  for (const { Id } of networks) await engineJson('DELETE', `/networks/${Id}`).catch(() => undefined);
  const volumes = await engineJson<{ Volumes: { Name: string }[] | null }>('GET', `/volumes?filters=${filters}`);
  for (const { Name } of volumes.Volumes ?? []) await engineJson('DELETE', `/volumes/${Name}`).catch(() => undefined);
  const images = await engineJson<{ Id: string; RepoTags: string[] | null }[]>('GET', `/images/json?filters=${filters}`);
  for (const image of images) for (const tag of image.RepoTags ?? [image.Id]) await engineJson('DELETE', `/images/${tag === '<none>:<none>' ? image.Id : tag}?force=1`).catch(() => undefined);
}

/** Resolves when `look` returns something, asked again on each call of the returned `poke`. */
export function until<T>(look: () => T | undefined): { readonly poke: () => void; readonly done: Promise<T> } {
  let resolve: (value: T) => void = () => undefined;
  const done = new Promise<T>((settle) => (resolve = settle));
  return {
    poke: () => {
      const value = look();
      if (value !== undefined) resolve(value);
    },
    done,
  };
}
