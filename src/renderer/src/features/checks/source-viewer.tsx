import { useCallback, useEffect, useRef, type ReactElement } from 'react';
import { FileCode, SquarePen } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { fileName, inProject } from '../../lib/format';
import type { Project } from '../../lib/model';
import { goToFile } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { copyText } from '../../ui/copy-command';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import './source-viewer.css';

/** Lines shown before and after the place: no file of a project is longer in practice, and a page of more is slow. */
const MAX_LINES = 2_000;

/** A file of the project with the line a finding is about. Read only: changes are made by fixes, on the Files page or in the editor. */
export function SourceViewer({ project, where, onEdit, onClose }: { readonly project: Project; readonly where: Where; readonly onEdit: (where: Where) => void; readonly onClose: () => void }): ReactElement {
  const source = useAnswer(useCallback(() => call('compose.source', { project: project.id, file: where.file }), [project.id, where.file]));
  const place = `${inProject(where.file, project.dir)}${where.line === undefined ? '' : `:${where.line}`}`;
  return (
    <Dialog
      kind="sheet"
      testId="source-viewer"
      title={fileName(where.file)}
      lead={<code className="selectable">{place}</code>}
      onClose={onClose}
      footer={
        <>
          <Button onClick={() => copyText(place)}>{say.source.copyPlace}</Button>
          <span className="grow" />
          <Button icon={<SquarePen size={13} />} data-testid="source-edit" onClick={() => onEdit(where)}>
            {say.source.openInEditor}
          </Button>
          <Button look="primary" icon={<FileCode size={13} />} data-testid="source-edit-here" onClick={() => goToFile(where)}>
            {say.source.editHere}
          </Button>
        </>
      }
    >
      {source.error !== null && <ErrorBox title={say.source.failed} error={source.error} actions={<Button size="small" onClick={source.again}>{say.actions.retry}</Button>} />}
      {source.value === null && source.error === null && <Skeleton rows={12} height={20} label={say.boot.loading} />}
      {source.value !== null && <Lines text={source.value.text} line={where.line} label={fileName(where.file)} />}
    </Dialog>
  );
}

function Lines({ text, line, label }: { readonly text: string; readonly line: number | undefined; readonly label: string }): ReactElement {
  const marked = useRef<HTMLLIElement>(null);
  useEffect(() => marked.current?.scrollIntoView({ block: 'center' }), [text, line]);
  const all = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const from = Math.max(0, (line ?? 1) - 1 - MAX_LINES);
  const shown = all.slice(from, from + 2 * MAX_LINES);
  return (
    <pre className="source scroll" tabIndex={0} role="region" aria-label={label} data-testid="source-lines">
      {from > 0 && <div className="source-more">{say.source.before(from)}</div>}
      <ol>
        {shown.map((words, index) => {
          const number = from + index + 1;
          const isMarked = number === line;
          return (
            <li key={number} ref={isMarked ? marked : undefined} data-marked={isMarked} aria-current={isMarked ? 'location' : undefined}>
              <span aria-hidden="true">{number}</span>
              {words === '' ? ' ' : words}
            </li>
          );
        })}
      </ol>
      {from + shown.length < all.length && <div className="source-more">{say.source.after(all.length - from - shown.length)}</div>}
    </pre>
  );
}
