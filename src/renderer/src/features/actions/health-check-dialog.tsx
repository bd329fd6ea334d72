import { useState, type ReactElement } from 'react';
import type { InputOf } from '@shared/contract/contract';
import { en } from '../../locales/en';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import type { ActionProps } from './action-dialog';
import { NumberField, TextRow, typedNumber } from './fields';

type Kind = InputOf<'compose.healthcheck'>['kind'];
const KINDS: readonly Kind[] = ['http', 'tcp', 'command', 'none'];
const TIMES = { interval: [1, 3_600], timeout: [1, 600], retries: [1, 100], startPeriod: [0, 3_600] } as const;
type Time = keyof typeof TIMES;
const TIME_NAMES = Object.keys(TIMES) as readonly Time[];

/** What is typed; numbers as text until they are numbers. */
interface Form {
  readonly service: string;
  readonly kind: Kind;
  readonly port: string;
  readonly path: string;
  readonly command: string;
  readonly times: { readonly [time in Time]: string };
}

/** The health check of a service: over HTTP, a port that accepts, a command, or none. Written into every mode that declares it. */
export function HealthCheckDialog({ project, services, service, onClose }: ActionProps): ReactElement {
  const portOf = (name: string): string => String(services.find((one) => one.name === name)?.ports[0]?.containerPort ?? '');
  const [form, setForm] = useState<Form>(() => {
    // The one that was looked at, else the first that has none yet.
    const first = service ?? services.find((one) => one.health === 'none' && one.state !== 'absent')?.name ?? services[0]?.name ?? '';
    return { service: first, kind: 'http', port: portOf(first), path: '/', command: '', times: { interval: '10', timeout: '5', retries: '3', startPeriod: '10' } };
  });
  const words = en.healthCheck;
  return (
    <ChangeDialog name="compose.healthcheck" input={inputOf(project.id, form)} title={words.title} lead={words.lead} apply={words.apply} incomplete={words.incomplete} testId="healthcheck-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{en.schedules.service}</span>
        <Choice first label={en.schedules.service} value={form.service} options={services.map((one) => one.name)} words={{}} testId="healthcheck-service" onChange={(name) => setForm({ ...form, service: name, port: portOf(name) })} />
        <span className="label">{words.kind}</span>
        <Choice label={words.kind} value={form.kind} options={KINDS} words={words.kinds} testId="healthcheck-kind" onChange={(kind) => setForm({ ...form, kind })} />
        {(form.kind === 'http' || form.kind === 'tcp') && (
          <>
            <span className="label">{words.port}</span>
            <NumberField label={words.port} value={form.port} unit={words.inside} testId="healthcheck-port" invalid={typedNumber(form.port, 1, 65_535) === null} onChange={(port) => setForm({ ...form, port })} />
          </>
        )}
        {form.kind === 'http' && <TextRow code label={words.path} value={form.path} testId="healthcheck-path" onChange={(path) => setForm({ ...form, path })} />}
        {form.kind === 'command' && <TextRow code label={words.command} value={form.command} placeholder="pg_isready -U app" testId="healthcheck-command" onChange={(command) => setForm({ ...form, command })} />}
        {form.kind !== 'none' && (
          <>
            <span className="label">{words.times}</span>
            <div className="form-row">
              {TIME_NAMES.map((name) => (
                <span key={name}>
                  {words.timeNames[name]}
                  <NumberField label={words.timeNames[name]} value={form.times[name]} unit={name === 'retries' ? words.tries : words.seconds} invalid={timeOf(form, name) === null} onChange={(text) => setForm({ ...form, times: { ...form.times, [name]: text } })} />
                </span>
              ))}
            </div>
          </>
        )}
      </div>
    </ChangeDialog>
  );
}

function timeOf(form: Form, name: Time): number | null {
  const [from, to] = TIMES[name];
  return typedNumber(form.times[name], from, to);
}

function inputOf(project: string, form: Form): InputOf<'compose.healthcheck'> | null {
  const { service, kind } = form;
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
