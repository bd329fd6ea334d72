import type { ReactElement } from 'react';
import type { DrawerPanelProps } from '../../lib/drawer';
import { logsWords as words } from '../../locales/en/logs';
import { LogViewer } from '../../ui/log-viewer/log-viewer';

/** The logs of all services of the project in the drawer at the bottom, merged by time. */
export function LogsPanel({ project, services, service, asked, visible }: DrawerPanelProps): ReactElement {
  const names = services.map((one) => one.name);
  return <LogViewer key={project.id} source={{ kind: 'services', projectId: project.id, services: [] }} services={names} service={service} asked={asked} visible={visible} label={words.labelAll(project.name)} fileName={words.fileName(project.name, [])} canPopOut />;
}
