import type { ButtonHTMLAttributes, ReactElement, Ref } from 'react';
import { ChevronsUpDown } from 'lucide-react';
import { say } from '../../locales/say';
import type { Project } from '../../lib/model';
import './project-name.css';

/** The project's name and folder on a button. */
export function ProjectName({ project, ref, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { readonly project: Project; readonly ref?: Ref<HTMLButtonElement> }): ReactElement {
  return (
    <button ref={ref} type="button" className="project-menu" {...rest}>
      <span className="project-menu-text">
        <strong className="ellipsis">
          <span className="hidden-text">{say.header.projects}: </span>
          {project.name}
        </strong>
        {/* Of a long path the end says more. */}
        <span className={project.trusted ? 'ellipsis project-menu-path' : 'ellipsis'} title={project.dir}>
          <bdi dir="ltr">{project.trusted ? project.dir : say.header.untrusted}</bdi>
        </span>
      </span>
      <ChevronsUpDown size={14} aria-hidden="true" />
    </button>
  );
}
