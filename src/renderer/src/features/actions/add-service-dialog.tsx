import { useCallback, useId, useState, type ReactElement } from 'react';
import type { InputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { useAnswer } from '../../lib/use-answer';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import { TextRow } from '../../ui/fields';
import type { ActionProps } from './action-dialog';
import './actions.css';

type Source = 'build' | 'image';
const SOURCES: readonly Source[] = ['build', 'image'];
const DEFAULT_NETWORK = '';

/** What is typed. */
interface Form {
  readonly name: string;
  readonly source: Source;
  readonly context: string;
  readonly dockerfile: string;
  readonly image: string;
  readonly containerName: string;
  readonly mounts: string;
  readonly ports: string;
  readonly network: string;
  readonly mode: string;
}

/** A new service: what it comes from, its mounts in the mode that is worked in, and what becomes of the files. */
export function AddServiceDialog({ project, onClose }: ActionProps): ReactElement {
  const graph = useAnswer(useCallback(() => call('services.graph', { project: project.id, waitSeconds: 0 }), [project.id]));
  const modes = project.modes.map((mode) => mode.name);
  const [form, setForm] = useState<Form>({ name: '', source: 'build', context: '', dockerfile: '', image: '', containerName: '', mounts: '', ports: '', network: DEFAULT_NETWORK, mode: modes.find((mode) => mode === 'dev') ?? modes[0] ?? '' });
  const area = useId();
  const words = say.addService;
  const set = (change: Partial<Form>): void => setForm((before) => ({ ...before, ...change }));
  const networks = graph.value?.networks.map((network) => network.name) ?? [];
  const folder = form.name.trim() === '' ? './api' : `./${form.name.trim()}`;
  return (
    <ChangeDialog name="compose.add-service" input={inputOf(project.id, form)} title={words.title} lead={words.lead} apply={words.apply} incomplete={words.incomplete} testId="add-service-dialog" onClose={onClose}>
      <div className="form-grid">
        <TextRow first code label={words.name} value={form.name} testId="add-service-name" onChange={(name) => set({ name })} />
        <span className="label">{words.source}</span>
        <Choice label={words.source} value={form.source} options={SOURCES} words={words.sources} testId="add-service-source" onChange={(source) => set({ source })} />
        {form.source === 'build' ? (
          <>
            <TextRow code label={words.context} value={form.context} placeholder={folder} testId="add-service-context" onChange={(context) => set({ context })} />
            <TextRow code label={words.dockerfile} value={form.dockerfile} placeholder="Dockerfile" testId="add-service-dockerfile" onChange={(dockerfile) => set({ dockerfile })} />
          </>
        ) : (
          <TextRow code label={words.image} value={form.image} placeholder="redis:7-alpine" testId="add-service-image" onChange={(image) => set({ image })} />
        )}
        <label htmlFor={area}>{words.mounts}</label>
        <div className="add-service-mounts">
          <textarea id={area} className="text-field mono" rows={3} spellCheck={false} value={form.mounts} placeholder={`${folder}/src:/app/src`} data-testid="add-service-mounts" onChange={(event) => set({ mounts: event.target.value })} />
          <p className="faint">{words.mountsHint}</p>
        </div>
        {modes.length > 1 && (
          <>
            <span className="label" aria-hidden="true" />
            <Choice label={words.mounts} value={form.mode} options={modes} words={Object.fromEntries(modes.map((mode) => [mode, words.mountsIn(mode)]))} testId="add-service-mode" onChange={(mode) => set({ mode })} />
          </>
        )}
        <TextRow code label={words.ports} value={form.ports} placeholder="8080:80" testId="add-service-ports" onChange={(ports) => set({ ports })} />
        <span className="label">{words.network}</span>
        <Choice label={words.network} value={form.network} options={[DEFAULT_NETWORK, ...networks]} words={{ [DEFAULT_NETWORK]: words.defaultNetwork }} testId="add-service-network" onChange={(network) => set({ network })} />
        <TextRow code label={words.containerName} value={form.containerName} placeholder={words.containerNameHint} testId="add-service-container" onChange={(containerName) => set({ containerName })} />
      </div>
    </ChangeDialog>
  );
}

/** What is asked for; null while there is no name, or nothing that it comes from. */
function inputOf(project: string, form: Form): InputOf<'compose.add-service'> | null {
  const service = form.name.trim();
  const from = form.source === 'build' ? form.context.trim() : form.image.trim();
  if (service === '' || from === '') return null;
  const optional = (key: 'dockerfile' | 'containerName'): { readonly [field: string]: string } => (form[key].trim() === '' ? {} : { [key]: form[key].trim() });
  return {
    project,
    service,
    ...(form.source === 'build' ? { context: from, ...optional('dockerfile') } : { image: from }),
    ...optional('containerName'),
    port: words(form.ports),
    mount: lines(form.mounts),
    network: form.network === DEFAULT_NETWORK ? [] : [form.network],
    mode: form.mode,
  };
}

function lines(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}
