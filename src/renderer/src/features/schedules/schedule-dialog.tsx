import { useCallback, useId, useState, type FormEvent, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import type { Project, Schedule } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { ErrorBox } from '../../ui/error-box';
import { everyParts, SCHEDULE_KINDS, scheduleWords, typedSeconds, UNITS, type ScheduleKind, type Unit } from './schedule-words';

interface ScheduleDialogProps {
  /** The one that is changed; null adds one. What it does is what it is known by, so a change is only of its time. */
  readonly schedule: Schedule | null;
  readonly projects: readonly Project[];
  readonly projectId: string | null;
  readonly onClose: (saved: boolean) => void;
}

/** Adds a schedule, or changes how often one runs. */
export function ScheduleDialog({ schedule, projects, projectId, onClose }: ScheduleDialogProps): ReactElement {
  const form = useId();
  const { working, failure, run, clear } = useAct();
  const [what, setWhat] = useState<What>(() => startOf(projects, projectId));
  const [every, setEvery] = useState(() => startEvery(schedule));
  const isTime = failure?.details?.['field'] === 'everySeconds';

  function save(event: FormEvent): void {
    event.preventDefault();
    const request = schedule ?? { ...requestOf(what), enabled: true };
    run(() => call('schedules.set', { kind: request.kind, input: request.input, enabled: request.enabled, everySeconds: typedSeconds(every.text, every.unit) }), () => onClose(true));
  }

  return (
    <Dialog
      kind="modal"
      testId="schedule-dialog"
      title={schedule === null ? say.schedules.addTitle : say.schedules.changeTitle}
      lead={schedule === null ? say.schedules.addLead : scheduleWords(schedule, projects)}
      onClose={() => onClose(false)}
      footer={
        <>
          <span className="grow" />
          <Button onClick={() => onClose(false)}>{say.actions.cancel}</Button>
          <Button type="submit" form={form} look="primary" data-testid="schedule-save" disabled={working}>
            {working ? say.schedules.saving : schedule === null ? say.schedules.saveNew : say.schedules.save}
          </Button>
        </>
      }
    >
      {failure !== null && !isTime && <ErrorBox title={say.schedules.notSaved} error={failure} />}
      <form id={form} className="schedule-form" onSubmit={save} onChange={clear}>
        {schedule === null && <WhatFields what={what} projects={projects} onChange={setWhat} />}
        <label className="dim" htmlFor={`${form}every`}>
          {say.schedules.every}
        </label>
        <div>
          <span className="schedule-every">
            <input id={`${form}every`} className="number-field" type="text" inputMode="decimal" autoComplete="off" spellCheck={false} data-testid="schedule-every" data-first={schedule === null ? undefined : ''} aria-invalid={isTime} aria-describedby={`${form}may`} value={every.text} onChange={(event) => setEvery({ ...every, text: event.target.value })} />
            <Choice label={say.schedules.unit} value={every.unit} options={UNITS} words={say.schedules.units} testId="schedule-unit" onChange={(unit) => setEvery({ ...every, unit })} />
          </span>
          <p id={`${form}may`} className={isTime ? 'field-error' : 'schedule-may faint'} role={isTime ? 'alert' : undefined}>
            {isTime ? say.schedules.mayNot : say.schedules.may}
          </p>
        </div>
      </form>
    </Dialog>
  );
}

/** What is chosen to be scheduled. No service means all of them. */
interface What {
  readonly kind: ScheduleKind;
  readonly project: string;
  readonly service: string;
  readonly mode: string;
}

function startOf(projects: readonly Project[], projectId: string | null): What {
  const project = projects.find((one) => one.id === projectId) ?? projects[0];
  return { kind: 'services.restart', project: project?.id ?? '', service: '', mode: project?.modes[0]?.name ?? '' };
}

function startEvery(schedule: Schedule | null): { readonly text: string; readonly unit: Unit } {
  if (schedule === null) return { text: '1', unit: 'days' };
  const { number, unit } = everyParts(schedule.everySeconds);
  return { text: String(number), unit };
}

function requestOf({ kind, project, service, mode }: What): Pick<Schedule, 'kind' | 'input'> {
  if (kind === 'modes.switch') return { kind, input: { project, mode } };
  if (kind === 'drift.heal') return { kind, input: { project } };
  return { kind, input: { project, services: service === '' ? [] : [service] } };
}

function WhatFields({ what, projects, onChange }: { readonly what: What; readonly projects: readonly Project[]; readonly onChange: (what: What) => void }): ReactElement {
  const project = projects.find((one) => one.id === what.project);
  // Without an engine the names are not known: all services can still be chosen.
  const services = useAnswer(useCallback(() => call('services.list', { project: what.project }), [what.project]));
  const names = services.value?.services.map((service) => service.name) ?? [];
  return (
    <>
      <span className="dim">{say.schedules.what}</span>
      <Choice first label={say.schedules.what} value={what.kind} options={SCHEDULE_KINDS} words={say.schedules.kinds} testId="schedule-kind" onChange={(kind) => onChange({ ...what, kind })} />
      <span className="dim">{say.schedules.project}</span>
      <Choice label={say.schedules.project} value={what.project} options={projects.map((one) => one.id)} words={Object.fromEntries(projects.map((one) => [one.id, one.name]))} onChange={(id) => onChange({ ...startOf(projects, id), kind: what.kind })} />
      {what.kind.startsWith('services.') && (
        <>
          <span className="dim">{say.schedules.service}</span>
          <Choice label={say.schedules.service} value={what.service} options={['', ...names]} words={{ '': say.schedules.allServices }} testId="schedule-service" onChange={(service) => onChange({ ...what, service })} />
        </>
      )}
      {what.kind === 'modes.switch' && (
        <>
          <span className="dim">{say.schedules.mode}</span>
          <Choice label={say.schedules.mode} value={what.mode} options={project?.modes.map((mode) => mode.name) ?? []} words={{}} testId="schedule-mode" onChange={(mode) => onChange({ ...what, mode })} />
        </>
      )}
    </>
  );
}
