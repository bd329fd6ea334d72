import { useEffect, type ReactElement } from 'react';
import { Check, FolderOpen, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { say } from '../../locales/say';
import { keyWords } from '../../lib/key-words';
import type { Project } from '../../lib/model';
import { closeProject, openFolder, reopenProject } from '../../lib/open-folder';
import { chooseProject, useStore } from '../../lib/store';
import { loadServices } from '../../lib/sync';
import { healthMark, StateMark } from '../../ui/state-mark';
import { ProjectName } from './project-name';
import { useRecent } from './recent-projects';
import '../../ui/menu.css';

/** So many closed projects are offered here; the home page has them all. */
const FEW = 3;

/** The project's name; opens the list of projects, each with how it is. */
export function ProjectMenu({ projects, current }: { readonly projects: readonly Project[]; readonly current: Project }): ReactElement {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <ProjectName project={current} data-testid="project-menu" />
      </DropdownMenu.Trigger>
      {/* Within the header, so that everything on the page is in a part of it. */}
      <DropdownMenu.Portal container={document.querySelector<HTMLElement>('.header')}>
        <DropdownMenu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Label>{say.header.projects}</DropdownMenu.Label>
          {projects.map((project, index) => (
            <ProjectItem key={project.id} project={project} current={project.id === current.id} number={index + 1} />
          ))}
          <ClosedItems />
          <DropdownMenu.Separator />
          <DropdownMenu.Item onSelect={() => void openFolder()} data-testid="open-folder">
            <span className="menu-mark">
              <FolderOpen size={14} aria-hidden="true" />
            </span>
            <span className="menu-text">{say.header.openAnother}</span>
            <kbd>{keyWords('mod+O')}</kbd>
          </DropdownMenu.Item>
          <DropdownMenu.Item onSelect={() => void closeProject(current.id)} data-testid="close-project">
            <span className="menu-mark">
              <X size={14} aria-hidden="true" />
            </span>
            <span className="menu-text">{say.header.closeProject}</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ProjectItem({ project, current, number }: { readonly project: Project; readonly current: boolean; readonly number: number }): ReactElement {
  const health = useStore((state) => state.model.services[project.id]?.health);
  useEffect(() => {
    if (health === undefined) void loadServices(project.id);
  }, [health, project.id]);
  return (
    <DropdownMenu.Item onSelect={() => chooseProject(project.id)} aria-current={current} data-testid={`switch-${project.id}`}>
      <StateMark mark={health === undefined ? 'none' : healthMark(health)} />
      <span className="menu-text">
        <span>
          {project.name}
          {current && <Check size={13} aria-hidden="true" className="menu-current" />}
        </span>
        <span className="faint ellipsis">{project.dir}</span>
      </span>
      <span className="faint">
        {project.activeMode !== null && `${project.activeMode} · `}
        {health === undefined ? '' : (say.header.healths[health] ?? health)}
      </span>
      {number <= 9 && <kbd>{keyWords(`mod+${String(number)}`)}</kbd>}
    </DropdownMenu.Item>
  );
}

function ClosedItems(): ReactElement | null {
  const { closed } = useRecent();
  if (closed.length === 0) return null;
  return (
    <>
      <DropdownMenu.Separator />
      <DropdownMenu.Label>{say.header.closed}</DropdownMenu.Label>
      {closed.slice(0, FEW).map((one) => (
        <DropdownMenu.Item key={one.id} disabled={!one.readable} onSelect={() => void reopenProject(one.id)}>
          <span className="menu-mark" />
          <span className="menu-text">
            {one.name}
            <span className="faint ellipsis">{one.dir}</span>
          </span>
        </DropdownMenu.Item>
      ))}
    </>
  );
}
