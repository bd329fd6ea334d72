import type { ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { workspacesWords as words } from '../locales/en/workspaces';
import type { Operation, Project } from '../lib/model';
import { setUi, WORKSPACES_TABS, type WorkspacesTab } from '../lib/store';
import { LogView } from '../ui/log-viewer/log-view';
import { WorkspacesPanels } from '../features/workspaces/workspaces-panels';
import '../ui/page-tabs.css';

/** Is what is here also there, and does it run: folder, bucket and mount of every workspace, what is left out, and what stands in the way. */
export function WorkspacesPage({ tab, project, operations, busy }: { readonly tab: WorkspacesTab; readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  return (
    <Tabs.Root className="page" data-testid="page-workspaces" value={tab} onValueChange={(next) => setUi({ workspacesTab: WORKSPACES_TABS.find((one) => one === next) ?? 'workspaces', filter: '' })}>
      <Tabs.List className="page-tabs" aria-label={words.title}>
        {WORKSPACES_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`workspaces-${one}`}>
            {words.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        <WorkspacesPanels tab={tab} project={project} operations={operations} busy={busy} log={(name, containerId) => <LogView projectId={project.id} of="workspace" service={name} containerId={containerId} />} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
