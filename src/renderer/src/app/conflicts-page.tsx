import type { ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { say } from '../locales/say';
import { showInEditor } from '../lib/show-in-editor';
import type { Operation, Project, ServiceList } from '../lib/model';
import { freshUndoable } from '../lib/operation-results';
import { CONFLICTS_TABS, setUi, useStore, type ChecksState, type ConflictsTab } from '../lib/store';
import { ChangesPanel } from '../features/changes/changes-panel';
import { ConnectivityPanel } from '../features/checks/connectivity-panel';
import { FindingsPanel } from '../features/checks/findings-panel';
import type { FixRequest } from '../lib/fix-request';
import { GuidePanel } from '../features/checks/guide-panel';
import { RobustnessPanel } from '../features/checks/robustness-panel';
import { PortsPanel } from '../features/compose/ports-panel';
import { VariablesPanel } from '../features/compose/variables-panel';
import '../ui/page-tabs.css';

interface ConflictsPageProps {
  readonly tab: ConflictsTab;
  readonly project: Project;
  readonly checks: ChecksState | null;
  readonly services: ServiceList | null;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
  readonly onFix: (request: FixRequest) => void;
}

/** What stops me, and how sure am I: findings, ports, variables, who reaches whom, what is not deployed yet, how well it recovers, and what to do when something is wrong. */
export function ConflictsPage({ tab, project, checks, services, operations, busy, onFix }: ConflictsPageProps): ReactElement {
  const filter = useStore((state) => state.ui.filter);
  const tracks = useStore((state) => state.model.tracks);
  const runs = services?.services.some((service) => service.containerIds.length > 0) ?? false;
  const onFilter = (text: string): void => setUi({ filter: text });
  const onShow = (source: NonNullable<ReturnType<typeof useStore.getState>['ui']['source']>): void => setUi({ source });
  const change = (next: string): void => setUi({ conflictsTab: CONFLICTS_TABS.find((one) => one === next) ?? 'findings', filter: '' });
  return (
    <Tabs.Root className="page" data-testid="page-conflicts" value={tab} onValueChange={change}>
      <Tabs.List className="page-tabs" aria-label={say.pages.conflicts}>
        {CONFLICTS_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`conflicts-${one}`}>
            {say.conflicts.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        {tab === 'findings' && <FindingsPanel key={project.id} project={project} checks={checks} busy={busy} filter={filter} undoable={freshUndoable(operations, project.id, tracks)} onFilter={onFilter} onFix={onFix} onShow={onShow} onEdit={(where) => void showInEditor(project.id, where)} onUndo={(operation) => setUi({ undoing: operation.id })} />}
        {tab === 'ports' && <PortsPanel project={project} filter={filter} onFilter={onFilter} onShow={onShow} />}
        {tab === 'variables' && <VariablesPanel key={project.id} project={project} filter={filter} onFilter={onFilter} onShow={onShow} />}
        {tab === 'connectivity' && <ConnectivityPanel project={project} operations={operations} busy={busy} runs={runs} />}
        {tab === 'changes' && <ChangesPanel project={project} operations={operations} busy={busy} />}
        {tab === 'guide' && <GuidePanel project={project} checks={checks} busy={busy} runs={runs} filter={filter} onFilter={onFilter} onFix={onFix} onShow={onShow} />}
        {tab === 'robustness' && <RobustnessPanel project={project} operations={operations} busy={busy} />}
      </Tabs.Content>
    </Tabs.Root>
  );
}
