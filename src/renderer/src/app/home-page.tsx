import { useRef, type ReactElement } from 'react';
import { isDryRun, type Operation } from '../lib/model';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import { closeProject } from '../lib/open-folder';
import { chooseProject, goTo, goToActivity, goToConflicts, setUi, useStore } from '../lib/store';
import { switchTo } from '../lib/switch-flow';
import { useRowKeys } from '../lib/use-row-keys';
import { PageHead } from '../ui/page-head';
import { StateMark } from '../ui/state-mark';
import { homeAnswer, thingsToLookAt, type Place } from '../features/home/home-answer';
import { Machine, OperationsList, ThingsList } from '../features/home/home-lists';
import { ProjectsTable } from '../features/home/projects-table';
import { RecentProjects } from '../features/projects/recent-projects';
import { useHomeFacts } from './home-facts';
import '../features/home/home.css';

/** How many operations tell what happened last. */
const LAST_OPERATIONS = 6;

/** Is everything well, in all projects at once, and what is to be looked at? */
export function HomePage(): ReactElement {
  const model = useStore((state) => state.model);
  const dismissed = useStore((state) => state.ui.dismissed);
  const body = useRef<HTMLDivElement>(null);
  useRowKeys(body);
  const projects = model.projects ?? [];
  const facts = useHomeFacts(projects);
  const things = thingsToLookAt(facts, model.alerts, dismissed);
  const answer = homeAnswer(facts, things, model.engine?.state === 'unreachable');
  const operations = (model.operations ?? []).filter((one) => !isDryRun(one) && !isKeptWithin(one)).slice(0, LAST_OPERATIONS);

  return (
    <div className="page" data-testid="page-home">
      <PageHead mark={<StateMark mark={answer.mark} />} sentence={answer.sentence} />
      <div ref={body} className="home scroll">
        <ProjectsTable projects={facts} onGo={show} onClose={(id) => void closeProject(id)} />
        <div className="home-columns">
          <div className="home-column">
            <ThingsList things={things} nameOf={(id) => projects.find((one) => one.id === id)?.name ?? ''} onGo={(thing) => show(thing.projectId, thing.place)} />
            <Machine engine={model.engine} doctor={model.doctor} runtime={model.runtime} alerts={model.alerts} />
          </div>
          <div className="home-column">
            <OperationsList operations={operations} projects={projects} onShow={() => goToActivity('operations')} onUndo={undo} />
            <RecentProjects />
          </div>
        </div>
      </div>
    </div>
  );
}

/** The page where something is looked at, on the project it is about. */
function show(projectId: string | null, place: Place): void {
  if (projectId !== null) chooseProject(projectId);
  if (place === 'conflicts') goToConflicts('findings');
  else if (place === 'activity') goToActivity(projectId === null ? 'events' : 'operations');
  else goTo(place);
}

function undo(operation: Operation, back: { readonly kind: 'undo' } | { readonly kind: 'switch'; readonly mode: string }): void {
  if (operation.projectId === null) return;
  if (back.kind === 'undo') return setUi({ undoing: operation.id });
  chooseProject(operation.projectId);
  void switchTo(operation.projectId, back.mode);
}
