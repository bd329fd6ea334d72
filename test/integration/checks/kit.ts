import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import type { Operation } from '@shared/domain/operations/operation';
import type { Finding } from '@shared/domain/findings/finding';
import type { ChildSpawner } from '@main/platform/child-worker';
import { createChecks, engineAddressPools, engineApiVersion, engineHost, engineIsLocal, fixOperation, observeMode, type ChecksWithFixes } from '@main/checks';
import { ComposeService } from '@main/compose';
import { contextFingerprint } from '@main/docker/context-fingerprint';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { buildFingerprint } from '@main/modes';
import { createEventStream, createOperations, type EventStream, type StructuralGuard } from '@main/operations';
import type { Operations } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { readBeneath, replaceBeneath } from '@main/platform/files';
import { silentLogger } from '@main/platform/logger';
import { createGit } from '@main/platform/git';
import { hostSubnets } from '@main/platform/host-subnets';
import { mountLooker } from '@main/platform/mount-look';
import { hostSources, statProbe } from '@main/platform/mount-source';
import { movedFinder } from '@main/platform/moved-sources';
import { hostPorts } from '@main/platform/ports';
import { runProgram } from '@main/platform/process';
import { hostSourceMaker, type SourceMaker } from '@main/platform/source-maker';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import { ProjectsService } from '@main/projects/service';
import { useCleanups } from '../../support/cleanups';
import { ensureBusybox } from '../../support/images';
import { freePort } from '../../support/private-engine';
import { emptyProject, type TestProject } from '../../support/projects';
import { structuralParts } from '../operations/structural-kit';

/** Parses in this process: the parser's own protection has its own tests. */
export const parseHere: ChildSpawner = () => {
  const listeners: ((message: unknown) => void)[] = [];
  queueMicrotask(() => listeners.forEach((listener) => listener({ ready: true })));
  return {
    send(message) {
      const { id, bytes } = message as { readonly id: number; readonly bytes: Uint8Array };
      const result = JSON.stringify(parseYaml(new TextDecoder().decode(bytes)));
      queueMicrotask(() => listeners.forEach((listener) => listener({ id, result })));
    },
    onMessage: (listener) => void listeners.push(listener),
    onExit: () => undefined,
    kill: () => undefined,
    hold: () => undefined,
  };
};

/** The checks and their fixes over one folder of state and the real engine. */
export interface ChecksWorld {
  readonly checks: ChecksWithFixes;
  readonly engine: Engine;
  readonly projects: ProjectsService;
  readonly operations: Operations;
  readonly store: OpenedStore;
  readonly structural: StructuralGuard;
  readonly events: EventStream;
  undo(id: string): Promise<Operation>;
  run(dir: string, mode?: string): Promise<readonly Finding[]>;
  fix(dir: string, input?: { readonly mode?: string; readonly fixes?: readonly string[]; readonly dryRun?: boolean }): Promise<Operation>;
  close(): Promise<void>;
}

/** What of a world is otherwise than on a plain machine. */
export interface ChecksWorldOptions {
  readonly home?: string;
  readonly env?: { readonly [name: string]: string };
  readonly maker?: SourceMaker;
  readonly dockerHost?: string;
  readonly onCheck?: (name: string) => void;
  readonly hostSubnets?: typeof hostSubnets;
}

export async function openChecksWorld(options: ChecksWorldOptions = {}): Promise<ChecksWorld> {
  const home = options.home ?? (await realpath(await mkdtemp(join(tmpdir(), 'bt-ck-home-'))));
  const store = await openStore({ home, inProcess: true });
  const events = createEventStream(systemClock);
  const engine = createEngine({ env: { DOCKER_HOST: options.dockerHost ?? 'unix:///var/run/docker.sock' } });
  const compose = new ComposeService({ spawn: parseHere, environment: {} });
  const { structural, undo } = structuralParts(store, events, () => operations);
  const operations: Operations = await createOperations({ structural, store, events, clock: systemClock, failpoints: createFailpoints(options.env ?? {}), logger: silentLogger, redact: (text) => text });
  const projects = new ProjectsService({ store, compose, log: silentLogger, publish: (event) => events.publish(event), now: () => new Date(), activeMode: () => Promise.resolve(null) });
  const sources = hostSources({ timeoutMs: 2000 });
  const checks = createChecks(
    {
      ports: hostPorts(),
      sources,
      mounts: mountLooker({ timeoutMs: 2000, probe: statProbe(runProgram) }),
      findMoved: movedFinder({ timeoutMs: 2000, git: createGit({ viewsDir: join(store.paths.home, 'git', 'views'), env: process.env }) }),
      hostSubnets: options.hostSubnets ?? hostSubnets,
      engineIsLocal: () => engineIsLocal(engine),
      engineApiVersion: () => engineApiVersion(engine),
      engineHost: () => engineHost(engine),
      engineAddressPools: () => engineAddressPools(engine),
      loadModes: (projectId) => projects.loadModes(projectId),
      buildIdentity: (service, definition, models) => buildFingerprint({ fingerprintBuild: contextFingerprint }, service, definition, models),
    },
    options.onCheck,
  );
  const defaultMode = async (id: string): Promise<string> => (await projects.resolve(id)).modes[0]?.name ?? 'default';
  operations.register(undo);
  operations.register(
    fixOperation({ projects, checks, engine, observe: (loaded) => observeMode(engine, loaded), defaultMode, maker: options.maker ?? hostSourceMaker(), readText: (path) => sources.readText(path), readBeneath, replaceBeneath }),
  );
  return {
    checks,
    engine,
    projects,
    operations,
    store,
    structural,
    events,
    async undo(id) {
      return operations.wait((await operations.enqueue('operations.undo', { id })).id, 60_000);
    },
    async run(dir, mode) {
      const project = await projects.resolve(dir);
      const loaded = await projects.loadMode(project.id, mode ?? (await defaultMode(project.id)));
      return checks.run(loaded, await observeMode(engine, loaded));
    },
    async fix(dir, input = {}) {
      const { id } = await operations.enqueue('checks.fix', { project: dir, ...(input.mode === undefined ? {} : { mode: input.mode }), fixes: [...(input.fixes ?? [])], dryRun: input.dryRun ?? false });
      return operations.wait(id, 60_000);
    },
    async close() {
      await operations.shutdown(5000);
      events.close();
      engine.close();
      compose.close();
      await store.close();
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}

/** What the tests of one file share. What a test makes goes with it. */
export interface ChecksBench {
  /** One for the file; there from the first test on. */
  readonly world: ChecksWorld;
  readonly cleanup: (cleanup: () => Promise<unknown>) => void;
  project(files: { readonly [path: string]: string }): Promise<TestProject>;
  /** A port somebody listens on. */
  takenPort(): Promise<number>;
}

/** Opens a world for the file; projects are called after `kind`. */
export function useChecksWorld(kind: string, options: ChecksWorldOptions = {}): ChecksBench {
  const cleanup = useCleanups();
  const world = {} as ChecksWorld;
  beforeAll(async () => {
    await ensureBusybox();
    Object.assign(world, await openChecksWorld(options));
  });
  afterAll(() => world.close());
  return {
    world,
    cleanup,
    async project(files) {
      const made = await emptyProject(kind, { files });
      cleanup(() => made.close());
      return made;
    },
    async takenPort() {
      const port = await freePort();
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
      cleanup(() => new Promise((resolve) => server.close(resolve)));
      return port;
    },
  };
}
