import type { ReactElement } from 'react';
import { Check, FolderOpen } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { say } from '../../locales/say';
import type { Project } from '../../lib/model';
import { openFolder } from '../../lib/open-folder';
import { chooseProject } from '../../lib/store';
import { ProjectName } from './project-name';
import '../../ui/menu.css';

/** The project's name; opens the list of projects. */
export function ProjectMenu({ projects, current }: { readonly projects: readonly Project[]; readonly current: Project }): ReactElement {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <ProjectName project={current} data-testid="project-menu" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Label>{say.header.projects}</DropdownMenu.Label>
          {projects.map((project) => (
            <DropdownMenu.Item key={project.id} onSelect={() => chooseProject(project.id)}>
              <span className="menu-mark">{project.id === current.id && <Check size={14} aria-hidden="true" />}</span>
              <span className="menu-text">
                {project.name}
                <span className="faint ellipsis">{project.dir}</span>
              </span>
              {project.activeMode !== null && <span className="faint">{project.activeMode}</span>}
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Separator />
          <DropdownMenu.Item onSelect={() => void openFolder()} data-testid="open-folder">
            <span className="menu-mark">
              <FolderOpen size={14} aria-hidden="true" />
            </span>
            {say.header.openAnother}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
