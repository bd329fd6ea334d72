import { canonicalImage } from '@shared/domain/modes/naming';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import { inParallel } from '@shared/kernel/in-parallel';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { PulledBytes } from './image-waves';
import { modeOfServices } from './mode-of-services';
import type { ModesService } from './service';
import type { ModesDependencies } from './types';

/** An image that is to be fetched, and for whom. */
interface Wanted {
  readonly reference: string;
  readonly platform: string | undefined;
  readonly services: readonly string[];
}

/** The operation `services.pull`: images are fetched anew, no container is touched. */
export function pullOperation(deps: ModesDependencies, service: ModesService): OperationKind {
  return {
    kind: 'services.pull',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const { trustedFactKeys } = await deps.projects.authorization(project.id);
      if (trustedFactKeys === null) throw new AppError('trust-required', `${project.name} is not trusted yet, so nothing of it is fetched.`, { hint: 'Look at what it asks for, then trust it: `berth projects trust .`' });
      const named = namesOf(input);
      const mode = await modeOfServices(deps, service, project, { wanted: typeof input['mode'] === 'string' ? input['mode'] : null, named: [], done: 'pulled' });
      await wantedOf(deps, project.id, mode, named);
      return { project: project.id, name: project.name, mode, services: [...named] };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Pull the images of ${namesOf(input).length === 0 ? String(input['name']) : namesOf(input).join(', ')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) => run(deps, context, input),
    // An image that is there does nobody any harm: containers keep the one they were made from.
    rollback: () => Promise.resolve(),
    finish: (context) => Promise.resolve({ operationId: context.operationId, services: [], images: {}, newer: [] }),
  };
}

async function run(deps: ModesDependencies, context: OperationContext, input: JsonObject): Promise<Json> {
  const { project, compose } = await deps.projects.loadMode(textOf(input, 'project'), textOf(input, 'mode'));
  const engine = deps.engine.as(await deps.projects.authorization(project.id));
  const wanted = await wantedOf(deps, project.id, textOf(input, 'mode'), namesOf(input));
  const status = (services: readonly string[], word: string): void => context.progress({ services: Object.fromEntries(services.map((one) => [one, word])) });
  context.progress({ step: 0, of: wanted.length, message: 'Pulling', services: Object.fromEntries(wanted.flatMap((one) => one.services.map((name) => [name, 'waiting']))) });
  let step = 0;
  const pulled = new PulledBytes(context);
  const images: { [service: string]: string } = {};
  await inParallel(wanted, deps.imagesAtOnce(), async ({ reference, platform, services }) => {
    status(services, 'building');
    const { id } = await context.effect('image.pull', { service: services[0] ?? '', reference }, async () => {
      await engine.pull(reference, platform, (line) => context.log(line, services[0]), context.signal, (bytes) => pulled.note(reference, bytes));
      return { id: (await engine.inspectImage(reference))?.id ?? '' };
    });
    for (const name of services) images[name] = id;
    context.progress({ step: (step += 1), message: `Pulled ${reference}` });
    status(services, 'done');
  });
  const { containers } = await engine.observe(compose.model.name, []);
  const newer = Object.entries(images).filter(([name, id]) => containers.some((one) => one.service === name && !one.oneOff && one.imageId !== id)).map(([name]) => name);
  await context.commit();
  return { operationId: context.operationId, services: Object.keys(images).sort(), images, newer: newer.sort() };
}

/** Each image once. As docker compose: what is built, and what may not be pulled, is left out, unless it was named. */
async function wantedOf(deps: ModesDependencies, projectId: string, mode: string, named: readonly string[]): Promise<readonly Wanted[]> {
  const { model } = (await deps.projects.loadMode(projectId, mode)).compose;
  const known = Object.keys(model.services);
  const unknown = named.find((one) => !known.includes(one));
  if (unknown !== undefined) throw new AppError('service-not-found', `${model.name} has no service called ${unknown} in ${mode}.`, { service: unknown, hint: `Its services are ${known.sort().join(', ')}.` });
  const built = named.find((one) => model.services[one]?.build !== undefined);
  if (built !== undefined) throw new AppError('input-invalid', `${built} is built here, so there is nothing to pull for it.`, { service: built, hint: `Build it with newer base images instead: \`berth services rebuild ${built} --pull\`.` });
  const never = named.find((one) => NEVER.has(model.services[one]?.pull_policy ?? ''));
  if (never !== undefined) throw new AppError('input-invalid', `${never} has the pull policy ${model.services[never]?.pull_policy ?? ''}, so its image is not pulled.`, { service: never, hint: 'Change `pull_policy` in the compose file.' });
  const byImage = new Map<string, Wanted>();
  for (const name of named.length === 0 ? known : named) {
    const definition = model.services[name];
    if (definition === undefined || definition.build !== undefined || NEVER.has(definition.pull_policy ?? '')) continue;
    const reference = canonicalImage(model.name, name, definition);
    const key = `${reference} ${definition.platform ?? ''}`;
    byImage.set(key, { reference, platform: definition.platform, services: [...(byImage.get(key)?.services ?? []), name] });
  }
  if (byImage.size === 0) throw new AppError('input-invalid', `No service of ${mode} has an image that is pulled.`, { hint: 'All of them are built here, or their pull policy says never.' });
  return [...byImage.values()];
}

const NEVER: ReadonlySet<string> = new Set(['never', 'build']);

function namesOf(input: JsonObject): readonly string[] {
  return Array.isArray(input['services']) ? input['services'].map(String) : [];
}
