import { useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { call } from '../../lib/client';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { ErrorBox } from '../../ui/error-box';
import { NumberField } from '../../ui/fields';
import { ConsistencyTable } from './consistency-table';
import { formMinutes, formNumber, formOf, INTERVALS, RETENTION_FIELDS, RETENTION_RANGES, settingsInput, type SettingsForm } from './settings-form';
import type { PanelProps } from './snapshots-panels';

/** How often snapshots are made, what they hold, how long they stay, and how volumes are read. */
export function SettingsPanel(props: PanelProps): ReactElement {
  const { project, status, onStatus } = props;
  const [changed, setChanged] = useState<SettingsForm | null>(null);
  const { working, failure, run } = useAct();
  const form = changed ?? formOf(status.settings);
  const input = settingsInput(status.settings, form);
  const set = (change: Partial<SettingsForm>): void => setChanged({ ...form, ...change });
  const save = async (): Promise<void> => onStatus(await call('snapshots.configure', { project: project.id, ...input }));
  return (
    <div className="page-content scroll snap-panel" tabIndex={0} role="region" aria-label={words.tabs.settings} data-testid="settings-panel">
      {failure !== null && <ErrorBox error={failure} />}
      <form
        className="snap-settings"
        onSubmit={(event) => {
          event.preventDefault();
          if (input !== null && !working) run(save, () => setChanged(null));
        }}
      >
        <Schedule status={status} form={form} onChange={set} />
        <Retention form={form} onChange={set} />
        <p className="snap-save">
          <Button type="submit" look="primary" disabled={input === null || working} data-testid="settings-save">
            {words.settings.save}
          </Button>
          {changed !== null && (
            <Button data-testid="settings-cancel" onClick={() => setChanged(null)}>
              {say.actions.cancel}
            </Button>
          )}
        </p>
      </form>
      <ConsistencyTable {...props} />
    </div>
  );
}

interface FormProps {
  readonly form: SettingsForm;
  readonly onChange: (change: Partial<SettingsForm>) => void;
}

function Schedule({ status, form, onChange }: FormProps & Pick<PanelProps, 'status'>): ReactElement {
  const names = status.repositories.map((one) => one.name);
  return (
    <section className="snap-section">
      <h2>{words.settings.schedule}</h2>
      <p className="dim">{words.settings.scheduleText}</p>
      <div className="form-grid">
        <span className="label">{words.settings.every}</span>
        <span className="snap-inline">
          <Choice label={words.settings.every} value={form.interval} options={INTERVALS} words={words.settings.everies} testId="settings-every" onChange={(interval) => onChange({ interval })} />
          {form.interval === 'own' && <NumberField label={words.settings.minutes} value={form.minutes} unit={words.settings.minutes} invalid={formMinutes(form) === null} testId="settings-minutes" onChange={(minutes) => onChange({ minutes })} />}
        </span>
        <span className="label">{words.settings.repository}</span>
        <Choice label={words.settings.repository} value={form.repository} options={names.includes(form.repository) ? names : [form.repository, ...names]} words={{}} testId="settings-repository" onChange={(repository) => onChange({ repository })} />
      </div>
      <label className="tick">
        <input type="checkbox" checked={form.volumes} data-testid="settings-volumes" onChange={(event) => onChange({ volumes: event.target.checked })} />
        <span>
          {words.settings.volumes}
          <span className="faint snap-detail">{words.settings.volumesText}</span>
        </span>
      </label>
    </section>
  );
}

function Retention({ form, onChange }: FormProps): ReactElement {
  return (
    <section className="snap-section">
      <h2>{words.settings.retention}</h2>
      <p className="dim">{words.settings.retentionText}</p>
      <div className="form-grid snap-retention">
        {RETENTION_FIELDS.map((field) => (
          <RetentionRow key={field} field={field} form={form} onChange={onChange} />
        ))}
      </div>
    </section>
  );
}

function RetentionRow({ field, form, onChange }: FormProps & { readonly field: (typeof RETENTION_FIELDS)[number] }): ReactElement {
  const invalid = formNumber(form, field) === null;
  return (
    <>
      <span className="label">{words.settings[field]}</span>
      <span className="snap-inline">
        <NumberField label={words.settings[field]} value={form.retention[field]} unit={words.settings.units[field]} invalid={invalid} testId={`settings-${field}`} onChange={(text) => onChange({ retention: { ...form.retention, [field]: text } })} />
        {invalid && <span className="field-error">{words.settings.range(...RETENTION_RANGES[field])}</span>}
      </span>
    </>
  );
}
