import { useState, type ReactElement } from 'react';
import type { InputOf } from '@shared/contract/contract';
import { storageWords as words } from '../../locales/en/storage';
import type { Project } from '../../lib/model';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import { TextRow } from '../../ui/fields';
import type { StorageMount } from './storage-answer';
import { tuneInput, type TuneForm } from './tune-input';

const PRESETS: readonly TuneForm['preset'][] = ['bigger-cache', 'fresher', 'default', 'custom'];

/** The cache of a mount: one of the presets, or values of one's own. */
export function TuneDialog({ project, mount, onClose }: { readonly project: Project; readonly mount: StorageMount; readonly onClose: () => void }): ReactElement {
  const [form, setForm] = useState<TuneForm>({ preset: 'bigger-cache', size: '', age: '', dir: '', access: '' });
  const set = (change: Partial<TuneForm>): void => setForm((before) => ({ ...before, ...change }));
  const values = tuneInput(form);
  const input: InputOf<'storage.tune'> | null = values === null ? null : { project: project.id, mount: mount.id, ...values };
  return (
    <ChangeDialog name="storage.tune" input={input} title={words.mounts.tuneTitle(mount.mountPoint)} lead={words.mounts.tuneLead} apply={words.mounts.apply} incomplete={words.mounts.incomplete} testId="tune-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.mounts.preset}</span>
        <Choice first label={words.mounts.preset} value={form.preset} options={PRESETS} words={words.mounts.presets} testId="tune-preset" onChange={(preset) => set({ preset })} />
        {form.preset === 'custom' && (
          <>
            <TextRow code label={words.mounts.size} value={form.size} placeholder="5G" testId="tune-size" onChange={(size) => set({ size })} />
            <TextRow code label={words.mounts.age} value={form.age} placeholder="1h" testId="tune-age" onChange={(age) => set({ age })} />
            <TextRow code label={words.mounts.dir} value={form.dir} placeholder="1m" testId="tune-dir" onChange={(dir) => set({ dir })} />
            <span className="label">{words.mounts.access}</span>
            <Choice label={words.mounts.access} value={form.access} options={['', 'read-only', 'writable']} words={words.mounts.accesses} testId="tune-access" onChange={(access) => set({ access })} />
          </>
        )}
      </div>
    </ChangeDialog>
  );
}
