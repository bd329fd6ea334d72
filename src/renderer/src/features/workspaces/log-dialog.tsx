import type { ReactElement, ReactNode } from 'react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { Dialog } from '../../ui/dialog';

/** What the container of a workspace prints: copy, install and start. */
export function LogDialog({ name, onClose, children }: { readonly name: string; readonly onClose: () => void; readonly children: ReactNode }): ReactElement {
  return (
    <Dialog kind="sheet" title={words.table.logsOf(name)} testId="workspace-log" onClose={onClose}>
      <div className="ws-log">{children}</div>
    </Dialog>
  );
}
