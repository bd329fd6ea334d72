import type { ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { snapshotsWords as words } from '../locales/en/snapshots';
import type { Operation, Project } from '../lib/model';
import { setUi, SNAPSHOTS_TABS, type SnapshotsTab } from '../lib/store';
import { SnapshotsPanels } from '../features/snapshots/snapshots-panels';
import '../ui/page-tabs.css';

/** How far back can one go: every snapshot, what differs between two, what they take, and how long they stay. */
export function SnapshotsPage({ tab, project, operations, busy }: { readonly tab: SnapshotsTab; readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  return (
    <Tabs.Root className="page" data-testid="page-snapshots" value={tab} onValueChange={(next) => setUi({ snapshotsTab: SNAPSHOTS_TABS.find((one) => one === next) ?? 'snapshots', filter: '' })}>
      <Tabs.List className="page-tabs" aria-label={words.title}>
        {SNAPSHOTS_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`snapshots-${one}`}>
            {words.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        <SnapshotsPanels tab={tab} project={project} operations={operations} busy={busy} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
