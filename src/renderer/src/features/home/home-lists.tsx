import type { ReactElement } from 'react';
import { OctagonAlert, TriangleAlert } from 'lucide-react';
import { homeWords as words } from '../../locales/en/home';
import { say } from '../../locales/say';
import type { Alert, DoctorReport, Engine, Operation, Project, Runtime } from '../../lib/model';
import { Button } from '../../ui/button';
import { operationMark, StateMark, type Mark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';
import { stateWord, wayBack, type Thing } from './home-answer';

const ICONS = { error: OctagonAlert, warning: TriangleAlert };

/** What to look at, worst first. */
export function ThingsList({ things, nameOf, onGo }: { readonly things: readonly Thing[]; readonly nameOf: (projectId: string) => string; readonly onGo: (thing: Thing) => void }): ReactElement {
  return (
    <section className="home-section" aria-labelledby="home-things">
      <h2 id="home-things">{words.things.title}</h2>
      {things.length === 0 ? (
        <p className="dim">{words.things.none}</p>
      ) : (
        <ul className="home-list" data-testid="home-things">
          {things.map((thing) => {
            const Icon = ICONS[thing.severity];
            return (
              <li key={thing.id}>
                <button type="button" data-row className="home-row" data-severity={thing.severity} data-testid={`thing-${thing.id}`} onClick={() => onGo(thing)}>
                  <Icon size={14} aria-hidden="true" />
                  <span className="hidden-text">{words.things.severities[thing.severity]}: </span>
                  <span className="home-row-text" title={thing.text}>{thing.text}</span>
                  {thing.projectId !== null && <span className="faint">{nameOf(thing.projectId)}</span>}
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

interface OperationsListProps {
  readonly operations: readonly Operation[];
  readonly projects: readonly Project[];
  readonly onShow: () => void;
  readonly onUndo: (operation: Operation, back: NonNullable<ReturnType<typeof wayBack>>) => void;
}

/** What was done last, in any project, with the way back. */
export function OperationsList({ operations, projects, onShow, onUndo }: OperationsListProps): ReactElement {
  return (
    <section className="home-section" aria-labelledby="home-operations">
      <div className="home-section-head">
        <h2 id="home-operations">{words.operations.title}</h2>
        {operations.length > 0 && (
          <Button size="small" look="quiet" onClick={onShow}>
            {words.operations.all}
          </Button>
        )}
      </div>
      {operations.length === 0 ? (
        <p className="dim">{words.operations.none}</p>
      ) : (
        <ul className="home-list" data-testid="home-operations">
          {operations.map((operation) => {
            const back = wayBack(operation, projects.find((one) => one.id === operation.projectId));
            return (
              <li key={operation.id} className="home-operation" data-state={operation.state}>
                <button type="button" data-row className="home-row" onClick={onShow}>
                  <StateMark mark={operationMark(operation.state)} />
                  <span className="home-row-text" title={operation.title}>{operation.title}</span>
                  <span className="faint">{stateWord(operation)}</span>
                  <span className="faint home-when"><Ago at={operation.finishedAt ?? operation.createdAt} /></span>
                </button>
                {back !== null && (
                  <Button size="small" aria-label={words.operations.undo(operation.title)} data-testid={`home-undo-${operation.id}`} onClick={() => onUndo(operation, back)}>
                    {say.actions.undo}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

interface MachineProps {
  readonly engine: Engine | null;
  readonly doctor: DoctorReport | null;
  readonly runtime: Runtime | null;
  readonly alerts: readonly Alert[];
}

/** What all projects share: the engine, room on the disk, the work in the background. */
export function Machine({ engine, doctor, runtime, alerts }: MachineProps): ReactElement {
  const disk = doctor?.checks.find((check) => check.name === 'disk');
  const paused = runtime?.components.filter((one) => one.state === 'paused').map((one) => one.name) ?? [];
  const standing = alerts.filter((one) => one.projectId === null).length;
  const rows: readonly (readonly [string, Mark, string])[] = [
    ...(engine === null ? [] : [[words.machine.engine, engine.state === 'connected' ? 'good' : engine.state === 'connecting' ? 'busy' : 'bad', engine.state === 'connected' ? `${engine.version} · ${engine.endpoint}` : words.machine.engineAway] as const]),
    ...(disk === undefined ? [] : [[words.machine.disk, disk.ok ? 'good' : 'bad', disk.detail] as const]),
    ...(runtime === null ? [] : [[words.machine.background, paused.length > 0 ? 'warn' : 'good', paused.length > 0 ? words.machine.paused(paused) : words.machine.works(runtime.components.length)] as const]),
    [words.machine.alerts, standing > 0 ? 'warn' : 'good', standing > 0 ? String(standing) : words.machine.noAlerts],
  ];
  return (
    <section className="home-section" aria-labelledby="home-machine" data-testid="home-machine">
      <h2 id="home-machine">{words.machine.title}</h2>
      <dl className="home-machine">
        {rows.map(([name, mark, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <StateMark mark={mark} />
              <span className="ellipsis" title={text}>{text}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
