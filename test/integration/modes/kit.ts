import { createHash } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import { serviceHash } from '@shared/domain/compose/hash';
import type { Operation } from '@shared/domain/operations/operation';
import type { Compose } from '@main/compose/types';
import type { Checks } from '@main/checks/types';
import { contextFingerprint } from '@main/docker/context-fingerprint';
import { createEngine } from '@main/docker/engine';
import type { Engine } from '@main/docker/types';
import { BuildsOfOthers, ModesService, portOwner, switchOperation, type ModesDependencies } from '@main/modes';
import { createEventStream, createOperations, type EventStream } from '@main/operations';
import type { Operations, StateKeeper } from '@main/operations/types';
import { createFailpoints } from '@main/platform/failpoints';
import { silentLogger } from '@main/platform/logger';
import { lockProject } from '@main/platform/project-lock';
import { portAccepts } from '@main/platform/port-accepts';
import { hostPorts } from '@main/platform/ports';
import { openStore, type OpenedStore } from '@main/platform/store';
import { systemClock } from '@main/platform/system-clock';
import type { Logger } from '@main/platform/types';
import { ProjectsService } from '@main/projects/service';
import { ContainerEnds } from '@main/reconcile';
import { ComposeService } from '@main/compose';
import { tapEngine } from '../../support/engine-tap';
import { structuralParts } from '../operations/structural-kit';
import { oracleCompose } from './oracle-compose';

/** Berth's core as services.ts wires it, small: what a switch needs, over one folder of state. */
export interface World {
  readonly engine: Engine;
  readonly operations: Operations;
  readonly projects: ProjectsService;
  readonly modes: ModesService;
  readonly store: OpenedStore;
  readonly events: EventStream;
  readonly deps: ModesDependencies;
  readonly home: string;
  /** Enqueues and waits for the end. */
  switchTo(dir: string, mode: string, planId?: string): Promise<Operation>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly home?: string;
  readonly socketPath?: string;
  readonly checks?: Checks;
  readonly compose?: Compose;
  /** With the store's worker and the parser process, as the product runs them: needs a build. */
  readonly built?: boolean;
  readonly env?: { readonly [name: string]: string | undefined };
  readonly log?: Logger;
  readonly change?: (deps: ModesDependencies) => ModesDependencies;
  /** Everything sent to the engine is judged by the oracle at `close`. Not where the engine is another one, or where the process is to die. */
  readonly tapped?: boolean;
  /** What the projects of this world may do beyond the harmless, in the oracle's words. */
  readonly grants?: readonly string[];
  /** Keeps what is there before an operation changes it. Default: nothing is kept. */
  readonly keepState?: StateKeeper;
}

/** Checks that find nothing but what loading found. */
export const noChecks: Checks = { run: (loaded) => Promise.resolve(loaded.compose.findings) };

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const home = options.home ?? (await realpath(await mkdtemp(join(tmpdir(), 'bt-md-home-'))));
  const store = await openStore({ home, inProcess: options.built !== true });
  const compose = options.compose ?? (options.built === true ? new ComposeService() : oracleCompose);
  const events = createEventStream(systemClock);
  const publish = (event: BerthEvent): void => events.publish(event);
  const log = options.log ?? silentLogger;
  const tapped = options.tapped ?? (options.socketPath === undefined && options.built !== true && options.home === undefined);
  const tap = tapped ? await tapEngine({ declared: [{ project: null, roots: [await realpath(tmpdir())], trusted: true, grants: options.grants ?? [] }] }) : null;
  const engine = createEngine({ env: { DOCKER_HOST: tap?.uri ?? `unix://${options.socketPath ?? '/var/run/docker.sock'}` } });
  const { structural, undo } = structuralParts(store, events, () => operations);
  const operations: Operations = await createOperations({ structural, keepState: options.keepState, store, events, clock: systemClock, failpoints: createFailpoints(options.env ?? {}), logger: log, redact: (text) => text });
  let modes: ModesService | null = null;
  const projects = new ProjectsService({
    store,
    compose,
    log,
    publish,
    now: () => new Date(),
    activeMode: async (project) => modes?.activeMode(project) ?? null,
  });
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const plain: ModesDependencies = {
    engine,
    projects,
    checks: options.checks ?? noChecks,
    operations,
    clock: systemClock,
    log,
    lock: lockProject,
    fingerprintBuild: contextFingerprint,
    portAccepts,
    knownBuilds: (projectId, running, present) => new BuildsOfOthers(store).of(projectId, running, present),
    stoppedOutside: (projectId, containers) => new ContainerEnds({ store, engine, clock: systemClock }).stopped(projectId, containers),
    settleSeconds: () => 0,
    imagesAtOnce: () => 2,
    portOwner: portOwner(engine, hostPorts()),
    dialect: 'v5',
    hashService: (service, dialect) => serviceHash(service, dialect, sha256),
  };
  const deps = options.change?.(plain) ?? plain;
  modes = new ModesService(deps);
  operations.register(undo);
  operations.register(switchOperation(deps, modes));
  return {
    engine,
    operations,
    projects,
    modes,
    store,
    events,
    deps,
    home,
    async switchTo(dir, mode, planId) {
      const { id } = await operations.enqueue('modes.switch', { project: dir, mode, ...(planId === undefined ? {} : { planId }) });
      return operations.wait(id, 300_000);
    },
    async close() {
      await operations.shutdown(60_000);
      events.close();
      engine.close();
      compose.close();
      await store.close();
      if (options.home === undefined) await rm(home, { recursive: true, force: true });
      await tap?.finish();
    },
  };
}
