import type { SwitchScope } from '@shared/domain/modes/switch-input';
import type { ServiceRemaker } from '@main/reconcile/types';
import type { ModesService } from './service';
import { finish } from './switch-operation';
import { readRecord } from './switch-record';
import { rollBack } from './switch-rollback';
import { runSwitch } from './switch-run';
import type { ModesDependencies } from './types';

/** What healing makes services anew with: the transaction of a switch, held to the services that drifted. */
export function serviceRemaker(deps: ModesDependencies, service: ModesService): ServiceRemaker {
  return {
    async remake(context, request) {
      const scope: SwitchScope | undefined = request.services === null ? undefined : { services: new Set(request.services), recreate: new Set(request.recreate), images: request.images, ...(Object.keys(request.counts ?? {}).length === 0 ? {} : { counts: request.counts }) };
      return runSwitch(deps, service, context, { project: request.projectId, mode: request.mode, planId: undefined, scope });
    },
    async errorsOf(projectId, mode) {
      return (await service.plan(projectId, mode)).findings.filter((one) => one.severity === 'error');
    },
    began: (records) => readRecord(records) !== null,
    rollBack: (context, projectId) => rollBack(deps, context, projectId),
    async finish(context, request) {
      await finish(deps, context, { project: request.projectId, mode: request.mode });
    },
  };
}
