import type { Logger } from '@main/platform/types';
import type { DynamicConfigs } from './dynamic-configs';
import type { PipelineDependencies } from './pipeline';

/** What each part does when it hears of an event. What a person is to see is told by the end of the operation itself: one notification, and pages that look again. */
export function flowReceivers(deps: { readonly dynamic: Pick<DynamicConfigs, 'schedule'>; readonly log: Logger }): PipelineDependencies['receivers'] {
  const noted = (part: string) => (event: string, { correlationId }: { readonly correlationId: string }): void => deps.log.debug('An event of the pipeline', { part, event, correlationId });
  return {
    file_ops: noted('file_ops'),
    conflict_engine: noted('conflict_engine'),
    template_engine: (_event, payload) => {
      if (typeof payload['project'] === 'string') deps.dynamic.schedule(payload['project']);
    },
    integration: noted('integration'),
    ui_management: noted('ui_management'),
  };
}
