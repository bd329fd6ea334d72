import type { ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { say } from '../locales/say';
import type { Operation, Project, Runtime, ServiceList } from '../lib/model';
import { ACTIVITY_TABS, setUi, type ActivityTab } from '../lib/store';
import { DiskPanel } from '../features/disk/disk-panel';
import { EventsPanel } from '../features/events/events-panel';
import { OperationsPanel } from '../features/operations/operations-panel';
import { RuntimePanel } from '../features/runtime/runtime-panel';
import { SchedulesPanel } from '../features/schedules/schedules-panel';
import '../ui/page-tabs.css';

interface ActivityPageProps {
  readonly tab: ActivityTab;
  readonly operations: readonly Operation[] | null;
  readonly projects: readonly Project[] | null;
  readonly projectId: string | null;
  readonly services: ServiceList | null;
  readonly runtime: Runtime | null;
}

/** What Berth did and does: operations, the event log, what runs again and again, the process itself, and the disk it fills. */
export function ActivityPage({ tab, operations, projects, projectId, services, runtime }: ActivityPageProps): ReactElement {
  return (
    <Tabs.Root className="page" data-testid="page-activity" value={tab} onValueChange={(next) => setUi({ activityTab: ACTIVITY_TABS.find((one) => one === next) ?? 'operations' })}>
      <Tabs.List className="page-tabs" aria-label={say.pages.activity}>
        {ACTIVITY_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`activity-${one}`}>
            {say.activity.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        {tab === 'operations' && <OperationsPanel operations={operations} projects={projects} />}
        {tab === 'events' && <EventsPanel key={projectId} projectId={projectId} services={services?.services.map((service) => service.name) ?? []} />}
        {tab === 'schedules' && <SchedulesPanel projects={projects} projectId={projectId} operations={operations} />}
        {tab === 'runtime' && <RuntimePanel runtime={runtime} />}
        {tab === 'disk' && <DiskPanel />}
      </Tabs.Content>
    </Tabs.Root>
  );
}
