import { lazy, Suspense, useRef, type KeyboardEvent, type ReactElement } from 'react';
import { Eye, Play, Square, TriangleAlert } from 'lucide-react';
import { canStop, startChoice } from '@shared/domain/projects/start-choice';
import { say } from '../../locales/say';
import { capitalised } from '../../lib/format';
import { switchTarget, type Operation, type Project, type ServiceList } from '../../lib/model';
import { blockersOf } from '../../lib/selectors';
import type { ChecksState } from '../../lib/store';
import { showPlan, startProject, stopProject, switchTo } from '../../lib/switch-flow';
import { Button, IconButton } from '../../ui/button';
import './mode-switch.css';

const AddMode = lazy(async () => ({ default: (await import('./add-mode')).AddMode }));

interface ModeSwitchProps {
  readonly project: Project;
  readonly services: ServiceList | null;
  readonly operation: Operation | null;
  readonly preparing: string | null;
  readonly checks: ChecksState | null;
  readonly disabled: boolean;
}

/** Where the project is, where it is going, and what stands in the way: the largest control of the window. */
export function ModeSwitch(props: ModeSwitchProps): ReactElement {
  return props.project.modes.length > 1 ? <Segments {...props} /> : <OneMode {...props} />;
}

function Segments({ project, operation, preparing, checks, disabled }: ModeSwitchProps): ReactElement {
  const group = useRef<HTMLDivElement>(null);
  const going = operation === null ? null : (switchTarget(operation)?.to ?? null);
  const busy = operation !== null || preparing !== null;

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const buttons = [...(group.current?.querySelectorAll<HTMLButtonElement>('.segment') ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  }

  const previewed = project.modes.find((mode) => mode.name !== project.activeMode)?.name ?? project.modes[0]?.name ?? '';
  return (
    <div className="mode-switch">
      <div ref={group} className="segments" role="group" aria-label={say.header.switchLabel} onKeyDown={onKeyDown}>
        {project.modes.map((mode) => {
          const active = project.activeMode === mode.name;
          const target = going === mode.name || preparing === mode.name;
          const blockers = active ? 0 : blockersOf(checks, mode.name);
          const part = operation !== null && operation.progress.of > 0 ? operation.progress.step / operation.progress.of : 0;
          return (
            <button
              key={mode.name}
              type="button"
              className="segment"
              data-testid={`mode-${mode.name}`}
              data-active={active}
              data-target={target}
              aria-pressed={active}
              aria-busy={target && busy}
              title={active ? say.header.isIn(mode.name) : say.header.switchTo(mode.name)}
              disabled={disabled || busy}
              onClick={() => void switchTo(project.id, mode.name)}
            >
              {target && <span className="segment-progress" style={{ transform: `scaleX(${Math.max(0.04, Math.min(1, part))})` }} data-waiting={part === 0} aria-hidden="true" />}
              <span className="segment-word">{capitalised(mode.name)}</span>
              {blockers > 0 && (
                <span className="segment-count">
                  <TriangleAlert size={12} aria-hidden="true" />
                  {blockers}
                  <span className="hidden-text">{say.header.blockers(blockers, mode.name)}</span>
                </span>
              )}
            </button>
          );
        })}
      </div>
      <IconButton label={say.header.previewOf(previewed)} data-testid="preview" disabled={disabled || preparing !== null} onClick={() => void showPlan(project.id, previewed)}>
        <Eye size={16} />
      </IconButton>
    </div>
  );
}

function OneMode({ project, services, operation, preparing, disabled }: ModeSwitchProps): ReactElement {
  const list = services?.services ?? [];
  const busy = disabled || operation !== null || preparing !== null || services === null;
  const mode = project.modes[0]?.name ?? 'default';
  const starts = startChoice(project, list).kind !== 'none';
  return (
    <div className="mode-switch">
      {starts || !canStop(list) ? (
        <Button size="large" icon={<Play size={14} />} disabled={busy} data-testid={`mode-${mode}`} onClick={() => void startProject(project.id)}>
          {say.actions.start}
        </Button>
      ) : null}
      {canStop(list) && (
        <Button size="large" icon={<Square size={13} />} disabled={busy} data-testid="stop-project" onClick={() => void stopProject(project.id)}>
          {say.actions.stop}
        </Button>
      )}
      <Suspense fallback={null}>
        <AddMode />
      </Suspense>
    </div>
  );
}
