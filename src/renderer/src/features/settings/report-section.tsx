import { useCallback, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { machineWords as words } from '../../locales/en/machine';
import { call, pickFiles } from '../../lib/client';
import { duration, thousands } from '../../lib/format';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

/** What a report about Berth needs, as one file; and how the last start went. */
export function ReportSection(): ReactElement {
  const [open, setOpen] = useState(false);
  const [saved, setSaved] = useState<string | null>(null);
  const startup = useAnswer(useCallback(() => call('diagnostics.startup', {}), [])).value;
  const ready = startup?.marks.find((mark) => mark.name === 'page-ready');
  return (
    <div data-testid="settings-report">
      <p className="dim setting-lead">{words.report.lead}</p>
      <div className="setting-actions">
        <Button size="small" data-testid="bundle-open" onClick={() => setOpen(true)}>
          {words.report.write}
        </Button>
        <span role="status">{saved === null ? '' : words.report.saved(saved)}</span>
      </div>
      {ready !== undefined && (
        <p className="faint setting-hint" data-testid="startup-line">
          {words.report.startup}: {words.report.startupLine(duration(ready.atMs))}
        </p>
      )}
      {open && <BundleDialog onSaved={setSaved} onClose={() => setOpen(false)} />}
    </div>
  );
}

function BundleDialog({ onSaved, onClose }: { readonly onSaved: (file: string) => void; readonly onClose: () => void }): ReactElement {
  const list = useAnswer(useCallback(() => call('diagnostics.preview', {}), []));
  const save = async (): Promise<void> => {
    const [file] = await pickFiles({ kind: 'save', purpose: 'bundle', name: `berth-diagnostics-${new Date().toISOString().slice(0, 10)}.tar.gz` });
    // The dialog of the system was closed without a choice: then this one stays.
    if (file === undefined) return;
    await runOperation('diagnostics.bundle', { file: file.handle });
    onSaved(file.name);
    onClose();
  };
  return (
    <ConfirmDialog testId="bundle-dialog" kind="sheet" title={words.report.title} lead={words.report.dialogLead} confirm={words.report.save} working={words.report.saving} confirmTestId="bundle-save" ready={list.value !== null} act={save} onDone={() => undefined} onClose={onClose}>
      {list.error !== null && <ErrorBox title={words.report.failed} error={list.error} actions={<Button size="small" onClick={list.again}>{say.actions.retry}</Button>} />}
      {list.error === null && list.value === null && <Skeleton rows={8} label={words.report.gathering} />}
      {list.value !== null && (
        <>
          <table className="change-table" data-testid="bundle-files">
            <thead>
              <tr>
                <th scope="col">{words.report.file}</th>
                <th scope="col" className="number">
                  {words.report.size}
                </th>
                <th scope="col">{words.report.what}</th>
              </tr>
            </thead>
            <tbody>
              {list.value.files.map((file) => (
                <tr key={file.path}>
                  <td className="mono">{file.path}</td>
                  <td className="number">{thousands(file.sizeBytes)} B</td>
                  <td className="dim">{file.what}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Sentences title={words.report.leftOut} sentences={list.value.leftOut} />
          <Sentences title={words.report.missing} sentences={list.value.missing} />
        </>
      )}
    </ConfirmDialog>
  );
}

function Sentences({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }): ReactElement | null {
  if (sentences.length === 0) return null;
  return (
    <section className="bundle-part">
      <h2>{title}</h2>
      <ul className="bundle-list">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </section>
  );
}
