import type { ReactElement } from 'react';
import type { FixRequest } from '../lib/fix-request';
import type { Operation, Project } from '../lib/model';
import { FilesPanels } from '../features/files/files-panels';

/** What do the files say, and what is in force of it? */
export function FilesPage({ project, operations, busy, onFix }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean; readonly onFix: (request: FixRequest) => void }): ReactElement {
  return (
    <div className="page" data-testid="page-files">
      <FilesPanels project={project} operations={operations} busy={busy} onFix={onFix} />
    </div>
  );
}
