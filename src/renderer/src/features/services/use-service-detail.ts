import { useCallback } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { call } from '../../lib/client';
import type { Service } from '../../lib/model';
import { useStore } from '../../lib/store';
import { useAnswer, type Answer } from '../../lib/use-answer';

export type ServiceDetail = OutputOf<'services.inspect'>;

/** Everything about a service. Asked again when an event says that its containers, its files or the sizes of volumes are other than before. */
export function useServiceDetail(projectId: string, service: Service): Answer<ServiceDetail> {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  const measured = useStore((state) => state.model.volumesMeasured);
  const shown = JSON.stringify(service);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- what the events told stands for what would be answered now.
  return useAnswer(useCallback(() => call('services.inspect', { project: projectId, service: service.name }), [projectId, service.name, shown, revision, measured]));
}
