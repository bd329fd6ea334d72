import type { ComposeService, HashDialect } from '@shared/domain/compose/model';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { containerPayload, networkPayload, volumePayload, type ContainerMaking } from '@shared/domain/modes/container-payload';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import { hashedForm, hashesContainers, namespaceParents, resolveParents, sharedContainer } from '@shared/domain/modes/dependency-order';
import { isAlive } from '@shared/domain/modes/active-mode';
import { inlineFiles } from '@shared/domain/modes/file-objects';
import { BERTH_LABEL, imageReferences } from '@shared/domain/modes/naming';
import { pullAfterMs } from '@shared/domain/modes/pull-policy';
import { withProfiles } from '@shared/domain/modes/security-profiles';
import type { ImageStep } from '@shared/domain/modes/plan-images';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import { buildRequest } from './build-request';
import { imageWaves, PulledBytes, stepText } from './image-waves';
import { tarOf } from './inline-tar';
import { readProfiles } from './security-profiles';
import { makesContainer } from './switch-record';
import { definitionOf, placeOfRefusal, type SwitchRun } from './switch-stage';

const CREATES_AT_ONCE = 6;

/** Ids of new containers by step (see stepKey). */
export type Created = ReadonlyMap<string, string>;

/** Names one container of one service. */
export function stepKey(step: Pick<ContainerStep, 'service' | 'number'>): string {
  return `${step.service}/${String(step.number)}`;
}

/** Builds, pulls and tags what is missing, while everything old still serves. Resolves with the id each service runs from. */
export async function prepareImages(run: SwitchRun): Promise<{ readonly ids: { readonly [service: string]: string }; readonly observed: ObservedProject }> {
  const { deps, context, planned } = run;
  const { compose } = planned.input;
  const pulled = new PulledBytes(context);
  for (const wave of imageWaves(run)) await inParallel(wave, deps.imagesAtOnce(), (step) => prepareImage(run, step, pulled));
  const observed = await deps.engine.observe(compose.model.name, imageReferences(compose.model, planned.input.modes.map((one) => one.name)));
  const ids: { [service: string]: string } = {};
  for (const step of planned.decision.images) {
    const id = observed.images[step.reference]?.id ?? step.id;
    if (id !== null) ids[step.service] = id;
    else if (planned.decision.steps.some((one) => one.service === step.service && makesContainer(one))) {
      throw new AppError('pull-failed', `The image ${step.reference} of ${step.service} is not there.`, { service: step.service, hint: 'Pull or build it, then switch again.' });
    }
  }
  context.progress({ message: 'Images are ready', bytes: undefined });
  return { ids, observed };
}

async function prepareImage(run: SwitchRun, step: ImageStep, pulled: PulledBytes): Promise<void> {
  const { deps, context, planned } = run;
  if (step.kind === 'build') {
    run.status(step.service, 'building');
    run.say(`Building ${step.service}`);
    const rebuild = planned.input.rebuild?.services.has(step.service) === true ? planned.input.rebuild : undefined;
    const request = buildRequest(planned.input.compose, step, rebuild);
    const previous = rebuild === undefined ? {} : { previous: await idsOfTags(deps.engine, request.tags) };
    await naming(run, step.service, () =>
      context.effect('image.build', { service: step.service, reference: step.reference, fingerprint: step.fingerprint, ...previous }, async () => {
        const { imageId } = await deps.engine.build(request, (line) => context.log(line, step.service), context.signal, (progress) => run.detail(step.service, 'Building', stepText(progress)));
        return { imageId };
      }),
      'build',
    );
  } else if (step.kind === 'pull') {
    run.status(step.service, 'building');
    run.say(`Pulling ${step.reference}`);
    await naming(run, step.service, () =>
      context.effect('image.pull', { service: step.service, reference: step.reference }, async () => {
        await deps.engine.pull(step.reference, definitionOf(run, step.service).platform, (line) => context.log(line, step.service), context.signal, (bytes) => pulled.note(step.reference, bytes));
        // Its age is counted from its last naming, here and by docker compose; fetching it again alone does not change that.
        if (pullAfterMs(definitionOf(run, step.service).pull_policy) !== undefined && !step.reference.includes('@')) await deps.engine.tagImage(step.reference, step.reference);
        return null;
      }),
      'image',
    );
  } else if (step.kind === 'tag' && step.id !== null) {
    const id = step.id;
    await context.effect('image.tag', { reference: step.reference, to: id }, async () => (await deps.engine.tagImage(id, step.reference), null));
  }
  run.status(step.service, 'waiting');
}

/** What the names of a build mean before it: a rebuild that is taken back gives them back. */
async function idsOfTags(engine: Engine, tags: readonly string[]): Promise<{ readonly [reference: string]: string | null }> {
  return Object.fromEntries(await Promise.all(tags.map(async (tag) => [tag, (await engine.inspectImage(tag))?.id ?? null] as const)));
}

/** Creates missing networks and volumes, then every new container under its temporary name. Nothing is started. */
export async function createObjects(run: SwitchRun): Promise<Created> {
  const { deps, context, planned } = run;
  const { compose } = planned.input;
  const { networks, volumes } = planned.decision;
  const dialect = deps.dialect;
  const networkIds = new Map(planned.input.observed.networks.map((one) => [one.name, one.id]));
  await Promise.all([
    ...networks.created.map(async (one) => {
      const payload = networkPayload(compose, one.key, context.operationId, dialect);
      const { id } = await context.effect('network.create', { name: one.name }, async () => ({ id: await deps.engine.createNetwork(one.name, payload) }));
      networkIds.set(one.name, id);
    }),
    ...volumes.created.map((one) => context.effect('volume.create', { name: one.name }, async () => (await deps.engine.createVolume(one.name, volumePayload(compose, one.key, context.operationId, dialect)), null))),
  ]);

  await removeLeftovers(run);
  const info = await deps.engine.info();
  const created = new Map<string, string>();
  const replaced = new Set(networks.replaced.map((one) => one.name));
  let waiting = planned.decision.steps.filter(makesContainer);
  while (waiting.length > 0) {
    // A container that shares another's namespace names it by id, so that one is created first.
    const open = new Set(waiting.map((one) => one.service));
    const ready = waiting.filter((one) => namespaceParents(definitionOf(run, one.service)).every((parent) => !open.has(parent.service) || parent.service === one.service));
    const now = ready.length === 0 ? waiting : ready;
    await inParallel(now, CREATES_AT_ONCE, async (step) => {
      run.status(step.service, 'creating');
      created.set(stepKey(step), await createContainer(run, step, created, { allNetworksAtOnce: apiAtLeast(info.apiVersion, 1, 44), networkIds, replaced }));
      run.status(step.service, 'waiting');
    });
    waiting = waiting.filter((one) => !now.includes(one));
  }
  return created;
}

/** What an earlier switch left under a name that is needed now, because even its way back failed: only what carries its label and does not run. */
async function removeLeftovers({ deps, context, planned }: SwitchRun): Promise<void> {
  const needed = new Map(planned.decision.steps.filter(makesContainer).map((step) => [step.createName, step.old?.id]));
  for (const one of planned.input.observed.containers) {
    const madeBy = one.labels[BERTH_LABEL.transaction] ?? '';
    if (!needed.has(one.name) || needed.get(one.name) === one.id || madeBy === '' || madeBy === context.operationId || isAlive(one)) continue;
    await context.effect('container.remove', { id: one.id, name: one.name }, async () => (await deps.engine.removeContainer(one.id, { force: false, anonymousVolumes: false }), null));
  }
}

async function createContainer(run: SwitchRun, step: ContainerStep, created: Created, engine: { readonly allNetworksAtOnce: boolean; readonly networkIds: ReadonlyMap<string, string>; readonly replaced: ReadonlySet<string> }): Promise<string> {
  const { deps, context, planned } = run;
  const making = makingOf(run, step, created, engine.allNetworksAtOnce);
  const payload = withProfiles(making.payload, await readProfiles(planned.input.compose, step.service));
  const { id } = await naming(run, step.service, () =>
    context.effect('container.create', { service: step.service, name: step.createName, finalName: step.finalName, replaces: step.old?.id ?? null, payload: withoutValues(making.payload) }, async () => {
      const made = await deps.engine.createContainer(step.createName, payload);
      for (const warning of made.warnings) context.log(warning, step.service);
      return { id: made.id };
    }),
  );
  for (const { network, endpoint } of making.connect) {
    if (engine.replaced.has(network)) continue;
    await context.effect('network.connect', { network, container: id }, async () => (await deps.engine.connectNetwork(engine.networkIds.get(network) ?? network, id, endpoint), null));
  }
  const files = inlineFiles(planned.input.compose, step.service);
  if (files.length > 0) {
    const tar = tarOf(files, Math.floor(deps.clock.now() / 1000));
    await context.effect('container.copy', { container: id, files: files.map((one) => one.path) }, async () => (await deps.engine.putArchive(id, '/', tar), null));
  }
  return id;
}

/** The payload of a step; the same function serves what is connected only at the cutover. */
export function makingOf(run: SwitchRun, step: ContainerStep, created: Created, allNetworksAtOnce: boolean): ContainerMaking {
  const { planned, deps, context } = run;
  const { compose, observed } = planned.input;
  const image = planned.decision.images.find((one) => one.service === step.service);
  const definition = resolveParents(definitionOf(run, step.service), (parent) => {
    const becoming = planned.decision.steps.filter((one) => one.action !== 'remove').map((one) => ({ id: created.get(stepKey(one)) ?? one.old?.id, name: one.finalName, service: one.service, oneOff: false }));
    return (sharedContainer(becoming, parent) ?? sharedContainer(observed.containers, parent))?.id;
  });
  return containerPayload(
    {
      compose,
      service: step.service,
      definition,
      configHash: configHash(run, step.service, definition, deps.dialect),
      number: step.number,
      imageReference: image?.reference ?? '',
      imageId: image?.id ?? '',
      inherited: step.inherited,
      replaces: step.old?.name,
      mode: planned.input.mode,
      transaction: context.operationId,
      allNetworksAtOnce,
      host: planned.input.host,
    },
    deps.dialect,
  );
}

function configHash(run: SwitchRun, service: string, resolved: ComposeService, dialect: HashDialect): string {
  const { compose, hashService } = run.planned.input;
  if (hashService !== undefined && hashesContainers(definitionOf(run, service))) return hashService(hashedForm(resolved), dialect);
  return compose.hashes[service]?.[dialect] ?? '';
}

/** The journal is kept: values of environment variables are not written into it. */
function withoutValues(payload: JsonObject): JsonObject {
  const env = payload['Env'];
  const names = Array.isArray(env) ? env.map((one: Json) => (typeof one === 'string' ? `${one.split('=')[0] ?? ''}=•••` : one)) : null;
  return { ...payload, Env: names };
}

/** Adds the service's name, and where its file says what is refused, to what the engine reports. */
async function naming<R>(run: SwitchRun, service: string, act: () => Promise<R>, key?: 'build' | 'image'): Promise<R> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof AppError) || error.service !== undefined || error.code === 'cancelled') throw error;
    const said = error.message.replace(/^Docker could not create \S+: /, `Docker could not create ${service}: `);
    const message = said.includes(service) ? said : `${service}: ${said}`;
    throw new AppError(error.code, message, { hint: error.hint, where: error.where ?? placeOfRefusal(run, service, error, key), service, details: error.details, cause: error });
  }
}

export function apiAtLeast(version: string, major: number, minor: number): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
