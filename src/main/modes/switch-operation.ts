import { isAlive } from '@shared/domain/modes/active-mode';
import { BERTH_LABEL } from '@shared/domain/modes/naming';
import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationKind, RecoveryContext } from '@main/operations/types';
import type { ModesService } from './service';
import { cleanUp, type Hands } from './switch-cleanup';
import { readMeasured, readRecord } from './switch-record';
import { engineBack, rollBack } from './switch-rollback';
import { refuse, runSwitch } from './switch-run';
import type { ModesDependencies } from './types';

/** The operation `modes.switch`. */
export function switchOperation(deps: ModesDependencies, service: ModesService): OperationKind {
  return {
    kind: 'modes.switch',
    async prepare(input) {
      const mode = textOf(input, 'mode');
      const planId = input['planId'] === undefined ? undefined : textOf(input, 'planId');
      const planned = await service.prepare(textOf(input, 'project'), mode);
      refuse(planned, planId);
      return { project: planned.target.project.id, mode, name: planned.plan.projectName, ...(planId === undefined ? {} : { planId }) };
    },
    key: (input) => `project:${textOf(input, 'project')}`,
    title: (input) => `Switch ${typeof input['name'] === 'string' ? input['name'] : 'the project'} to ${textOf(input, 'mode')}`,
    projectId: (input) => textOf(input, 'project'),
    run: (context, input) =>
      runSwitch(deps, service, context, { project: textOf(input, 'project'), mode: textOf(input, 'mode'), planId: input['planId'] === undefined ? undefined : textOf(input, 'planId') }),
    rollback: (context, input) => rollBack(deps, context, textOf(input, 'project')),
    finish: (context, input) => finish(deps, context, input),
  };
}

/** After a crash past the commit of a switch: forwards, by looking at what is there. */
export async function finish(all: ModesDependencies, context: RecoveryContext, input: JsonObject): Promise<Json> {
  const record = readRecord(context.records);
  if (record === null) throw new AppError('needs-attention', 'The journal of this switch has no record of what it changed.', { hint: 'Look at the services, then switch again.' });
  await engineBack(all.engine);
  const deps = { ...all, engine: all.engine.as(await all.projects.authorization(textOf(input, 'project'))) };
  const lock = await deps.lock(record.projectDir);
  try {
    const hands: Hands = { engine: deps.engine, log: deps.log, transaction: context.operationId, effect: (name, intent, act) => context.effect(name, intent, act) };
    await cleanUp(hands, record);
    const now = await deps.engine.observe(record.project, []);
    // The engine may have restarted meanwhile: what ran at the commit runs again. Jobs that ended are left.
    for (const one of now.containers) {
      if (one.labels[BERTH_LABEL.transaction] !== context.operationId || isAlive(one) || (one.state === 'exited' && one.exitCode === 0)) continue;
      await context.effect('container.start', { id: one.id, service: one.service }, async () => (await deps.engine.startContainer(one.id), null));
    }
  } finally {
    lock.dispose();
  }
  const measured = readMeasured(context.records);
  return { operationId: context.operationId, state: 'succeeded', from: record.from, to: textOf(input, 'mode'), durationMs: measured?.healthyMs ?? 0, healthyMs: measured?.healthyMs ?? 0, services: measured?.services ?? [], warnings: (measured?.warnings ?? []) as unknown as Json };
}
