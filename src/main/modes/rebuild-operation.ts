import type { ComposeModel } from '@shared/domain/compose/model';
import type { Rebuild, SwitchScope } from '@shared/domain/modes/switch-input';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { EffectRecord, OperationKind } from '@main/operations/types';
import { modeOfServices } from './mode-of-services';
import type { ModesService } from './service';
import { finish } from './switch-operation';
import { readMeasured, readRecord } from './switch-record';
import { rollBack } from './switch-rollback';
import { refuse, runSwitch } from './switch-run';
import type { ModesDependencies } from './types';

/** What is rebuilt, as it was worked out when the operation was queued. */
interface Asked {
  readonly project: string;
  readonly mode: string;
  /** Those that were named; empty: the whole mode. */
  readonly named: readonly string[];
  readonly cache: boolean;
  readonly pull: boolean;
}

/** The operation `services.rebuild`: images are built anew and their containers recreated, by the transaction of a switch to the mode that runs. */
export function rebuildOperation(deps: ModesDependencies, service: ModesService): OperationKind {
  return {
    kind: 'services.rebuild',
    async prepare(input) {
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const named = namesOf(input, 'services');
      const mode = await modeOfServices(deps, service, project, { wanted: typeof input['mode'] === 'string' ? input['mode'] : null, named, done: 'rebuilt' });
      const asked: Asked = { project: project.id, mode, named, cache: input['cache'] === true, pull: input['pull'] === true };
      const planned = await service.prepare(project.id, mode, ...narrowed(asked, (await deps.projects.loadMode(project.id, mode)).compose.model));
      refuse(planned, undefined);
      return { project: project.id, name: project.name, mode, services: [...named], cache: asked.cache, pull: asked.pull };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title(input) {
      const named = namesOf(input, 'services');
      return `Rebuild ${named.length === 0 ? `all images of ${String(input['name'])}` : named.length <= 3 ? named.join(', ') : `${String(named.length)} services`}`;
    },
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const asked = askedOf(input);
      const { model } = (await deps.projects.loadMode(asked.project, asked.mode)).compose;
      const [scope, rebuild] = narrowed(asked, model);
      await runSwitch(deps, service, context, { project: asked.project, mode: asked.mode, planId: undefined, scope, rebuild });
      return resultOf(context.operationId, context.records());
    },
    rollback: (context, input) => rollBack(deps, context, textOf(input, 'project')),
    async finish(context, input) {
      await finish(deps, context, { project: textOf(input, 'project'), mode: textOf(input, 'mode') });
      return resultOf(context.operationId, context.records);
    },
  };
}

/** The services to build, and where the switch is held to. Rejects where there is nothing to build. */
function narrowed(asked: Asked, model: ComposeModel): [SwitchScope | undefined, Rebuild] {
  const { named, mode } = asked;
  const known = Object.keys(model.services);
  const unknown = named.find((one) => !known.includes(one));
  if (unknown !== undefined) throw new AppError('service-not-found', `${model.name} has no service called ${unknown} in ${mode}.`, { service: unknown, hint: `Its services are ${known.sort().join(', ')}.` });
  const unbuilt = named.find((one) => model.services[one]?.build === undefined);
  if (unbuilt !== undefined) throw new AppError('input-invalid', `${unbuilt} is not built: it runs from the image ${model.services[unbuilt]?.image ?? ''}.`, { service: unbuilt, hint: 'Only services with `build` in the compose file can be rebuilt.' });
  const built = (named.length === 0 ? known : named).filter((one) => model.services[one]?.build !== undefined);
  if (built.length === 0) throw new AppError('input-invalid', `No service of ${mode} is built from a Dockerfile, so there is nothing to rebuild.`, { hint: 'Only services with `build` in the compose file can be rebuilt.' });
  const rebuild: Rebuild = { services: new Set(built), noCache: !asked.cache, pull: asked.pull };
  return [named.length === 0 ? undefined : { services: new Set(named), recreate: new Set() }, rebuild];
}

function resultOf(operationId: string, records: readonly EffectRecord[]): Json {
  const built = [...new Set(records.filter((one) => one.name === 'image.build').map((one) => String(one.intent['service'])))].sort();
  const ids: { readonly [service: string]: string } = readRecord(records)?.images ?? {};
  return { operationId, services: built, images: Object.fromEntries(built.map((name) => [name, ids[name] ?? ''])), warnings: (readMeasured(records)?.warnings ?? []) as unknown as Json };
}

function askedOf(input: JsonObject): Asked {
  return { project: textOf(input, 'project'), mode: textOf(input, 'mode'), named: namesOf(input, 'services'), cache: input['cache'] === true, pull: input['pull'] === true };
}

function namesOf(input: JsonObject, key: string): readonly string[] {
  return Array.isArray(input[key]) ? input[key].map(String) : [];
}
