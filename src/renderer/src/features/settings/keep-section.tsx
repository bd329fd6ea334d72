import { useCallback, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { machineWords as words } from '../../locales/en/machine';
import { call, pickFiles } from '../../lib/client';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

type Changes = OutputOf<'settings.reset'>;
/** What a dialog asks about: nothing, a reset, or the file that was picked. */
type Question = { readonly kind: 'reset' } | { readonly kind: 'import'; readonly file: string };

/** Settings back to their defaults, out to a file and in from one; each shown before it is done, and taken back after it. */
export function KeepSection(): ReactElement {
  const [question, setQuestion] = useState<Question | null>(null);
  const [note, setNote] = useState<string | null>(null);
  const [last, setLast] = useState<Changes | null>(null);
  const { working, failure, run } = useAct();

  const exportNow = async (): Promise<void> => {
    const [file] = await pickFiles({ kind: 'save', purpose: 'settings', name: 'berth-settings.json' });
    if (file === undefined) return;
    const written = await call('settings.export', { file: file.handle });
    setNote(words.keep.exported(written.settings, file.name));
  };
  const pickImport = async (): Promise<void> => {
    const [file] = await pickFiles({ kind: 'open', purpose: 'settings' });
    if (file !== undefined) setQuestion({ kind: 'import', file: file.handle });
  };
  const undo = async (changes: Changes): Promise<void> => {
    for (const { key, from } of changes.changes) await call('settings.set', { key, value: from });
    setLast(null);
    setNote(null);
  };
  const changed = (answer: Changes): void => {
    setLast(answer);
    setNote(words.keep.done(answer.changes.length));
  };
  return (
    <div data-testid="settings-keep">
      <div className="setting-actions">
        <Button size="small" disabled={working} data-testid="settings-reset" onClick={() => setQuestion({ kind: 'reset' })}>
          {words.keep.resetAll}
        </Button>
        <Button size="small" disabled={working} data-testid="settings-export" onClick={() => run(exportNow, () => undefined)}>
          {words.keep.export}
        </Button>
        <Button size="small" disabled={working} data-testid="settings-import" onClick={() => run(pickImport, () => undefined)}>
          {words.keep.import}
        </Button>
        <span role="status">{note}</span>
        {last !== null && last.changes.length > 0 && (
          <Button size="small" look="quiet" disabled={working} data-testid="settings-undo" onClick={() => run(() => undo(last), () => undefined)}>
            {words.keep.undo}
          </Button>
        )}
      </div>
      {failure !== null && <ErrorBox error={failure} />}
      <p className="faint setting-hint">{words.keep.exportHint}</p>
      {question !== null && <ChangesDialog question={question} onDone={changed} onClose={() => setQuestion(null)} />}
    </div>
  );
}

function ask(question: Question, dryRun: boolean): Promise<Changes> {
  return question.kind === 'reset' ? call('settings.reset', { dryRun }) : call('settings.import', { file: question.file, dryRun });
}

function ChangesDialog({ question, onDone, onClose }: { readonly question: Question; readonly onDone: (changes: Changes) => void; readonly onClose: () => void }): ReactElement {
  const planned = useAnswer(useCallback(() => ask(question, true), [question]));
  const isReset = question.kind === 'reset';
  const changes = planned.value?.changes ?? [];
  const none = isReset ? words.keep.nothingToReset : words.keep.nothingToImport;
  return (
    <ConfirmDialog
      testId="settings-changes-dialog"
      title={isReset ? words.keep.resetTitle : words.keep.importTitle}
      lead={isReset ? words.keep.resetLead : words.keep.importLead}
      confirm={isReset ? words.keep.reset : words.keep.importNow}
      confirmTestId="settings-changes-confirm"
      ready={changes.length > 0}
      act={() => ask(question, false).then(onDone)}
      onDone={onClose}
      onClose={onClose}
    >
      {planned.error !== null && <ErrorBox title={say.settings.failed} error={planned.error} />}
      {planned.error === null && planned.value === null && <Skeleton rows={3} label={say.boot.loading} />}
      {planned.value !== null && changes.length === 0 && <p className="dim">{none}</p>}
      {changes.length > 0 && (
        <table className="change-table">
          <thead>
            <tr>
              <th scope="col">{words.tabs.settings}</th>
              <th scope="col">{words.keep.from}</th>
              <th scope="col">{words.keep.to}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change) => (
              <tr key={change.key}>
                <td>{change.title}</td>
                <td className="mono">{shown(change.from)}</td>
                <td className="mono">{shown(change.to)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {planned.value !== null && planned.value.unknown.length > 0 && <p className="faint setting-hint">{words.keep.unknown(planned.value.unknown.join(', '))}</p>}
    </ConfirmDialog>
  );
}

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? say.settings.on : say.settings.off;
  return value === '' ? words.keep.empty : String(value);
}
