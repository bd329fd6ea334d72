import { useState, type ReactElement } from 'react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import type { Project } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { TextRow } from '../../ui/fields';

const SHORTEST = 12;

/** A bucket that keeps snapshots, with a passphrase or without what is secret. */
export function AddRepositoryDialog({ project, onClose }: { readonly project: Project; readonly onClose: () => void }): ReactElement {
  const [bucket, setBucket] = useState('');
  const [prefix, setPrefix] = useState('berth-snapshots');
  const [passphrase, setPassphrase] = useState('');
  const short = passphrase !== '' && passphrase.length < SHORTEST;
  const input = { project: project.id, bucket: bucket.trim(), prefix: prefix.trim(), ...(passphrase === '' ? {} : { passphrase }) };
  return (
    <ConfirmDialog testId="add-repository-dialog" title={words.addRepository.title} lead={words.addRepository.lead} confirm={words.addRepository.confirm} working={words.addRepository.working} confirmTestId="add-repository-confirm" ready={input.bucket.length > 2 && !short} act={() => runOperation('snapshots.add-repository', input)} onDone={onClose} onClose={onClose}>
      <div className="form-grid">
        <TextRow first code label={words.addRepository.bucket} value={bucket} placeholder="backups" testId="repository-bucket" onChange={setBucket} />
        <TextRow code label={words.addRepository.prefix} value={prefix} testId="repository-prefix" onChange={setPrefix} />
        <TextRow secret label={words.addRepository.passphrase} value={passphrase} placeholder={words.addRepository.passphraseHint} testId="repository-passphrase" onChange={setPassphrase} />
      </div>
      <p className={short ? 'field-error' : 'dim'} role="status">
        {short ? words.addRepository.short : passphrase === '' ? words.addRepository.without : words.addRepository.with}
      </p>
    </ConfirmDialog>
  );
}
