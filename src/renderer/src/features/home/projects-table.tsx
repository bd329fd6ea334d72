import type { ReactElement } from 'react';
import { X } from 'lucide-react';
import { homeWords as words } from '../../locales/en/home';
import { say } from '../../locales/say';
import { capitalised } from '../../lib/format';
import { IconButton } from '../../ui/button';
import { healthMark, operationMark, StateMark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { runningOf, type PartAnswer, type Place, type ProjectFacts } from './home-answer';
import '../../ui/grid-table.css';

interface ProjectsTableProps {
  readonly projects: readonly ProjectFacts[];
  readonly onGo: (projectId: string, place: Place) => void;
  readonly onClose: (projectId: string) => void;
}

/** Every open project: mode, health, what stands in the way, how far back one can go. */
export function ProjectsTable({ projects, onGo, onClose }: ProjectsTableProps): ReactElement {
  return (
    <table className="grid-table home-projects" data-testid="home-projects" aria-label={words.projects.title}>
      <thead>
        <tr>
          <th className="home-name">{words.projects.name}</th>
          <th>{words.projects.mode}</th>
          <th>{words.projects.services}</th>
          <th>{words.projects.conflicts}</th>
          <th className="home-last">{words.projects.last}</th>
          <th>{words.projects.snapshot}</th>
          <th>{words.projects.storage}</th>
          <th>{words.projects.workspaces}</th>
          <th>
            <span className="hidden-text">{say.header.closeProject}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {projects.map((facts) => (
          <Row key={facts.project.id} facts={facts} onGo={(place) => onGo(facts.project.id, place)} onClose={() => onClose(facts.project.id)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ facts, onGo, onClose }: { readonly facts: ProjectFacts; readonly onGo: (place: Place) => void; readonly onClose: () => void }): ReactElement {
  const { project, services, conflicts, operations, snapshots } = facts;
  const [last] = operations;
  const running = services === null ? null : runningOf(services);
  return (
    <tr data-testid={`home-project-${project.id}`} data-health={services?.health ?? 'unknown'} onClick={(event) => event.target instanceof Element && event.target.closest('button') === null && onGo('project')}>
      <td className="home-name">
        <span className="home-project">
          <StateMark mark={services === null ? 'none' : healthMark(services.health)} />
          <span className="home-project-text">
            <button type="button" data-row className="ellipsis" title={project.dir} onClick={() => onGo('project')}>
              <span className="hidden-text">{words.projects.open('')}</span>
              {project.name}
            </button>
            <span className="faint ellipsis" title={services?.summary}>
              {services?.summary ?? say.boot.loading}
            </span>
          </span>
        </span>
      </td>
      <td>{project.activeMode === null ? <span className="faint">{words.projects.none}</span> : capitalised(project.activeMode)}</td>
      <td>{running === null ? words.projects.unknown : words.projects.running(running.running, running.all)}</td>
      <td data-some={conflicts !== null && conflicts.errors > 0}>
        {conflicts === null ? words.projects.unknown : conflicts.errors + conflicts.warnings === 0 ? <span className="faint">{words.projects.none}</span> : <LinkButton label={words.things.conflicts(conflicts.errors, conflicts.warnings)} onClick={() => onGo('conflicts')}>{conflicts.errors + conflicts.warnings}</LinkButton>}
      </td>
      <td className="home-last">
        {last === undefined ? (
          <span className="faint">{words.projects.none}</span>
        ) : (
          <span className="marked home-last-text">
            <StateMark mark={operationMark(last.state)} />
            <span className="ellipsis" title={last.title}>{last.title}</span>
          </span>
        )}
      </td>
      <td>{snapshots === null ? words.projects.unknown : snapshots.lastAt === null ? <span className="faint">{words.projects.never}</span> : <Ago at={snapshots.lastAt} />}</td>
      <td><Part part={facts.storage} onClick={() => onGo('storage')} /></td>
      <td><Part part={facts.workspaces} onClick={() => onGo('workspaces')} /></td>
      <td className="home-close">
        <IconButton label={words.projects.close(project.name)} title={words.projects.closeHint} data-testid={`home-close-${project.id}`} onClick={onClose}>
          <X size={14} />
        </IconButton>
      </td>
    </tr>
  );
}

/** A part of a project in one word; its sentence on hover and for a screen reader. */
function Part({ part, onClick }: { readonly part: PartAnswer | null; readonly onClick: () => void }): ReactElement {
  if (part === null) return <>{words.projects.unknown}</>;
  if (part.mark === 'none') return <span className="faint" title={part.sentence}>{words.parts.none}</span>;
  return (
    <LinkButton label={part.sentence} onClick={onClick}>
      <StateMark mark={part.mark} />
      {words.parts[part.mark]}
    </LinkButton>
  );
}

function LinkButton({ label, onClick, children }: { readonly label: string; readonly onClick: () => void; readonly children: React.ReactNode }): ReactElement {
  return (
    <button type="button" className="home-link" title={label} onClick={onClick}>
      {children}
      <span className="hidden-text">: {label}</span>
    </button>
  );
}
