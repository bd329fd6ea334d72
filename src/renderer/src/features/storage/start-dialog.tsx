import type { ReactElement } from 'react';
import { storageWords as words } from '../../locales/en/storage';
import { start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { TrustDialog } from '../../ui/trust-dialog';

/** A project that nobody trusted yet: what it asks for, and the start that trusts it. */
export function TrustAndStartDialog({ project, onClose }: { readonly project: Project; readonly onClose: () => void }): ReactElement {
  return <TrustDialog project={project} plain={words.trustPlain} confirm={words.trustAndStart} testId="storage-trust" act={() => start('storage.start', { project: project.id })} onClose={onClose} />;
}
