import type { ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { storageWords as words } from '../locales/en/storage';
import type { Operation, Project } from '../lib/model';
import { setUi, STORAGE_TABS, type StorageTab } from '../lib/store';
import { StoragePanels } from '../features/storage/storage-panels';
import '../ui/page-tabs.css';

/** Is it mounted, is it in step, does anything collide: server, mounts, sync jobs, what lies in buckets, and what was decided. */
export function StoragePage({ tab, project, operations, busy }: { readonly tab: StorageTab; readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  return (
    <Tabs.Root className="page" data-testid="page-storage" value={tab} onValueChange={(next) => setUi({ storageTab: STORAGE_TABS.find((one) => one === next) ?? 'mounts', filter: '' })}>
      <Tabs.List className="page-tabs" aria-label={words.title}>
        {STORAGE_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`storage-${one}`}>
            {words.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        <StoragePanels tab={tab} project={project} operations={operations} busy={busy} />
      </Tabs.Content>
    </Tabs.Root>
  );
}
