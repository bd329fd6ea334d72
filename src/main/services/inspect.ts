import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedContainer, ObservedImage } from '@shared/domain/engine/observed';
import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { canonicalImage, modeImage } from '@shared/domain/modes/naming';
import { containerDetail, environmentOf, healthDetail, limitsDetail, networkDetails } from '@shared/domain/services/container-detail';
import { environmentEntries, type EnvironmentEntry } from '@shared/domain/services/environment-sources';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import type { GraphDependencies } from './graph';
import { unknownService } from './log-sources';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

type Detail = OutputOf<'services.inspect'>;

/** What telling everything about a service needs from outside. */
export interface InspectDependencies extends Pick<GraphDependencies, 'projects' | 'volumeSizes'> {
  readonly engine: Pick<ServicesDependencies['engine'], 'inspectRaw' | 'inspectImage'>;
  /** Takes secrets out of a value, as the log does; the name tells too. */
  readonly mask: (name: string, value: string) => string;
}

interface Seen {
  readonly status: Detail['service'];
  readonly mode: string | null;
  readonly compose: LoadedCompose | null;
  /** Whole inspects, the first running one first. Hold values of variables. */
  readonly bodies: readonly JsonObject[];
  readonly image: ObservedImage | null;
  readonly reference: string;
}

/** Binds `services.inspect` and `services.variable`. */
export function inspectHandlers(deps: InspectDependencies, service: ServicesService): Pick<Handlers, 'services.inspect' | 'services.variable'> {
  return {
    'services.inspect': async (input) => detailOf(deps, input.service, await look(deps, service, input)),
    'services.variable': async (input) => {
      const project = await deps.projects.resolve(input.project);
      if (!project.trusted) throw new AppError('trust-required', `${project.name} is not trusted yet, so its secrets stay masked.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      const entry = entriesOf(input.service, await look(deps, service, input)).find((one) => one.name === input.name);
      if (entry === undefined) throw new AppError('not-found', `${input.service} has no variable called ${input.name}.`);
      return { name: entry.name, value: entry.value };
    },
  };
}

async function look(deps: InspectDependencies, service: ServicesService, input: ParsedInputOf<'services.inspect'>): Promise<Seen> {
  const project = await deps.projects.resolve(input.project);
  const [{ services, containers }, loaded] = await Promise.all([service.observe(project), deps.projects.loadModes(project.id)]);
  const status = services.services.find((one) => one.name === input.service);
  if (status === undefined) throw unknownService(project.name, input.service, services.services.map((one) => one.name));
  const modes = [status.mode, services.mode, ...project.modes.map((one) => one.name)];
  const mode = modes.find((one) => one !== null && loaded[one]?.model.services[input.service] !== undefined) ?? null;
  const compose = mode === null ? null : (loaded[mode] ?? null);
  const own = containers.filter((one) => one.service === input.service && !one.oneOff && isOfFolder(project.dir, one)).sort((a, b) => Number(isAlive(b)) - Number(isAlive(a)) || a.number - b.number);
  const bodies = (await Promise.all(own.map((one) => inspected(deps, one)))).filter((one) => one !== null);
  const reference = own[0]?.imageRef ?? status.image;
  return { status, mode, compose, bodies, reference, image: await imageOf(deps, own[0], compose, mode, input.service) };
}

/** One that went away meanwhile was never there. */
async function inspected({ engine }: InspectDependencies, container: ObservedContainer): Promise<JsonObject | null> {
  try {
    return await engine.inspectRaw(container.id);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not-found') return null;
    throw error;
  }
}

/** The image its container was made from, else the one it would be made from. */
async function imageOf({ engine }: InspectDependencies, container: ObservedContainer | undefined, compose: LoadedCompose | null, mode: string | null, service: string): Promise<ObservedImage | null> {
  if (container !== undefined) return engine.inspectImage(container.imageId);
  const definition = compose?.model.services[service];
  if (compose === null || mode === null || definition === undefined) return null;
  const built = definition.build === undefined ? null : await engine.inspectImage(modeImage(compose.model.name, service, mode));
  return built ?? engine.inspectImage(canonicalImage(compose.model.name, service, definition));
}

function entriesOf(service: string, { compose, bodies, image }: Seen): readonly EnvironmentEntry[] {
  return environmentEntries({ service, compose, container: bodies[0] === undefined ? null : environmentOf(bodies[0]), image: image?.environment ?? [] });
}

async function detailOf(deps: InspectDependencies, service: string, seen: Seen): Promise<Detail> {
  const { status, mode, bodies } = seen;
  const first = bodies[0];
  const { sizes } = await deps.volumeSizes(0);
  const text = (value: string): string => deps.mask('', value);
  const texts = (values: readonly string[]): string[] => values.map(text);
  return {
    service: status,
    mode,
    containers: bodies.map((body) => {
      const one = containerDetail(body);
      return { ...one, error: text(one.error), command: texts(one.command) };
    }),
    health: healthOf(bodies, text),
    mounts: status.mounts.map((mount) => ({ ...mount, sizeBytes: mount.type === 'volume' ? (sizes?.get(mount.source) ?? null) : null })),
    environment: entriesOf(service, seen).map((entry) => maskedEntry(deps, entry)),
    ...madeFrom(service, seen),
    limits: first === undefined ? null : limitsDetail(first),
    networks: bodies.flatMap((body) => networkDetails(body)).map((one) => ({ ...one, aliases: [...one.aliases] })),
  };
}

/** The health of the container that has the most to say: one whose check fails. */
function healthOf(bodies: readonly JsonObject[], text: (value: string) => string): Detail['health'] {
  const all = bodies.flatMap((body) => {
    const health = healthDetail(body);
    return health === null ? [] : [{ container: containerDetail(body).name, health }];
  });
  const chosen = all.sort((a, b) => b.health.failingStreak - a.health.failingStreak)[0];
  if (chosen === undefined) return null;
  const { check, failingStreak, probes } = chosen.health;
  return { container: chosen.container, check: check.map(text), failingStreak, probes: probes.map((one) => ({ ...one, output: text(one.output) })) };
}

function maskedEntry({ mask }: InspectDependencies, { name, value, where, ...entry }: EnvironmentEntry): Detail['environment'][number] {
  const shown = mask(name, value);
  return { name, value: shown, masked: shown !== value, ...entry, through: [...entry.through], shadowed: entry.shadowed.map((one) => ({ source: one.source, value: mask(name, one.value) })), ...(where === undefined ? {} : { where }) };
}

function madeFrom(service: string, { image, reference, compose }: Seen): Pick<Detail, 'image' | 'build'> {
  const build = compose?.model.services[service]?.build;
  const where = compose?.locate(['services', service, 'build']);
  return {
    image: image === null ? null : { reference, id: image.id, createdAt: image.createdAt ?? null, sizeBytes: image.sizeBytes ?? null, digests: [...(image.digests ?? [])], platform: [image.os, image.architecture].filter((one) => one !== '').join('/') },
    build: build === undefined ? null : { context: build.context ?? '', dockerfile: build.dockerfile_inline === undefined ? (build.dockerfile ?? 'Dockerfile') : '', target: build.target ?? null, args: Object.keys(build.args ?? {}).sort(), ...(where === undefined ? {} : { where }) },
  };
}
