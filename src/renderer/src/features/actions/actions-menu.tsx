import type { ReactElement } from 'react';
import { Ellipsis } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { say } from '../../locales/say';
import { goToConflicts, setUi, type ConflictsTab, type ProjectAction } from '../../lib/store';
import { IconButton } from '../../ui/button';
import '../../ui/menu.css';

const CHANGES: readonly ProjectAction[] = ['add-service', 'healthcheck', 'remap-ports', 'rename-network', 'resubnet', 'relocate', 'scripts'];
const RECOVERY: readonly ProjectAction[] = ['rebuild', 'scale', 'remove', 'clean', 'rollback'];
const LOOKS: readonly ConflictsTab[] = ['changes', 'connectivity', 'robustness'];

/** What can be done to the project besides starting and stopping it. Each opens a dialog that shows first what it does. */
export function ActionsMenu({ busy }: { readonly busy: boolean }): ReactElement {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label={say.actionsMenu.label} data-testid="project-actions">
          <Ellipsis size={16} />
        </IconButton>
      </DropdownMenu.Trigger>
      {/* In place: what floats stays within the page's landmark. */}
      <DropdownMenu.Content className="menu menu-narrow" align="end" sideOffset={6} collisionPadding={8}>
        {LOOKS.map((tab) => (
          <DropdownMenu.Item key={tab} onSelect={() => goToConflicts(tab)} data-testid={`action-${tab}`}>
            {say.actionsMenu.looks[tab]}
          </DropdownMenu.Item>
        ))}
        <DropdownMenu.Separator />
        <Items actions={CHANGES} busy={busy} />
        <DropdownMenu.Separator />
        <Items actions={RECOVERY} busy={busy} />
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function Items({ actions, busy }: { readonly actions: readonly ProjectAction[]; readonly busy: boolean }): ReactElement {
  return (
    <>
      {actions.map((action) => (
        <DropdownMenu.Item key={action} disabled={busy} onSelect={() => setUi({ action })} data-testid={`action-${action}`}>
          {say.actionsMenu.items[action]}
        </DropdownMenu.Item>
      ))}
    </>
  );
}
