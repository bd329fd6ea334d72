import { lazy, Suspense, type ReactElement } from 'react';
import { Command } from 'lucide-react';
import { say } from '../locales/say';
import { capitalised } from '../lib/format';
import type { Operation, Project, ServiceList } from '../lib/model';
import { setUi, useStore, type ChecksState } from '../lib/store';
import { IconButton } from '../ui/button';
import { healthMark, StateMark } from '../ui/state-mark';
import { ModeSwitch } from '../features/modes/mode-switch';
import { ProjectName } from '../features/projects/project-name';
import './header.css';

const ProjectMenu = lazy(async () => ({ default: (await import('../features/projects/project-menu')).ProjectMenu }));

interface HeaderProps {
  readonly project: Project;
  readonly projects: readonly Project[];
  readonly services: ServiceList | null;
  readonly operation: Operation | null;
  readonly checks: ChecksState | null;
  readonly connected: boolean;
}

/** Which project, in which mode, is it healthy; and the switch. */
export function Header({ project, projects, services, operation, checks, connected }: HeaderProps): ReactElement {
  const preparing = useStore((state) => state.ui.preparing);
  const health = connected ? (services?.health ?? 'empty') : 'empty';
  return (
    <header className="header">
      <div className="header-side">
        <Suspense fallback={<ProjectName project={project} />}>
          <ProjectMenu projects={projects} current={project} />
        </Suspense>
      </div>
      <ModeSwitch project={project} services={services} operation={operation} preparing={preparing} checks={checks} disabled={!connected} />
      <div className="header-side header-end">
        <div className="header-status" role="status" data-testid="project-status" data-mode={services?.mode ?? ''} data-health={services === null || !connected ? 'unknown' : health} data-busy={operation !== null || preparing !== null}>
          <StateMark mark={operation !== null ? 'busy' : connected ? healthMark(health) : 'bad'} />
          <span className="ellipsis" title={statusText(services, operation, connected)}>
            {statusText(services, operation, connected)}
          </span>
        </div>
        <IconButton label={say.header.palette} onClick={() => setUi({ palette: 'commands' })} data-testid="open-palette">
          <Command size={15} />
        </IconButton>
      </div>
    </header>
  );
}

/** Short, since the page's own sentence says it in full: what runs right now, or mode and health. */
function statusText(services: ServiceList | null, operation: Operation | null, connected: boolean): string {
  if (operation !== null) return operation.progress.message === '' ? operation.title : operation.progress.message;
  if (!connected) return say.engine.title;
  if (services === null) return say.boot.loading;
  const health = say.header.healths[services.health] ?? services.health;
  if (services.mode === null || services.mode === 'default' || services.health === 'stopped') return capitalised(health);
  return `${services.mode === 'mixed' ? say.header.mixed : capitalised(services.mode)} · ${health}`;
}
