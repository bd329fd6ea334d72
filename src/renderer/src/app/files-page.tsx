import { lazy, Suspense, type ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { filesWords } from '../locales/en/files';
import { say } from '../locales/say';
import type { FixRequest } from '../lib/fix-request';
import type { Operation, Project } from '../lib/model';
import { FILES_TABS, setUi, type FilesTab } from '../lib/store';
import { Skeleton } from '../ui/empty-state';
import { FilesPanels } from '../features/files/files-panels';
import '../ui/page-tabs.css';

const GitPanel = lazy(async () => ({ default: (await import('../features/gitops/git-panel')).GitPanel }));
const TemplatesPanel = lazy(async () => ({ default: (await import('../features/gitops/templates-panel')).TemplatesPanel }));
const DuplicatesPanel = lazy(async () => ({ default: (await import('../features/gitops/duplicates-panel')).DuplicatesPanel }));

interface FilesPageProps {
  readonly tab: FilesTab;
  readonly project: Project;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
  readonly onFix: (request: FixRequest) => void;
}

/** What do the files say, what is in force of it, and what do they say twice? */
export function FilesPage({ tab, project, operations, busy, onFix }: FilesPageProps): ReactElement {
  return (
    <Tabs.Root className="page" data-testid="page-files" value={tab} onValueChange={(next) => setUi({ filesTab: FILES_TABS.find((one) => one === next) ?? 'files', filter: '' })}>
      <Tabs.List className="page-tabs" aria-label={say.pages.files}>
        {FILES_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`files-${one}`}>
            {filesWords.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        {tab === 'files' && <FilesPanels project={project} operations={operations} busy={busy} onFix={onFix} />}
        <Suspense fallback={<Skeleton rows={6} label={say.boot.loading} />}>
          {tab === 'git' && <GitPanel project={project} operations={operations} busy={busy} />}
          {tab === 'duplicates' && <DuplicatesPanel project={project} operations={operations} busy={busy} />}
          {tab === 'templates' && <TemplatesPanel project={project} operations={operations} busy={busy} />}
        </Suspense>
      </Tabs.Content>
    </Tabs.Root>
  );
}
