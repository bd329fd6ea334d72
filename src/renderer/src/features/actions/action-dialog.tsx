import type { ReactElement } from 'react';
import type { Project, ServiceList } from '../../lib/model';
import { setUi, type ProjectAction } from '../../lib/store';
import { AddServiceDialog } from './add-service-dialog';
import { CleanProjectDialog } from './clean-project-dialog';
import { HealthCheckDialog } from './health-check-dialog';
import { RebuildDialog } from './rebuild-dialog';
import { RelocateDialog, RemapPortsDialog, RenameNetworkDialog, ResubnetDialog, ScriptsDialog } from './rewrite-dialogs';
import { RollbackDialog } from './rollback-dialog';
import { VerbDialog } from './verb-dialog';

/** What every dialog of an action works with. */
export interface ActionProps {
  readonly project: Project;
  /** The services the project is known to have. */
  readonly services: ServiceList['services'];
  /** The service that was looked at, as the first choice. */
  readonly service: string | null;
  readonly onClose: () => void;
}

/** The dialog of an action on the project. */
export function ActionDialog({ action, ...props }: Omit<ActionProps, 'onClose'> & { readonly action: ProjectAction }): ReactElement {
  const all: ActionProps = { ...props, onClose: () => setUi({ action: null }) };
  switch (action) {
    case 'rebuild':
      return <RebuildDialog {...all} />;
    case 'scale':
    case 'remove':
      return <VerbDialog {...all} verb={action} />;
    case 'clean':
      return <CleanProjectDialog {...all} />;
    case 'rollback':
      return <RollbackDialog {...all} />;
    case 'add-service':
      return <AddServiceDialog {...all} />;
    case 'healthcheck':
      return <HealthCheckDialog {...all} />;
    case 'remap-ports':
      return <RemapPortsDialog {...all} />;
    case 'rename-network':
      return <RenameNetworkDialog {...all} />;
    case 'resubnet':
      return <ResubnetDialog {...all} />;
    case 'relocate':
      return <RelocateDialog {...all} />;
    case 'scripts':
      return <ScriptsDialog {...all} />;
  }
}
