import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObservedContainer, ObservedProject } from '@shared/domain/engine/observed';
import { flavourOf, refuseFlavourChange, type FlavourDefinition } from '@shared/domain/storage/flavours';
import { S3_GRACE_SECONDS, S3_LABELS, S3_PROJECT, s3Names, s3NetworkPayload, s3Payload, s3VolumePayload, type S3Names, type S3Spec } from '@shared/domain/storage/server-payload';
import { AppError } from '@shared/kernel/app-error';
import type { Clock } from '@shared/kernel/clock';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { choosePort, type PortSources } from './server-ports';
import { newKeys, type KeptKeys, type S3Records, type ServerState } from './server-records';
import type { ImageConsent, ResolvedImage, StepContext, StorageImages } from './types';

const HEALTH_LOOK_MS = 1_500;
const HEALTH_PAUSE_MS = 100;
const START_MS = 45_000;
const CONSOLE_MS = 10_000;
const STARTS = 4;
const SLOTS = 50;
const LOG_LINES = 20;

/** What the container of the server is made with. */
export interface ContainerDependencies extends PortSources {
  readonly engine: Engine;
  readonly images: StorageImages;
  readonly records: S3Records;
  readonly clock: Clock;
  /** Absolute: `<state>/storage`. */
  readonly home: string;
  /** Names begin with it: `berth-s3`. */
  readonly baseName: string;
  readonly health: (url: string, timeoutMs: number) => Promise<'well' | 'badly' | 'silent'>;
  /** Whether it can be used with its keys: it says that it is well a moment earlier. */
  readonly isReady: () => Promise<boolean>;
}

/** What the engine has of the server now. */
export interface ServerLook {
  readonly state: ServerState;
  readonly names: S3Names;
  readonly container: ObservedContainer | null;
}

/** What a step works with; rollback has no signal. */
export type Steps = Pick<StepContext, 'effect' | 'log'> & { readonly signal?: AbortSignal | undefined };

/** The container of the machine's own S3 server: found, made, started, stopped. */
export class S3Container {
  private readonly engine: Engine;

  constructor(private readonly deps: ContainerDependencies) {
    this.engine = deps.engine.as({ projectDir: deps.home, projectName: S3_PROJECT, trustedFactKeys: [] });
  }

  async look(): Promise<ServerLook> {
    const state = await this.deps.records.state();
    const names = this.namesOf(state);
    const observed = state.slot === 0 ? null : await this.engine.observe(S3_PROJECT, []);
    return { state, names, container: observed === null ? null : this.ownContainer(observed, names) };
  }

  async isWanted(): Promise<boolean> {
    return (await this.deps.records.state()).wanted;
  }

  /** Those it has, or would have first. */
  namesOf(state: ServerState): S3Names {
    return s3Names(this.deps.baseName, Math.max(1, state.slot));
  }

  /** From this machine; null before the first start. */
  endpointOf(state: ServerState): string | null {
    return state.apiPort === 0 ? null : `http://127.0.0.1:${String(state.apiPort)}`;
  }

  healthOf(state: ServerState): Promise<'well' | 'badly' | 'silent'> {
    return this.deps.health(`${this.endpointOf(state) ?? ''}${flavourOf(state.flavour)?.healthPath ?? '/'}`, HEALTH_LOOK_MS);
  }

  /** Runs and is healthy as it is remembered, or as it has to be made now. What is right already is left alone. */
  async bring(steps: Steps, consent: ImageConsent): Promise<void> {
    const state = await this.deps.records.state();
    const observed = await this.engine.observe(S3_PROJECT, []);
    const slot = this.slotFor(state, observed);
    const names = s3Names(this.deps.baseName, slot);
    const existing = this.ownContainer(observed, names);
    const keys = await this.rootKeys(steps);
    if (existing !== null && (await this.reuse(steps, state, existing, keys, names))) return;
    const written = observed.volumes.find((volume) => volume.name === names.volume)?.labels[S3_LABELS.flavour] ?? null;
    const image = await this.image(steps, consent, state, written, names.volume);
    if (existing !== null) await this.remove(steps, existing);
    await this.surroundings(steps, observed, names, image.flavour);
    await this.make(steps, { ...state, slot, image: image.reference, flavour: image.flavour, imageNotices: image.notices }, keys, observed);
  }

  /** Ends it by itself first; its data and its container stay. */
  async halt(steps: Steps): Promise<void> {
    const { container } = await this.look();
    if (container?.state !== 'running') return;
    await steps.effect('s3.container.stop', { id: container.id, name: container.name }, async () => {
      await this.engine.stopContainer(container.id, S3_GRACE_SECONDS);
      return null;
    });
  }

  /** Writes down what is so from now on; its way back is `before`. */
  async remember(steps: Steps, patch: Partial<ServerState>): Promise<void> {
    const before = await this.deps.records.state();
    await steps.effect('s3.remember', { before: before as unknown as JsonObject, patch: patch as JsonObject }, async () => {
      await this.deps.records.patchState(patch);
      return null;
    });
  }

  private async reuse(steps: Steps, state: ServerState, existing: ObservedContainer, keys: KeptKeys, names: S3Names): Promise<boolean> {
    const flavour = flavourOf(state.flavour);
    const isAsked = (state.askedApiPort === 0 || state.askedApiPort === state.apiPort) && (!state.console || state.askedConsolePort === 0 || state.askedConsolePort === state.consolePort);
    if (!isAsked || flavour === undefined || state.image === '' || existing.labels[S3_LABELS.spec] !== hashOf(this.spec(state, keys, names, flavour))) return false;
    if (existing.state !== 'running') {
      if (existing.state !== 'exited' && existing.state !== 'created') return false;
      const isStarted = await this.start(steps, existing.id, names.container);
      if (!isStarted) return false;
    }
    await this.untilHealthy(state, existing.id, keys, steps.signal);
    return true;
  }

  /** False when one of its ports is taken by now. */
  private async start(steps: Steps, id: string, name: string): Promise<boolean> {
    try {
      await steps.effect('s3.container.start', { id, name }, async () => {
        await this.engine.startContainer(id);
        return null;
      });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'port-taken') return false;
      throw error;
    }
  }

  private async image(steps: Steps, consent: ImageConsent, state: ServerState, written: string | null, volume: string): Promise<ResolvedImage> {
    const kept = state.image === '' || flavourOf(state.flavour) === undefined ? null : await this.engine.inspectImage(state.image);
    const image = kept === null ? await this.deps.images.resolve('s3', consent, (line) => steps.log(line), steps.signal, written ?? undefined) : { reference: state.image, flavour: state.flavour, notices: state.imageNotices };
    if (flavourOf(image.flavour) === undefined) throw new AppError('setup-failed', `${image.reference} is no S3 server that Berth knows.`);
    if (written !== null) refuseFlavourChange(volume, written, image);
    return image;
  }

  private async surroundings(steps: Steps, observed: ObservedProject, names: S3Names, flavour: string): Promise<void> {
    if (!observed.networks.some(({ name }) => name === names.network)) {
      await steps.effect('s3.network.create', { name: names.network }, () => this.engine.createNetwork(names.network, s3NetworkPayload(this.deps.home)));
    }
    if (!observed.volumes.some(({ name }) => name === names.volume)) {
      await steps.effect('s3.volume.create', { name: names.volume }, async () => {
        await this.engine.createVolume(names.volume, s3VolumePayload(this.deps.home, flavour));
        return null;
      });
    }
  }

  /** Makes and starts it; when a port was taken between looking and starting, with other ports. */
  private async make(steps: Steps, wanted: ServerState, keys: KeptKeys, observed: ObservedProject): Promise<void> {
    const names = s3Names(this.deps.baseName, wanted.slot);
    const flavour = flavourOf(wanted.flavour);
    if (flavour === undefined) throw new AppError('internal', `No such S3 server: ${wanted.flavour}`);
    for (let attempt = 1; ; attempt += 1) {
      const state = { ...wanted, ...(await this.portsFor(wanted, flavour, observed)) };
      const spec = this.spec(state, keys, names, flavour);
      const id = await steps.effect('s3.container.create', { name: names.container, image: spec.image }, async () => (await this.engine.createContainer(names.container, s3Payload(spec, hashOf(spec)))).id);
      if (await this.start(steps, id, names.container)) {
        const { slot, image, imageNotices, apiPort, consolePort, portNotices } = state;
        await this.remember(steps, { slot, image, flavour: state.flavour, imageNotices, apiPort, consolePort, portNotices });
        return this.untilHealthy(state, id, keys, steps.signal);
      }
      await this.removeById(steps, id, names.container);
      if (attempt === STARTS) throw new AppError('port-taken', `The ports of the S3 server are taken again and again.`, { hint: 'Choose others: berth storage server --api-port … --console-port …' });
    }
  }

  private async portsFor(state: ServerState, flavour: FlavourDefinition, observed: ObservedProject): Promise<Pick<ServerState, 'apiPort' | 'consolePort' | 'portNotices'>> {
    const others = [...observed.foreign, ...observed.containers];
    const api = await choosePort(this.deps, { usual: flavour.apiPort, asked: state.askedApiPort, kept: state.apiPort, of: 'S3' }, new Set(state.console && state.askedConsolePort !== 0 ? [state.askedConsolePort] : []), others);
    if (!state.console) return { apiPort: api.port, consolePort: 0, portNotices: noticesOf(api) };
    const web = await choosePort(this.deps, { usual: flavour.consolePort, asked: state.askedConsolePort, kept: state.consolePort, of: 'its console' }, new Set([api.port]), others);
    return { apiPort: api.port, consolePort: web.port, portNotices: noticesOf(api, web) };
  }

  private async remove(steps: Steps, container: ObservedContainer): Promise<void> {
    if (container.state === 'running') {
      await steps.effect('s3.container.stop', { id: container.id, name: container.name }, async () => {
        await this.engine.stopContainer(container.id, S3_GRACE_SECONDS);
        return null;
      });
    }
    await this.removeById(steps, container.id, container.name);
  }

  private async removeById(steps: Steps, id: string, name: string): Promise<void> {
    await steps.effect('s3.container.remove', { id, name }, async () => {
      await this.engine.removeContainer(id, { force: true, anonymousVolumes: true });
      return null;
    });
  }

  private async rootKeys(steps: Steps): Promise<KeptKeys> {
    const kept = await this.deps.records.root();
    if (kept !== null) return kept;
    const made: KeptKeys = { ...newKeys(), kind: 'generated', replacedBy: '', previous: null };
    await steps.effect('s3.keys.make', { of: 'server' }, async () => {
      await this.deps.records.putKeys(null, made);
      return null;
    });
    return made;
  }

  private spec(state: ServerState, keys: KeptKeys, names: S3Names, flavour: FlavourDefinition): S3Spec {
    return { names, home: this.deps.home, image: state.image, flavour, keys: { accessKey: keys.accessKey, secretKey: keys.secretKey }, apiPort: state.apiPort, consolePort: state.console ? state.consolePort : null };
  }

  private async untilHealthy(state: ServerState, id: string, keys: KeptKeys, signal: AbortSignal | undefined): Promise<void> {
    const deadline = this.deps.clock.monotonic() + START_MS;
    while ((await this.healthOf(state)) !== 'well' || !(await this.deps.isReady())) {
      if (signal?.aborted === true) throw new AppError('cancelled', 'Cancelled.');
      const container = await this.engine.inspectContainer(id);
      if (container.state !== 'running') throw await this.ended(container, keys);
      if (this.deps.clock.monotonic() > deadline) throw new AppError('unhealthy', `The S3 server does not answer at ${this.endpointOf(state) ?? ''} after ${String(START_MS / 1000)} seconds.`, { hint: `Its log: docker logs ${container.name}` });
      await delay(HEALTH_PAUSE_MS);
    }
    if (state.console) await this.untilConsole(state, signal);
  }

  /** The console comes up a little later; storage does not depend on it. */
  private async untilConsole(state: ServerState, signal: AbortSignal | undefined): Promise<void> {
    const deadline = this.deps.clock.monotonic() + CONSOLE_MS;
    while ((await this.deps.health(`http://127.0.0.1:${String(state.consolePort)}/`, HEALTH_LOOK_MS)) !== 'well') {
      if (signal?.aborted === true || this.deps.clock.monotonic() > deadline) return;
      await delay(HEALTH_PAUSE_MS);
    }
  }

  private async ended(container: ObservedContainer, keys: KeptKeys): Promise<AppError> {
    const lines = await this.engine.logTail(container.id, LOG_LINES).catch(() => []);
    const text = lines.map((line) => line.text.replaceAll(keys.secretKey, '***').replaceAll(keys.accessKey, '***').trim()).filter((line) => line !== '');
    if (text.some((line) => /no space left|storage.*full|drive.*full/i.test(line))) return new AppError('disk-full', 'The S3 server does not start: there is no space left for its data.', { hint: 'Free some space on this computer, then start it again.' });
    return new AppError('start-failed', `The S3 server ended at once with code ${String(container.exitCode)}.`, { hint: text.at(-1) ?? `Its log: docker logs ${container.name}`, details: { log: text } });
  }

  private ownContainer(observed: ObservedProject, names: S3Names): ObservedContainer | null {
    return observed.containers.find((one) => one.name === names.container && one.labels[S3_LABELS.home] === this.deps.home) ?? null;
  }

  /** Names that are free or its own: another Berth of this machine may have the plain ones. */
  private slotFor(state: ServerState, observed: ObservedProject): number {
    const taken = new Set<string>();
    for (const one of [...observed.containers, ...observed.foreign]) if (one.labels[S3_LABELS.home] !== this.deps.home) taken.add(`container ${one.name}`);
    for (const one of observed.networks) if (one.labels[S3_LABELS.home] !== this.deps.home) taken.add(`network ${one.name}`);
    for (const one of observed.volumes) if (one.labels[S3_LABELS.home] !== this.deps.home) taken.add(`volume ${one.name}`);
    const fits = (slot: number): boolean => {
      const { container, network, volume } = s3Names(this.deps.baseName, slot);
      return !taken.has(`container ${container}`) && !taken.has(`network ${network}`) && !taken.has(`volume ${volume}`);
    };
    if (state.slot !== 0 && fits(state.slot)) return state.slot;
    for (let slot = 1; slot <= SLOTS; slot += 1) if (fits(slot)) return slot;
    throw new AppError('setup-failed', `Every name from ${this.deps.baseName} on is taken by something that is not Berth’s.`);
  }
}

function hashOf(spec: S3Spec): string {
  const { names, image, keys, apiPort, consolePort, flavour } = spec;
  return createHash('sha256').update(JSON.stringify([names, image, keys, apiPort, consolePort, flavour.title, s3Payload(spec, '')])).digest('hex').slice(0, 24);
}

function noticesOf(...chosen: readonly { readonly notice: string | null }[]): readonly string[] {
  return chosen.flatMap(({ notice }) => (notice === null ? [] : [notice]));
}
