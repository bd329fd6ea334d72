import { useCallback, type ReactElement } from 'react';
import { isComparable, unifiedDiff } from '@shared/domain/checks/unified-diff';
import { maskedEnv } from '@shared/domain/files/env-text';
import { tellsSecret } from '@shared/kernel/telling-names';
import { filesWords as words } from '../../locales/en/files';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { visibleText } from '../../lib/visible-text';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { DiffView } from '../../ui/diff-view';
import { StateMark } from '../../ui/state-mark';
import { effectWords } from './effect-words';
import { tookSaved, type OpenFile } from './files-store';
import type { FileCheck } from './use-files';

/** What saving a file changes in it and means for the modes, before it is done. */
export function SaveDialog({ project, path, open, draft, onClose }: { readonly project: Project; readonly path: string; readonly open: OpenFile; readonly draft: string; readonly onClose: () => void }): ReactElement {
  const { file, kind, saved, base } = open;
  const meaning = useAnswer(useCallback(() => call('files.check', { project: project.id, file, text: draft }), [project.id, file, draft]));
  const before = saved?.text ?? '';
  const isEnv = kind === 'env';
  // Read by people, so hidden characters are shown; the secrets of an env file are not.
  const comparable = isComparable(before, draft);
  const diff = !comparable ? '' : unifiedDiff([{ path, before: saved === null || saved.sha256 === 'none' ? null : visibleText(isEnv ? maskedEnv(before, tellsSecret) : before), after: visibleText(isEnv ? maskedEnv(draft, tellsSecret, before) : draft) }]);

  async function save(): Promise<void> {
    const result = await runOperation('files.save', { project: project.id, file, text: draft, ...(base === null ? {} : { base }) });
    tookSaved(project.id, file, draft, typeof result['sha256'] === 'string' ? result['sha256'] : '');
  }

  return (
    <ConfirmDialog testId="save-dialog" kind="sheet" title={words.saveDialog.title(path)} lead={words.saveDialog.backup} confirm={words.saveDialog.confirm} working={words.saveDialog.working} confirmTestId="save-confirm" confirmFirst ready={!comparable || diff !== ''} failed={words.saveDialog.failed} act={save} onDone={onClose} onClose={onClose}>
      <Meaning check={meaning.value} failed={meaning.error !== null} />
      <h2 className="save-heading">{words.saveDialog.difference}</h2>
      {isEnv && <p className="faint">{words.saveDialog.masked}</p>}
      {diff === '' ? <p className="dim">{comparable ? words.saveDialog.nothing : words.saveDialog.tooLong}</p> : <DiffView diff={diff} label={words.saveDialog.difference} />}
    </ConfirmDialog>
  );
}

function Meaning({ check, failed }: { readonly check: FileCheck | null; readonly failed: boolean }): ReactElement {
  if (check === null) return <p className="dim" role="status">{failed ? words.problems.failed : words.saveDialog.looking}</p>;
  const effects = effectWords(check.effects);
  return (
    <ul className="save-meaning" data-testid="save-meaning">
      {check.problems.map((problem, index) => (
        <li key={`problem ${String(index)}`}>
          <StateMark mark="bad" />
          <span className="selectable">
            {problem.modes.length === 0 ? words.saveDialog.breaksFile : words.saveDialog.breaks(problem.modes.join(' and '))} {problem.message}
          </span>
        </li>
      ))}
      {effects.map((text) => (
        <li key={text}>
          <StateMark mark="busy" />
          <span className="selectable">{text}</span>
        </li>
      ))}
      {check.problems.length === 0 && effects.length === 0 && (
        <li>
          <StateMark mark="good" />
          <span>{words.saveDialog.keepsModes}</span>
        </li>
      )}
    </ul>
  );
}
