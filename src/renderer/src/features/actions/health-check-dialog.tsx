import { useCallback, useState, type ReactElement } from 'react';
import type { InputOf, OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import { ErrorBox } from '../../ui/error-box';
import type { ActionProps } from './action-dialog';
import { NumberField, TextRow, typedNumber } from '../../ui/fields';

type Kind = InputOf<'compose.healthcheck'>['kind'];
const KINDS: readonly Kind[] = ['http', 'tcp', 'command', 'none'];
const TIMES = { interval: [1, 3_600], timeout: [1, 600], retries: [1, 100], startPeriod: [0, 3_600] } as const;
type Time = keyof typeof TIMES;
const TIME_NAMES = Object.keys(TIMES) as readonly Time[];

/** What is typed; numbers as text until they are numbers. */
interface Form {
  readonly kind: Kind;
  readonly port: string;
  readonly path: string;
  readonly command: string;
  readonly times: { readonly [time in Time]: string };
}
type Present = OutputOf<'services.healthcheck'>['healthcheck'];

/** The health check of a service, as it is now and as it shall be: over HTTP, a port that accepts, a command, or none. Written into every mode that declares it. */
export function HealthCheckDialog({ project, services, service: looked, onClose }: ActionProps): ReactElement {
  // The one that was looked at, else the first that has none yet.
  const [service, setService] = useState(() => looked ?? services.find((one) => one.health === 'none' && one.state !== 'absent')?.name ?? services[0]?.name ?? '');
  const [typed, setTyped] = useState<{ readonly service: string; readonly form: Form } | null>(null);
  const mode = project.modes.find((one) => one.name === project.activeMode)?.name;
  const answer = useAnswer(useCallback(async () => ({ service, present: (await call('services.healthcheck', { project: project.id, service, ...(mode === undefined ? {} : { mode }) })).healthcheck }), [project.id, service, mode]));
  const present = answer.error === null && answer.value?.service === service ? answer.value.present : undefined;
  const start = formOf(present ?? null, String(services.find((one) => one.name === service)?.ports[0]?.containerPort ?? ''));
  const form = typed?.service === service ? typed.form : start;
  const isAsItIs = present != null && JSON.stringify(form) === JSON.stringify(start);
  const loading = present === undefined && answer.error === null;
  const words = say.healthCheck;
  return (
    <ChangeDialog name="compose.healthcheck" input={loading || isAsItIs ? null : inputOf(project.id, service, form)} title={words.title} lead={words.lead} apply={words.apply} incomplete={loading ? words.loading : isAsItIs ? words.asItIs : words.incomplete} testId="healthcheck-dialog" onClose={onClose}>
      {answer.error !== null && <ErrorBox title={words.notRead} error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      <div className="form-grid">
        <span className="label">{say.schedules.service}</span>
        <div className="form-row">
          <Choice first label={say.schedules.service} value={service} options={services.map((one) => one.name)} words={{}} testId="healthcheck-service" onChange={setService} />
          {present !== undefined && <span className="faint" data-testid="healthcheck-from">{words.from[present?.from ?? 'none']}</span>}
        </div>
        <Fields form={form} onChange={(next) => setTyped({ service, form: next })} />
      </div>
    </ChangeDialog>
  );
}

function Fields({ form, onChange }: { readonly form: Form; readonly onChange: (form: Form) => void }): ReactElement {
  const words = say.healthCheck;
  return (
    <>
      <span className="label">{words.kind}</span>
      <Choice label={words.kind} value={form.kind} options={KINDS} words={words.kinds} testId="healthcheck-kind" onChange={(kind) => onChange({ ...form, kind })} />
      {(form.kind === 'http' || form.kind === 'tcp') && (
        <>
          <span className="label">{words.port}</span>
          <NumberField label={words.port} value={form.port} unit={words.inside} testId="healthcheck-port" invalid={typedNumber(form.port, 1, 65_535) === null} onChange={(port) => onChange({ ...form, port })} />
        </>
      )}
      {form.kind === 'http' && <TextRow code label={words.path} value={form.path} testId="healthcheck-path" onChange={(path) => onChange({ ...form, path })} />}
      {form.kind === 'command' && <TextRow code label={words.command} value={form.command} placeholder="pg_isready -U app" testId="healthcheck-command" onChange={(command) => onChange({ ...form, command })} />}
      {form.kind !== 'none' && (
        <>
          <span className="label">{words.times}</span>
          <div className="form-row">
            {TIME_NAMES.map((name) => (
              <span key={name}>
                {words.timeNames[name]}
                <NumberField label={words.timeNames[name]} value={form.times[name]} unit={name === 'retries' ? words.tries : words.seconds} testId={`healthcheck-${name}`} invalid={timeOf(form, name) === null} onChange={(text) => onChange({ ...form, times: { ...form.times, [name]: text } })} />
              </span>
            ))}
          </div>
        </>
      )}
    </>
  );
}

/** The form as it starts: what the service has, or for one that has none what fits most. */
function formOf(present: Present, port: string): Form {
  if (present === null) return { kind: 'http', port, path: '/', command: '', times: { interval: '10', timeout: '5', retries: '3', startPeriod: '10' } };
  const { kind, path, command } = present;
  return { kind, port: present.port === null ? port : String(present.port), path, command, times: { interval: String(present.intervalSeconds), timeout: String(present.timeoutSeconds), retries: String(present.retries), startPeriod: String(present.startPeriodSeconds) } };
}

function timeOf(form: Form, name: Time): number | null {
  const [from, to] = TIMES[name];
  return typedNumber(form.times[name], from, to);
}

function inputOf(project: string, service: string, form: Form): InputOf<'compose.healthcheck'> | null {
  const { kind } = form;
  if (service === '') return null;
  if (kind === 'none') return { project, service, kind };
  const [intervalSeconds, timeoutSeconds, retries, startPeriodSeconds] = TIME_NAMES.map((name) => timeOf(form, name));
  if (intervalSeconds == null || timeoutSeconds == null || retries == null || startPeriodSeconds == null) return null;
  const times = { intervalSeconds, timeoutSeconds, retries, startPeriodSeconds };
  if (kind === 'command') return form.command.trim() === '' ? null : { project, service, kind, command: form.command.trim(), ...times };
  const port = typedNumber(form.port, 1, 65_535);
  if (port === null) return null;
  return kind === 'tcp' ? { project, service, kind, port, ...times } : { project, service, kind, port, path: form.path.trim() === '' ? '/' : form.path.trim(), ...times };
}
