import { useState, type ReactElement, type ReactNode } from 'react';
import { ExternalLink, X } from 'lucide-react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { Button, IconButton } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { StateMark, type Mark } from '../../ui/state-mark';
import { TOUR_STEPS, tourStates, type TourSeen, type TourStep } from './tour-steps';
import type { Workspace, WorkspacesStatus } from './workspaces-answer';

const MARKS: { readonly [state in ReturnType<typeof tourStates>[number]]: Mark } = { done: 'good', now: 'off', later: 'none' };
const NOTHING_SEEN: TourSeen = { looked: false, again: false, lookedAtMs: null };

/** A save on its way to the browser, step by step; each is ticked by what is seen to have happened. */
export function TourPanel({ project, status, busy, onClose }: { readonly project: Project; readonly status: WorkspacesStatus; readonly busy: boolean; readonly onClose: () => void }): ReactElement | null {
  const [name, setName] = useState(status.workspaces[0]?.name ?? '');
  const [seen, setSeen] = useState(NOTHING_SEEN);
  const workspace = status.workspaces.find((one) => one.name === name);
  if (workspace === undefined) return null;
  const states = tourStates(workspace, seen);
  const over = states.every((state) => state === 'done');
  const can = project.trusted && status.endpoint !== null && !busy;
  const choose = (next: string): void => {
    setName(next);
    setSeen(NOTHING_SEEN);
  };
  const look = (step: TourStep): void => setSeen((before) => (step === 'again' ? { ...before, again: true } : { ...before, looked: true, lookedAtMs: Date.now() }));
  return (
    <section className="ws-section" aria-label={words.tour.title} data-testid="workspaces-tour">
      <h2 className="ws-title">
        <span className="grow">{words.tour.title}</span>
        <IconButton label={words.tour.close} data-testid="tour-close" onClick={onClose}>
          <X size={14} />
        </IconButton>
      </h2>
      <p className="dim">{words.tour.text}</p>
      {status.workspaces.length > 1 && <Choice label={words.table.workspace} value={name} options={status.workspaces.map((one) => one.name)} words={{}} testId="tour-workspace" onChange={choose} />}
      <ol className="ws-steps">
        {TOUR_STEPS.map((step, index) => (
          <li key={step} data-testid={`tour-${step}`} data-state={states[index]} aria-current={states[index] === 'now' ? 'step' : undefined}>
            <StateMark mark={MARKS[states[index] ?? 'later']} />
            <div className="grow">
              <p>
                <strong>
                  {index + 1}. {words.tour.steps[step](workspace.name)}
                </strong>
              </p>
              <p className="dim selectable">{words.tour.says[step](workspace.dir)}</p>
            </div>
            {states[index] === 'now' && <Act step={step} project={project} workspace={workspace} can={can} onLook={() => look(step)} />}
          </li>
        ))}
      </ol>
      {over && (
        <p role="status" data-testid="tour-over">
          {words.tour.over}
        </p>
      )}
    </section>
  );
}

function Act({ step, project, workspace, can, onLook }: { readonly step: TourStep; readonly project: Project; readonly workspace: Workspace; readonly can: boolean; readonly onLook: () => void }): ReactNode {
  const { name, runner } = workspace;
  const input = { project: project.id, name };
  if (step === 'send' || step === 'run') {
    return (
      <Button size="small" look="primary" disabled={!can} data-testid={`tour-act-${step}`} onClick={() => void attempt(() => start(step === 'send' ? 'workspaces.sync' : 'workspaces.start', input))}>
        {words.tour.acts[step]}
      </Button>
    );
  }
  if (step === 'edit' || runner?.url == null) return <span className="faint">{words.tour.waits}</span>;
  return (
    <a className="ws-link" href={runner.url} target="_blank" rel="noreferrer" data-testid={`tour-act-${step}`} onClick={onLook}>
      {words.tour.acts[step]} <ExternalLink size={12} aria-hidden="true" />
    </a>
  );
}
