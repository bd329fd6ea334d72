import type { ComposeModel } from '@shared/domain/compose/model';
import { isOfFolder } from '@shared/domain/modes/active-mode';
import { dependenciesOf } from '@shared/domain/modes/dependency-order';
import { isAnonymousVolume, scaleOf } from '@shared/domain/modes/naming';
import type { SwitchScope } from '@shared/domain/modes/switch-input';
import { textOf } from '@shared/domain/operations/operation-input';
import { scaleObstacle, stillNeeded, withDependencies } from '@shared/domain/services/scale';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { EffectRecord, OperationKind } from '@main/operations/types';
import { modeOfServices } from './mode-of-services';
import type { ModesService, Planned } from './service';
import { finish } from './switch-operation';
import { readMeasured } from './switch-record';
import { rollBack } from './switch-rollback';
import { refuse, runSwitch } from './switch-run';
import type { ModesDependencies } from './types';

type Verb = 'up' | 'remove' | 'scale';

/** What a verb was asked for, as it was worked out when the operation was queued. */
interface Asked {
  readonly verb: Verb;
  readonly project: string;
  readonly mode: string;
  /** Empty: all of the mode. */
  readonly named: readonly string[];
  readonly count: number;
  readonly dryRun: boolean;
}

const TITLES: { readonly [V in Verb]: string } = { up: 'Bring up', remove: 'Remove the containers of', scale: 'Scale' };
const DONE: { readonly [V in Verb]: string } = { up: 'brought up', remove: 'removed', scale: 'scaled' };

/** The operations `services.up`, `services.remove` and `services.scale`: each is the transaction of a switch, held to some services of the mode that runs. */
export function verbOperations(deps: ModesDependencies, service: ModesService): readonly OperationKind[] {
  return (['up', 'remove', 'scale'] as const).map((verb) => operationOf(deps, service, verb));
}

function operationOf(deps: ModesDependencies, service: ModesService, verb: Verb): OperationKind {
  return {
    kind: `services.${verb}`,
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const named = verb === 'scale' ? [textOf(input, 'service')] : namesOf(input);
      const mode = await modeOfServices(deps, service, project, { wanted: typeof input['mode'] === 'string' ? input['mode'] : null, named, done: DONE[verb] });
      const asked: Asked = { verb, project: project.id, mode, named, count: Number(input['count'] ?? 0), dryRun: input['dryRun'] === true };
      const planned = await plannedFor(deps, service, asked);
      if (!asked.dryRun) refuse(planned, undefined);
      return { project: project.id, name: project.name, mode, services: [...named], dryRun: asked.dryRun, ...(verb === 'scale' ? { service: named[0] ?? '', count: asked.count } : {}) };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title(input) {
      const named = namesOf(input);
      const what = named.length === 0 ? `all services of ${String(input['name'])}` : named.length <= 3 ? named.join(', ') : `${String(named.length)} services`;
      const said = `${TITLES[verb]} ${what}${verb === 'scale' ? ` to ${String(input['count'])}` : ''}`;
      return input['dryRun'] === true ? `Look at what it takes: ${said.charAt(0).toLowerCase()}${said.slice(1)}` : said;
    },
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const asked = askedOf(verb, input);
      if (asked.dryRun) {
        const planned = await plannedFor(deps, service, asked);
        await context.commit();
        return previewOf(context.operationId, asked, planned);
      }
      const scope = await scopeOf(deps, asked);
      await runSwitch(deps, service, context, { project: asked.project, mode: asked.mode, planId: undefined, scope });
      return resultOf(context.operationId, asked, context.records());
    },
    rollback: (context, input) => rollBack(deps, context, textOf(input, 'project')),
    async finish(context, input) {
      const asked = askedOf(verb, input);
      if (!asked.dryRun) await finish(deps, context, { project: asked.project, mode: asked.mode });
      return resultOf(context.operationId, asked, context.records);
    },
  };
}

async function plannedFor(deps: ModesDependencies, service: ModesService, asked: Asked): Promise<Planned> {
  return service.prepare(asked.project, asked.mode, await scopeOf(deps, asked));
}

/** Which services may be touched, and how many there shall be. Rejects where that cannot be. */
async function scopeOf(deps: ModesDependencies, asked: Asked): Promise<SwitchScope | undefined> {
  const { project, compose } = await deps.projects.loadMode(asked.project, asked.mode);
  const { model } = compose;
  const known = Object.keys(model.services);
  const dependencies = (name: string): readonly string[] => (model.services[name] === undefined ? [] : dependenciesOf(model.services[name]).map((one) => one.service));
  if (asked.verb === 'remove') {
    const { containers } = await deps.engine.observe(model.name, []);
    const there = [...new Set(containers.filter((one) => !one.oneOff && isOfFolder(project.dir, one)).map((one) => one.service))];
    refuseUnknown(model, asked, [...known, ...there]);
    const going = asked.named.length === 0 ? [...new Set([...known, ...there])] : asked.named;
    return { services: new Set(going), recreate: new Set(), counts: Object.fromEntries(going.map((name) => [name, 0])) };
  }
  refuseUnknown(model, asked, known);
  if (asked.verb === 'scale') {
    const name = asked.named[0] ?? '';
    const definition = model.services[name];
    const obstacle = definition === undefined ? null : scaleObstacle(name, definition, asked.count);
    if (obstacle !== null) throw new AppError('input-invalid', obstacle.message, { hint: obstacle.hint, service: name });
    return { services: asked.count === 0 ? new Set([name]) : withDependencies([name], dependencies), recreate: new Set(), counts: { [name]: asked.count } };
  }
  return asked.named.length === 0 ? undefined : { services: withDependencies(asked.named, dependencies), recreate: new Set() };
}

function refuseUnknown(model: ComposeModel, asked: Asked, known: readonly string[]): void {
  const unknown = asked.named.find((one) => !known.includes(one));
  if (unknown !== undefined) throw new AppError('service-not-found', `${model.name} has no service called ${unknown} in ${asked.mode}.`, { service: unknown, hint: `Its services are ${[...new Set(known)].sort().join(', ')}.` });
}

function previewOf(operationId: string, asked: Asked, { plan, input, decision }: Planned): Json {
  const { model } = input.compose;
  const volumes = decision.steps.filter((one) => one.action === 'remove').flatMap((one) => (one.old?.mounts ?? []).filter((mount) => mount.type === 'volume' && isAnonymousVolume(mount.source)).map((mount) => ({ service: one.service, target: mount.target })));
  return {
    operationId,
    mode: asked.mode,
    services: [...new Set(plan.changes.filter((one) => one.action !== 'keep').map((one) => one.service))].sort(),
    plan: structuredClone(plan) as unknown as Json,
    volumes,
    notes: notesOf(asked, model),
    warnings: [],
  };
}

/** What whoever agrees to it should know besides. */
function notesOf(asked: Asked, model: ComposeModel): string[] {
  if (asked.verb === 'remove') {
    const needed = asked.named.length === 0 ? null : stillNeeded(new Set(asked.named), Object.entries(model.services).map(([service, one]) => ({ service, needs: dependenciesOf(one).map((dependency) => dependency.service) })));
    return ['Volumes with a name stay. The next switch, or `services up`, creates what is removed anew.', ...(needed === null ? [] : [needed])];
  }
  const definition = model.services[asked.named[0] ?? ''];
  if (asked.verb !== 'scale' || definition === undefined) return [];
  const count = scaleOf(definition);
  return count === asked.count ? [] : [`The compose files say ${String(count)}: the next switch, \`services up\` and \`docker compose up\` go back to that. Write \`scale: ${String(asked.count)}\` into the file to keep it.`];
}

function resultOf(operationId: string, asked: Asked, records: readonly EffectRecord[]): Json {
  const measured = readMeasured(records);
  const touched = ((measured?.services ?? []) as readonly { readonly name: string; readonly action: string }[]).filter((one) => one.action !== 'keep').map((one) => one.name);
  return { operationId, mode: asked.mode, services: [...touched].sort(), plan: null, volumes: [], notes: [], warnings: (measured?.warnings ?? []) as unknown as Json };
}

function askedOf(verb: Verb, input: JsonObject): Asked {
  return { verb, project: textOf(input, 'project'), mode: textOf(input, 'mode'), named: namesOf(input), count: Number(input['count'] ?? 0), dryRun: input['dryRun'] === true };
}

/** `services` of the prepared input and of most verbs; `service` of the one that takes one. */
function namesOf(input: JsonObject): readonly string[] {
  if (Array.isArray(input['services'])) return input['services'].map(String);
  return typeof input['service'] === 'string' ? [input['service']] : [];
}
