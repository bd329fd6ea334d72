import { useMemo, useState, type ReactElement } from 'react';
import { Save, SquarePen, Table2, TextInitial, Undo2 } from 'lucide-react';
import { say } from '../../locales/say';
import { filesWords as words } from '../../locales/en/files';
import { fileName, mebibytes } from '../../lib/format';
import type { Finding, Project } from '../../lib/model';
import { showInEditor } from '../../lib/show-in-editor';
import { Button, IconButton } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { CodeEditor } from '../../ui/code/code-editor';
import { ErrorBox } from '../../ui/error-box';
import { marksOf } from './check-marks';
import { composeCompletions } from './compose-completions';
import { CompareDialog } from './compare-view';
import { LifeDialog, type LifeVerb } from './lifecycle-dialogs';
import { LifecycleMenu } from './lifecycle-menu';
import { EnvTable } from './env-table';
import { usersText } from './file-list';
import { dropDraft, isStale, keepDraft, textOf, tookText, type ListedFile, type OpenFile } from './files-store';
import { ProblemsPanel } from './problems-panel';
import { SaveDialog } from './save-dialog';
import { readAgain, useLiveCheck } from './use-files';

/** What a message of the window may hold; a larger text is checked and saved elsewhere. The words say it too. */
const MOST_BYTES = 225 * 1024;

interface FilePaneProps {
  readonly project: Project;
  readonly open: OpenFile;
  readonly listed: ListedFile | undefined;
  readonly busy: boolean;
  /** The line to go to. */
  readonly goTo: { readonly line: number } | null;
  readonly onLine: (line: number | null) => void;
  readonly onFix: (fix: Finding['fixes'][number], modes: readonly string[]) => void;
  /** The file is elsewhere now, or gone. */
  readonly onMoved: (verb: LifeVerb, to: string | null) => void;
}

/** One file: its text or its table, what is wrong with it, and saving. */
export function FilePane({ project, open, listed, busy, goTo, onLine, onFix, onMoved }: FilePaneProps): ReactElement {
  const { file, kind, saved, draft, error } = open;
  const [asTable, setAsTable] = useState(kind === 'env' && goTo === null);
  const [dialog, setDialog] = useState<'save' | 'compare' | null>(null);
  const [life, setLife] = useState<LifeVerb | null>(null);
  const tooLarge = saved !== null && saved.sizeBytes > MOST_BYTES;
  const live = useLiveCheck(project.id, tooLarge ? null : open);
  const stale = isStale(open);
  const text = textOf(open);
  const path = saved?.path ?? listed?.path ?? fileName(file);
  const marks = useMemo(() => marksOf(live.check, file, draft === null && !busy ? onFix : null), [live.check, file, draft, busy, onFix]);
  const readOnly = saved?.readOnly ?? (tooLarge ? words.tooLarge(mebibytes(saved.sizeBytes)) : null);
  const canSave = draft !== null && !stale && readOnly === null && !busy;

  if (saved === null) {
    return (
      <div className="file-pane page-content">
        {error === null ? <Skeleton rows={10} height={20} label={words.loading} /> : <ErrorBox title={words.readFailed} error={error} actions={<><Button size="small" onClick={() => void readAgain(project.id, file)}>{say.actions.retry}</Button><Button size="small" icon={<SquarePen size={13} />} onClick={() => void showInEditor(project.id, { file })}>{words.openInEditor}</Button></>} />}
      </div>
    );
  }

  return (
    <div className="file-pane" data-testid="file-pane">
      <div className="file-bar">
        <span className="dim ellipsis" title={listed === undefined ? file : `${file}\n${usersText(listed)}`}>
          {[listed === undefined ? (kind === 'manifest' ? path : '') : usersText(listed), words.lineEnds[saved.lineEnds] ?? '', saved.hasBom ? words.bom : ''].filter((part) => part !== '').join(' · ')}
        </span>
        <span className="grow" />
        {kind === 'env' && (
          <span className="view-toggle" role="group" aria-label={words.view}>
            <IconButton label={words.asTable} aria-pressed={asTable} data-testid="as-table" onClick={() => setAsTable(true)}>
              <Table2 size={14} />
            </IconButton>
            <IconButton label={words.asText} aria-pressed={!asTable} data-testid="as-text" onClick={() => setAsTable(false)}>
              <TextInitial size={14} />
            </IconButton>
          </span>
        )}
        <IconButton label={words.openInEditor} onClick={() => void showInEditor(project.id, { file })}>
          <SquarePen size={14} />
        </IconButton>
        <IconButton label={words.discard} disabled={draft === null} data-testid="discard" onClick={() => dropDraft(project.id, file)}>
          <Undo2 size={14} />
        </IconButton>
        <Button look="primary" size="small" icon={<Save size={13} />} disabled={!canSave} data-testid="save" title="Ctrl+S" onClick={() => setDialog('save')}>
          {words.save}
        </Button>
        {/\.(ya?ml|json)$/i.test(path) && <LifecycleMenu name={fileName(file)} kind={kind} archived={path.startsWith('.archive/')} busy={busy} unsaved={draft !== null} onChoose={setLife} />}
      </div>
      {stale && (
        <div className="file-note-bar" role="alert" data-testid="file-stale">
          <span className="grow">{saved.sha256 === 'none' ? words.stale.gone(path) : words.stale.changed(path)}</span>
          <Button size="small" data-testid="stale-reload" onClick={() => dropDraft(project.id, file)}>{words.stale.reload}</Button>
          <Button size="small" data-testid="stale-keep" onClick={() => keepDraft(project.id, file)}>{words.stale.keep}</Button>
          <Button size="small" data-testid="stale-compare" onClick={() => setDialog('compare')}>{words.stale.compare}</Button>
        </div>
      )}
      {readOnly !== null && <p className="file-note-bar" data-testid="file-read-only">{readOnly}</p>}
      {readOnly === null && saved.sha256 === 'none' && !stale && <p className="file-note-bar">{words.newFile(path)}</p>}
      {error !== null && <div className="file-error"><ErrorBox title={words.readFailed} error={error} /></div>}
      {asTable ? (
        <EnvTable project={project} path={path} text={text} readOnly={readOnly !== null} onText={(changed) => tookText(project.id, file, changed)} />
      ) : (
        <CodeEditor id={`${project.id} ${file}`} kind={kind} complete={kind === 'compose' || kind === 'storage' ? composeCompletions : undefined} label={words.text(path)} text={text} readOnly={readOnly !== null} marks={marks} goTo={goTo} onWent={() => onLine(null)} onText={(changed) => tookText(project.id, file, changed)} onSave={() => canSave && setDialog('save')} />
      )}
      {!tooLarge && (
        <ProblemsPanel
          project={project}
          file={file}
          live={live}
          unsaved={draft !== null}
          busy={busy}
          onFix={onFix}
          onLine={(line) => {
            setAsTable(false);
            onLine(line);
          }}
        />
      )}
      {dialog === 'save' && draft !== null && <SaveDialog project={project} path={path} open={open} draft={draft} onClose={() => setDialog(null)} />}
      {life !== null && (
        <LifeDialog
          project={project}
          verb={life}
          path={path}
          onClose={(done, to) => {
            setLife(null);
            if (done) onMoved(life, to);
          }}
        />
      )}
      {dialog === 'compare' && draft !== null && <CompareDialog name={path} kind={kind} disk={saved.text} mine={draft} onClose={() => setDialog(null)} />}
    </div>
  );
}
