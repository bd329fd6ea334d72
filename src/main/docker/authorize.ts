import { isAbsolute } from 'node:path';
import { isInside } from '@shared/domain/engine/host-path';
import { endpointOf, refusedField, refusedParameter, updateAllowed, type Endpoint, type RefusedField } from '@shared/domain/engine/policy';
import { joinedContainersOf, namedVolumesOf, withHostPaths } from '@shared/domain/engine/payload-surface';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { fieldOf, listOf, textMapOf, textOf } from '@shared/domain/engine/read-json';
import { dockerfilePath, factsOfSurface, riskyFactsOfPayload, type RiskSurface } from '@shared/domain/engine/risky-facts';
import { claimsVolumeRun } from '@shared/domain/engine/volume-run';
import type { RiskyFact } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import { hostPathsOf, resolvedPath } from './host-paths';
import { judgeCleanUp } from './judge-clean-up';
import { isVolumeImport, judgeVolumeRun } from './judge-volume-run';
import type { EngineCall } from './transport';
import type { Authorization, BuildRequest, CleanUpAllowance } from './types';

/** What the authorizer reads to judge a call. */
export interface AuthorizerWorld {
  read(path: string, query?: EngineCall['query']): Promise<unknown>;
  /** True when host paths of this machine are the engine's. */
  local(): boolean;
}

function refuse(message: string): AppError {
  return new AppError('policy-refused', message);
}

function refuseField({ field, known }: RefusedField, doing: string): AppError {
  return refuse(known ? `Berth does not ${doing}: what ${field} says is never sent.` : `Berth has no rule for the field ${field}, so it does not ${doing}.`);
}

/** The call with the exact id in place of the name or short id it was asked with. */
function withContainer(call: EngineCall, id: string): EngineCall {
  const [, , , ...rest] = call.path.split('/');
  return { ...call, path: ['', 'containers', id, ...rest].join('/') };
}

const EMPTY_SURFACE: RiskSurface = {
  service: '', privileged: false, hostNamespaces: [], joinedContainers: [], capabilities: [], devices: [], securityOptions: [], binds: [], apiSocket: false,
  volumes: [], foreignVolumes: [], networkDrivers: [], runtime: '', cgroupParent: '', logDriver: '', annotations: [], buildContext: '', buildDockerfile: '', buildHostNetwork: false, buildFolders: [], buildSecrets: [], buildAgents: [], hooks: [],
};

/**
 * Judges every call on its final form, just before it is sent. The rules: only endpoints Berth uses; changes only on
 * behalf of a trusted project; only fields that have a rule; only risky facts the user agreed to; and only things
 * that belong to the project (decisions in docs/adr/0002).
 */
export class Authorizer {
  /** Labels never change, so an id is looked up once. */
  private readonly owners = new Map<string, { readonly project: string; readonly workingDir: string }>();
  private readonly createdHere = new Set<string>();
  private readonly execs = new Set<string>();
  /** Ids of images that have the volume program and nothing else, and of containers of it. */
  private readonly volumeImages = new Set<string>();
  private readonly volumeRuns = new Set<string>();
  private readonly volumeSockets = new Set<string>();
  private readonly packFolders = new Set<string>();

  constructor(private readonly world: AuthorizerWorld) {}

  /** Rejects with `policy-refused` or `trust-required`; resolves with the call to send, host paths resolved and ids exact. */
  async authorize(call: EngineCall, authorization: Authorization | null, cleanUp: CleanUpAllowance | null = null): Promise<EngineCall> {
    const endpoint = endpointOf(call.method, call.path);
    if (endpoint === null) throw refuse(`Berth does not use ${call.method} ${call.path} of the Docker engine.`);
    if (endpoint.effect === 'read') return call;
    if (cleanUp !== null) {
      await judgeCleanUp(call, endpoint, cleanUp, async (name) => textOf(fieldOf(await this.world.read(`/images/${name}/json`), 'Id')));
      return call;
    }
    if (authorization === null) throw refuse(`Berth may not ${call.doing} without a project to do it for.`);
    if (authorization.trustedFactKeys === null) {
      throw new AppError('trust-required', 'This project is not trusted yet, so nothing of it is built, run or changed.', { hint: 'Trust it once, in the window or with `berth projects trust .`.', details: { facts: [] } });
    }
    if (isVolumeImport(call)) return call;
    const isUpdate = endpoint.effect === 'change-container' && call.path.endsWith('/update');
    const refused = refusedParameter(endpoint.effect, call.query) ?? (isUpdate ? null : refusedField(endpoint.effect, call.body));
    if (refused !== null) throw refuseField(refused, call.doing);
    return this.judge(call, endpoint, authorization, authorization.trustedFactKeys);
  }

  /** Remembers what this door made: it belongs to the project even before anybody can look it up. */
  noteContainer(id: string): void {
    this.createdHere.add(id);
  }

  noteExec(id: string): void {
    this.execs.add(id);
  }

  noteVolumeImage(id: string): void {
    this.volumeImages.add(id);
  }

  noteVolumeRun(id: string): void {
    this.volumeRuns.add(id);
  }

  noteVolumeSocket(path: string): void {
    this.volumeSockets.add(path);
  }

  notePackFolder(path: string): void {
    this.packFolders.add(path);
  }

  private async judge(call: EngineCall, endpoint: Endpoint, authorization: Authorization, trusted: readonly string[]): Promise<EngineCall> {
    switch (endpoint.effect) {
      case 'create-container':
        return this.judgeCreate(call, authorization, trusted);
      case 'change-container': {
        if (call.path.endsWith('/update') && !updateAllowed(call.body)) throw refuse('Berth changes nothing but the restart policy of a container.');
        return withContainer(call, await this.ownContainer(endpoint.subject, call.doing, authorization));
      }
      case 'pause-container':
        return withContainer(call, await this.holdable(endpoint.subject, call.doing, authorization));
      case 'attach-container':
        if (!this.volumeRuns.has(endpoint.subject)) throw refuse('Berth attaches only to its own volume program.');
        return withContainer(call, await this.ownContainer(endpoint.subject, call.doing, authorization));
      case 'create-exec':
        return withContainer(call, await this.ownContainer(endpoint.subject, call.doing, authorization));
      case 'start-exec':
        if (!this.execs.has(endpoint.subject)) throw refuse('Berth starts only commands it prepared itself.');
        return call;
      case 'resize-exec':
        if (!this.execs.has(endpoint.subject)) throw refuse('Berth gives a size only to terminals it opened itself.');
        return call;
      case 'create-network': {
        this.checkProjectLabel(call, authorization);
        const key = textMapOf(fieldOf(call.body, 'Labels'))[COMPOSE_LABELS.network] ?? textOf(fieldOf(call.body, 'Name'));
        this.checkFacts(factsOfSurface({ ...EMPTY_SURFACE, networkDrivers: [{ key, driver: textOf(fieldOf(call.body, 'Driver')), options: textMapOf(fieldOf(call.body, 'Options')) }] }, authorization.projectDir), trusted);
        return call;
      }
      case 'remove-network':
        await this.ownByLabel(`/networks/${endpoint.subject}`, 'network', call.doing, authorization);
        return call;
      case 'join-network':
        return { ...call, body: { ...(call.body as object), Container: await this.ownContainer(textOf(fieldOf(call.body, 'Container')), call.doing, authorization) } };
      case 'create-volume':
        return this.judgeVolume(call, authorization, trusted);
      case 'remove-volume':
        await this.ownByLabel(`/volumes/${endpoint.subject}`, 'volume', call.doing, authorization);
        return call;
      case 'untag':
        if (/^(?:sha256:)?[0-9a-f]{12,64}$/.test(endpoint.subject)) throw refuse('Berth removes images by name only, never by id.');
        if (call.query?.['force'] === true) throw refuse('Berth never removes an image by force.');
        await this.checkOwnImage(endpoint.subject, authorization);
        return call;
      case 'prune-build-cache':
        throw refuse('Berth removes build cache only in a clean-up, by exact ids.');
      default:
        return call;
    }
  }

  /** What a build reads and where it runs; called by the build before its context is packed. */
  async checkBuild(request: Pick<BuildRequest, 'contextDir' | 'dockerfile' | 'dockerfileInline' | 'network' | 'labels' | 'secrets' | 'ssh' | 'contexts'>, authorization: Authorization): Promise<void> {
    const { contextDir, network, labels } = request;
    const buildDockerfile = dockerfilePath({ context: contextDir, dockerfile: request.dockerfile, dockerfile_inline: request.dockerfileInline });
    const buildFolders = (request.contexts ?? []).flatMap((context) => (context.from === 'folder' ? [context.dir] : []));
    const buildSecrets = (request.secrets ?? []).map((secret) => ({ id: secret.id, from: secret.from, place: secret.from === 'file' ? secret.path : secret.variable }));
    const buildAgents = (request.ssh ?? []).map(({ id, socket }) => ({ id, socket: socket ?? '' }));
    const surface = { ...EMPTY_SURFACE, service: labels[COMPOSE_LABELS.service] ?? '', buildContext: contextDir, buildDockerfile, buildHostNetwork: network === 'host', buildFolders, buildSecrets, buildAgents };
    const files = [...buildSecrets.flatMap((secret) => (secret.from === 'file' ? [secret.place] : [])), ...buildAgents.map(({ socket }) => socket)];
    const real = await this.resolveAll([contextDir, buildDockerfile, ...buildFolders, ...files].filter((path) => isAbsolute(path)));
    this.checkFacts(factsOfSurface(surface, authorization.projectDir, (path) => real.get(path) ?? path), authorization.trustedFactKeys ?? []);
  }

  /** A bind of a container that exists: rejects with `trust-required` when its source by now leads where nobody agreed to. */
  checkBind(service: string, bind: { readonly path: string; readonly real: string; readonly readOnly: boolean }, authorization: Authorization): void {
    const facts = factsOfSurface({ ...EMPTY_SURFACE, service, binds: [bind] }, authorization.projectDir, () => bind.real);
    this.checkFacts(facts, authorization.trustedFactKeys ?? []);
  }

  private async judgeCreate(call: EngineCall, authorization: Authorization, trusted: readonly string[]): Promise<EngineCall> {
    if (claimsVolumeRun(call.body)) return judgeVolumeRun(call, authorization, { read: (path) => this.world.read(path), realPath: async (path) => (this.world.local() ? resolvedPath(path) : path), isVolumeImage: (id) => this.volumeImages.has(id), isVolumeSocket: (path) => this.volumeSockets.has(path), isPackFolder: (path) => this.packFolders.has(path) });
    this.checkProjectLabel(call, authorization);
    const workingDir = textMapOf(fieldOf(call.body, 'Labels'))[COMPOSE_LABELS.workingDir];
    if (workingDir !== undefined && !(await this.beneath(workingDir, authorization.projectDir))) throw refuse(`Berth does not create containers in the name of ${workingDir}.`);
    const real = await this.resolveAll(hostPathsOf(call.body));
    const realPathOf = (path: string) => real.get(path) ?? path;
    const foreign = await this.foreignContainers(joinedContainersOf(call.body), authorization);
    const foreignVolumes = await this.foreignVolumes(namedVolumesOf(call.body), authorization);
    const facts = riskyFactsOfPayload(call.body, authorization.projectDir, { realPathOf, foreignContainer: (reference) => foreign.get(reference), foreignVolume: (name) => foreignVolumes.has(name) });
    this.checkFacts(facts, trusted);
    // The resolved path is what is passed on: a link that is swapped after this look leads nowhere new.
    return { ...call, body: withHostPaths(call.body, realPathOf) };
  }

  private async judgeVolume(call: EngineCall, authorization: Authorization, trusted: readonly string[]): Promise<EngineCall> {
    this.checkProjectLabel(call, authorization);
    const options = textMapOf(fieldOf(call.body, 'DriverOpts'));
    const key = textMapOf(fieldOf(call.body, 'Labels'))[COMPOSE_LABELS.volume] ?? textOf(fieldOf(call.body, 'Name'));
    const device = options['device'] ?? '';
    const real = await this.resolveAll(isAbsolute(device) ? [device] : []);
    const surface = { ...EMPTY_SURFACE, volumes: [{ key, driver: textOf(fieldOf(call.body, 'Driver')), options }] };
    this.checkFacts(factsOfSurface(surface, authorization.projectDir, (path) => real.get(path) ?? path), trusted);
    // A disk is named as the file names it: what its name leads to changes with the next start of this computer.
    const resolved = /(?:^|,)r?bind(?:,|$)/.test(options['o'] ?? '') ? real.get(device) : undefined;
    return resolved === undefined ? call : { ...call, body: { ...(call.body as object), DriverOpts: { ...options, device: resolved } } };
  }

  private checkFacts(facts: readonly RiskyFact[], trusted: readonly string[]): void {
    const fresh = facts.filter((fact) => !trusted.includes(fact.key));
    if (fresh.length === 0) return;
    throw new AppError('trust-required', `This needs your agreement first: ${fresh.map((fact) => fact.text).join(' ')}`, {
      hint: fresh.some((fact) => fact.key.startsWith('foreign-volume:'))
        ? 'If that is right, mark the volume as `external: true` in the compose file and trust the project again.'
        : 'Look at what it asks for and trust the project again if that is right.',
      details: { facts: fresh.map((fact) => ({ ...fact })) },
    });
  }

  private checkProjectLabel(call: EngineCall, authorization: Authorization): void {
    const labels = textMapOf(fieldOf(call.body, 'Labels'));
    const named = labels[COMPOSE_LABELS.project] ?? labels['dev.berth.project'];
    if (named !== authorization.projectName) throw refuse(`Berth creates things only under the name of the project ${authorization.projectName}.`);
  }

  private async resolveAll(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (!this.world.local()) return new Map();
    return new Map(await Promise.all(paths.map(async (path) => [path, await resolvedPath(path)] as const)));
  }

  private async beneath(dir: string, projectDir: string): Promise<boolean> {
    if (isInside(dir, projectDir)) return true;
    return this.world.local() && isInside(await resolvedPath(dir), await resolvedPath(projectDir));
  }

  private async foreignContainers(references: readonly string[], authorization: Authorization): Promise<ReadonlyMap<string, string>> {
    const foreign = new Map<string, string>();
    for (const reference of references) {
      const found = await this.lookUp(reference);
      if (!(await this.owns(found, authorization))) foreign.set(reference, found.name || reference);
    }
    return foreign;
  }

  /** Those that carry another project's name. A volume without one was made by hand or is not there yet. */
  private async foreignVolumes(names: readonly string[], authorization: Authorization): Promise<ReadonlySet<string>> {
    const foreign = new Set<string>();
    for (const name of new Set(names.filter((one) => /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(one)))) {
      const labels = await this.world.read(`/volumes/${name}`).then(
        (body) => textMapOf(fieldOf(body, 'Labels')),
        (error: unknown) => {
          if (error instanceof AppError && error.code === 'not-found') return textMapOf({});
          throw error;
        },
      );
      const project = labels[COMPOSE_LABELS.project] ?? labels['dev.berth.project'];
      if (project !== undefined && project !== authorization.projectName) foreign.add(name);
    }
    return foreign;
  }

  private async lookUp(reference: string) {
    const cached = this.owners.get(reference);
    if (cached !== undefined) return { id: reference, name: '', ...cached };
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(reference)) throw new AppError('not-found', `There is no container "${reference}".`);
    const body = await this.world.read(`/containers/${reference}/json`);
    const labels = textMapOf(fieldOf(body, 'Config', 'Labels'));
    const owner = { project: labels[COMPOSE_LABELS.project] ?? labels['dev.berth.project'] ?? '', workingDir: labels[COMPOSE_LABELS.workingDir] ?? '' };
    const id = textOf(fieldOf(body, 'Id'));
    this.owners.set(id, owner);
    return { id, name: textOf(fieldOf(body, 'Name')).replace(/^\//, ''), ...owner };
  }

  private async owns(container: { readonly id: string; readonly project: string; readonly workingDir: string }, authorization: Authorization): Promise<boolean> {
    if (container.project !== authorization.projectName) return false;
    if (container.workingDir === '') return this.createdHere.has(container.id);
    return this.beneath(container.workingDir, authorization.projectDir);
  }

  /** The full id of a container of this project; `policy-refused` for anybody else's. */
  private async ownContainer(reference: string, doing: string, authorization: Authorization): Promise<string> {
    const found = await this.lookUp(reference);
    if (await this.owns(found, authorization)) return found.id;
    throw refuse(`Berth does not ${doing}: the container does not belong to the project ${authorization.projectName} in ${authorization.projectDir}.`);
  }

  /** To be held while a volume is read: a container of this project, or one of others that writes to a volume of this project. */
  private async holdable(reference: string, doing: string, authorization: Authorization): Promise<string> {
    const found = await this.lookUp(reference);
    if (await this.owns(found, authorization)) return found.id;
    const mounts = listOf(fieldOf(await this.world.read(`/containers/${found.id}/json`), 'Mounts'));
    const written = mounts.filter((mount) => textOf(fieldOf(mount, 'Type')) === 'volume' && fieldOf(mount, 'RW') === true).map((mount) => textOf(fieldOf(mount, 'Name')));
    for (const volume of written) if (await this.usesVolume(volume, authorization)) return found.id;
    throw refuse(`Berth does not ${doing}: the container does not belong to the project ${authorization.projectName}, and writes to no volume of it.`);
  }

  /** By its label, or because a container of this project has it mounted. */
  private async usesVolume(volume: string, authorization: Authorization): Promise<boolean> {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(volume)) return false;
    if (textMapOf(fieldOf(await this.world.read(`/volumes/${volume}`), 'Labels'))[COMPOSE_LABELS.project] === authorization.projectName) return true;
    const filters = JSON.stringify({ volume: [volume], label: [`${COMPOSE_LABELS.project}=${authorization.projectName}`] });
    for (const row of listOf(await this.world.read('/containers/json', { all: true, filters }))) {
      // The engine's filter takes a part of a name for the name.
      const exact = listOf(fieldOf(row, 'Mounts')).some((mount) => textOf(fieldOf(mount, 'Name')) === volume);
      if (exact && (await this.owns(await this.lookUp(textOf(fieldOf(row, 'Id'))), authorization))) return true;
    }
    return false;
  }

  /** An image is the project's by the label it was built with, or by its name. */
  private async checkOwnImage(reference: string, authorization: Authorization): Promise<void> {
    if (reference.startsWith(`${authorization.projectName}-`) || reference.startsWith(`${authorization.projectName}_`)) return;
    const labels = textMapOf(fieldOf(await this.world.read(`/images/${reference}/json`), 'Config', 'Labels'));
    const project = labels[COMPOSE_LABELS.project] ?? labels['dev.berth.project'];
    if (project !== authorization.projectName) throw refuse(`Berth does not remove the image ${reference}: it was not built for the project ${authorization.projectName}.`);
  }

  private async ownByLabel(path: string, noun: string, doing: string, authorization: Authorization): Promise<void> {
    const labels = textMapOf(fieldOf(await this.world.read(path), 'Labels'));
    const project = labels[COMPOSE_LABELS.project] ?? labels['dev.berth.project'];
    if (project !== authorization.projectName) throw refuse(`Berth does not ${doing}: the ${noun} does not belong to the project ${authorization.projectName}.`);
  }
}
