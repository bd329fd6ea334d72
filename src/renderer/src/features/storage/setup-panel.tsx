import { useState, type ReactElement } from 'react';
import { storageWords as words } from '../../locales/en/storage';
import type { InputOf } from '@shared/contract/contract';
import type { Project } from '../../lib/model';
import { Button } from '../../ui/button';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import { FuseNotice } from './fuse-notice';
import type { StorageStatus } from './storage-answer';

type Setup = InputOf<'storage.setup'>;
type Preset = NonNullable<Setup['preset']>;
type Backend = NonNullable<Setup['backend']>;
type Only = NonNullable<Setup['only']>;

const PRESETS: readonly Preset[] = ['complementary', 'workspace', 'legacy'];

/** Before there is a storage file: what storage is for, and what it can start as. */
export function SetupPanel({ project, status, busy }: { readonly project: Project; readonly status: StorageStatus; readonly busy: boolean }): ReactElement {
  const [preset, setPreset] = useState<Preset | null>(null);
  return (
    <div className="page-content scroll storage-panel" tabIndex={0} role="region" aria-label={words.setup.dialog} data-testid="storage-setup">
      {!status.fuse.possible && <FuseNotice fuse={status.fuse} />}
      <section className="setup">
        <h2>{words.setup.title}</h2>
        <p className="dim">{words.setup.text}</p>
        <ul className="setup-presets">
          {PRESETS.map((one) => (
            <li key={one}>
              <div className="grow">
                <h3 id={`setup-${one}`}>
                  {words.setup.presets[one].title}
                  {one === 'complementary' && <span className="storage-tag">{words.setup.recommended}</span>}
                </h3>
                <p className="dim">{words.setup.presets[one].text}</p>
              </div>
              <Button look={one === 'complementary' ? 'primary' : 'normal'} disabled={busy} aria-describedby={`setup-${one}`} data-testid={`setup-${one}-choose`} onClick={() => setPreset(one)}>
                {words.setup.choose}
              </Button>
            </li>
          ))}
        </ul>
      </section>
      {preset !== null && <SetupDialog project={project} preset={preset} onClose={() => setPreset(null)} />}
    </div>
  );
}

/** Which preset, with which backend, and what of it; the plan shows the files. */
export function SetupDialog({ project, preset: given, onClose }: { readonly project: Project; readonly preset: Preset; readonly onClose: () => void }): ReactElement {
  const [preset, setPreset] = useState(given);
  const [backend, setBackend] = useState<Backend>('rclone');
  const [only, setOnly] = useState<Only>('all');
  const titles = Object.fromEntries(PRESETS.map((one) => [one, words.setup.presets[one].title]));
  return (
    <ChangeDialog name="storage.setup" input={{ project: project.id, preset, ...(preset === 'workspace' ? { backend } : { only }) }} title={words.setup.dialog} lead={words.setup.lead} apply={words.setup.apply} testId="setup-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.setup.preset}</span>
        <Choice first label={words.setup.preset} value={preset} options={PRESETS} words={titles} testId="setup-preset" onChange={setPreset} />
        {preset === 'workspace' ? (
          <>
            <span className="label">{words.setup.backend}</span>
            <Choice label={words.setup.backend} value={backend} options={['rclone', 's3fs']} words={words.setup.backends} testId="setup-backend" onChange={setBackend} />
          </>
        ) : (
          <>
            <span className="label">{words.setup.only}</span>
            <Choice label={words.setup.only} value={only} options={['all', 'mounts', 'sync']} words={words.setup.onlys} testId="setup-only" onChange={setOnly} />
          </>
        )}
      </div>
      <p className="faint setup-note">{words.setup.presets[preset].text}</p>
    </ChangeDialog>
  );
}

/** A set-up without mounts, or without sync jobs. */
export function NothingSetUp({ title, text, onSetUp }: { readonly title: string; readonly text: string; readonly onSetUp: () => void }): ReactElement {
  return (
    <div className="storage-none">
      <h2>{title}</h2>
      <p className="dim">{text}</p>
      <Button onClick={onSetUp}>{words.setup.change}</Button>
    </div>
  );
}
