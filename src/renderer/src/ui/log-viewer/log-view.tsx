import { lazy, Suspense, type ReactElement } from 'react';
import { logsWords as words } from '../../locales/en/logs';
import { say } from '../../locales/say';
import { useVisible } from '../../lib/use-visible';
import { Skeleton } from '../empty-state';

// A log brings the virtual list and more: it comes when one is opened.
const LogViewer = lazy(async () => ({ default: (await import('./log-viewer')).LogViewer }));

interface LogViewProps {
  readonly projectId: string;
  readonly projectName?: string;
  /** Whose containers print it. */
  readonly of?: 'service' | 'workspace';
  /** The name of the service or the workspace. */
  readonly service: string;
  /** The log of a workspace ends with its container. */
  readonly containerId?: string;
}

/** The log of one service or workspace. */
export function LogView({ projectId, projectName = '', of = 'service', service, containerId = '' }: LogViewProps): ReactElement {
  const visible = useVisible();
  const source = of === 'service' ? ({ kind: 'services', projectId, services: [service] } as const) : ({ kind: 'workspace', projectId, name: service, containerId } as const);
  return (
    <Suspense fallback={<Skeleton rows={4} label={say.boot.loading} />}>
      <LogViewer key={`${projectId} ${of} ${service}`} source={source} services={[]} visible={visible} label={words.label(service)} fileName={of === 'service' ? words.fileName(projectName === '' ? service : projectName, projectName === '' ? [] : [service]) : null} canPopOut={of === 'service'} />
    </Suspense>
  );
}
