import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react';
import { CalendarClock } from 'lucide-react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import type { Operation, Project, Schedule } from '../../lib/model';
import { useStore } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { operationMark, StateMark } from '../../ui/state-mark';
import { Switch } from '../../ui/switch';
import { Ago, Until } from '../../ui/time';
import { RemoveDialog } from './remove-dialog';
import { ScheduleDialog } from './schedule-dialog';
import { everyWords, nextSchedule, scheduleWords } from './schedule-words';
import './schedules-panel.css';

type Open = { readonly dialog: 'add' } | { readonly dialog: 'change' | 'remove'; readonly schedule: Schedule };

/** What runs again and again by itself: when next, and how it went last. */
export function SchedulesPanel({ projects, projectId, operations }: { readonly projects: readonly Project[] | null; readonly projectId: string | null; readonly operations: readonly Operation[] | null }): ReactElement {
  const { value, error, again, set } = useAnswer(useCallback(async (): Promise<readonly Schedule[]> => call('schedules.list', {}), []));
  const told = useStore((state) => state.model.schedules);
  const before = useRef(told);
  const [open, setOpen] = useState<Open | null>(null);
  const known = projects ?? [];
  // Other doors add schedules too, and a run moves the next time on.
  useEffect(() => {
    if (before.current === told) return;
    before.current = told;
    if (told === null) again();
    else set(told);
  }, [told, again, set]);

  const closed = (changed: boolean): void => {
    setOpen(null);
    if (changed) again();
  };
  const turn = (schedule: Schedule, enabled: boolean): Promise<void> =>
    attempt(() => call('schedules.set', { kind: schedule.kind, input: schedule.input, everySeconds: schedule.everySeconds, enabled })).finally(again);
  const add = (
    <Button look="primary" data-testid="schedule-add" disabled={known.length === 0} onClick={() => setOpen({ dialog: 'add' })}>
      {say.schedules.add}
    </Button>
  );

  return (
    <>
      <PageHead sentence={sentence(value, error !== null)} detail={value === null ? undefined : <Next schedules={value} projects={known} />}>
        {value !== null && value.length > 0 && add}
      </PageHead>
      <div className="page-content scroll">
        {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
        {value === null && error === null && <Skeleton rows={4} label={say.boot.loading} />}
        {value?.length === 0 && (
          <EmptyState icon={<CalendarClock size={20} />} title={say.schedules.empty} actions={add} testId="schedules-empty">
            <p>{say.schedules.emptyText}</p>
            {known.length === 0 && <p>{say.schedules.noProject}</p>}
          </EmptyState>
        )}
        {value !== null && value.length > 0 && <ScheduleTable schedules={value} projects={known} operations={operations ?? []} onOpen={setOpen} onTurn={(schedule, enabled) => void turn(schedule, enabled)} />}
      </div>
      {open?.dialog === 'add' && <ScheduleDialog schedule={null} projects={known} projectId={projectId} onClose={closed} />}
      {open?.dialog === 'change' && <ScheduleDialog schedule={open.schedule} projects={known} projectId={projectId} onClose={closed} />}
      {open?.dialog === 'remove' && <RemoveDialog id={open.schedule.id} what={scheduleWords(open.schedule, known)} onClose={closed} />}
    </>
  );
}

function sentence(schedules: readonly Schedule[] | null, failed: boolean): string {
  if (schedules === null) return failed ? say.schedules.failed : say.boot.loading;
  return schedules.length === 0 ? say.schedules.empty : say.schedules.sentence(schedules.length, schedules.filter((schedule) => schedule.enabled).length);
}

function Next({ schedules, projects }: { readonly schedules: readonly Schedule[]; readonly projects: readonly Project[] }): ReactElement | null {
  const next = nextSchedule(schedules);
  if (next === null) return null;
  return (
    <>
      {say.schedules.next} {scheduleWords(next, projects)}, <Until at={next.nextAt} />
    </>
  );
}

interface ScheduleTableProps {
  readonly schedules: readonly Schedule[];
  readonly projects: readonly Project[];
  readonly operations: readonly Operation[];
  readonly onOpen: (open: Open) => void;
  readonly onTurn: (schedule: Schedule, enabled: boolean) => void;
}

/** J and K move, Enter opens the change. */
function ScheduleTable({ schedules, projects, operations, onOpen, onTurn }: ScheduleTableProps): ReactElement {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowKeys(body);
  return (
    <table className="grid-table schedules" data-testid="schedules">
      <caption className="hidden-text">{say.schedules.list}</caption>
      <thead>
        <tr>
          <th className="schedules-on">{say.schedules.on}</th>
          <th>{say.schedules.what}</th>
          <th className="schedules-every">{say.schedules.every}</th>
          <th className="schedules-next">{say.schedules.nextRun}</th>
          <th className="schedules-last">{say.schedules.lastRun}</th>
          <th className="schedules-act">
            <span className="hidden-text">{say.schedules.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {schedules.map((schedule) => {
          const what = scheduleWords(schedule, projects);
          return (
            <tr key={schedule.id} data-testid={`schedule-${schedule.kind}`} data-enabled={schedule.enabled}>
              <td className="schedules-on">
                <Switch aria-label={say.schedules.turn(what)} checked={schedule.enabled} onChange={(event) => onTurn(schedule, event.target.checked)} />
              </td>
              <td>
                <button type="button" data-row className="schedules-what" onClick={() => onOpen({ dialog: 'change', schedule })}>
                  {what}
                </button>
              </td>
              <td className="schedules-every">{everyWords(schedule.everySeconds)}</td>
              <td className="schedules-next">{schedule.enabled ? <Until at={schedule.nextAt} /> : say.schedules.off}</td>
              <td className="schedules-last">
                <LastRun schedule={schedule} operation={operations.find((operation) => operation.id === schedule.lastOperationId)} />
              </td>
              <td className="schedules-act">
                <Button size="small" look="quiet" aria-label={say.schedules.changeOf(what)} onClick={() => onOpen({ dialog: 'change', schedule })}>
                  {say.schedules.change}
                </Button>
                <Button size="small" look="quiet" aria-label={say.schedules.removeOf(what)} onClick={() => onOpen({ dialog: 'remove', schedule })}>
                  {say.schedules.remove}
                </Button>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** When it ran last and, while the operation is still known, how that went. */
function LastRun({ schedule, operation }: { readonly schedule: Schedule; readonly operation: Operation | undefined }): ReactElement {
  if (schedule.lastAt === null) return <span className="faint">{say.schedules.never}</span>;
  return (
    <span className="schedules-run" title={operation?.error?.message}>
      {operation !== undefined && <StateMark mark={operationMark(operation.state)} />}
      <span>
        {operation !== undefined && `${say.activity.states[operation.state]}, `}
        <Ago at={schedule.lastAt} />
      </span>
    </span>
  );
}
