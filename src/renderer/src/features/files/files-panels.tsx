import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react';
import { Tabs } from 'radix-ui';
import { FileCode, FilePlus, Undo2, X } from 'lucide-react';
import { say } from '../../locales/say';
import { filesWords as words } from '../../locales/en/files';
import { fileName } from '../../lib/format';
import { requestOf, type FixRequest } from '../../lib/fix-request';
import type { Finding, Operation, Project } from '../../lib/model';
import { undoableOf } from '../../lib/operation-results';
import { setUi, useStore } from '../../lib/store';
import { Button } from '../../ui/button';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { FileList, UnsavedMark } from './file-list';
import { FilePane } from './file-pane';
import { LifeDialog, type LifeVerb } from './lifecycle-dialogs';
import { ManifestList } from './manifest-list';
import { closeFile, openFile, openFilesOf, useOpenFiles, type ListedFile } from './files-store';
import { readAgain, useProjectFiles } from './use-files';
import { useManifests } from './use-manifests';
import '../../ui/segments.css';
import './files.css';

const LISTS = ['project', 'all', 'archived'] as const;

interface FilesPanelsProps {
  readonly project: Project;
  readonly operations: readonly Operation[] | null;
  readonly busy: boolean;
  readonly onFix: (request: FixRequest) => void;
}

/** The files of the project at the left, those that are open at the right. */
export function FilesPanels({ project, operations, busy, onFix }: FilesPanelsProps): ReactElement {
  const { files, error, again } = useProjectFiles(project.id);
  const { files: open, active } = useOpenFiles(project.id);
  const tracks = useStore((state) => state.model.tracks);
  const undoable = undoableOf(operations, project.id, /^files\./, tracks);
  const unsaved = new Set(open.filter((one) => one.draft !== null).map((one) => one.file));
  const shown = open.find((one) => one.file === active) ?? null;
  const [list, setList] = useState<(typeof LISTS)[number]>('project');
  const [creating, setCreating] = useState(false);
  const manifests = useManifests(project.id, list === 'project' ? null : list === 'archived', operations);
  const openManifest = useCallback((file: string) => choose(project.id, files?.find((one) => one.file === file) ?? { file, kind: 'manifest' }), [project.id, files]);
  /** What was open goes with the file; what came of it is opened. */
  const moved = useCallback(
    (from: string | null, verb: LifeVerb, to: string | null) => {
      if (from !== null && verb !== 'duplicate') closeFile(project.id, from);
      if (to !== null) openManifest(`${project.dir}/${to}`);
      if (verb === 'create' || verb === 'restore') setList('all');
    },
    [project.id, project.dir, openManifest],
  );
  const place = useStore((state) => state.ui.editing);
  const goTo = useMemo(() => (place === null || place.file !== active ? null : { line: place.line ?? 1 }), [place, active]);
  const fix = useCallback((one: Finding['fixes'][number], modes: readonly string[]) => onFix(requestOf(one, modes[0] ?? '')), [onFix]);

  useEffect(() => {
    const wanted = place === null ? undefined : files?.find((one) => one.file === place.file);
    if (wanted !== undefined) choose(project.id, wanted);
  }, [project.id, files, place]);

  return (
    <>
      <PageHead mark={files === null ? undefined : <StateMark mark={unsaved.size > 0 ? 'warn' : 'good'} />} sentence={files === null ? (error === null ? words.answer.loading : words.answer.failed) : unsaved.size > 0 ? words.answer.unsaved(unsaved.size) : words.answer.saved(files.filter((one) => one.exists).length, project.name)}>
        {undoable !== null && (
          <span className="file-undo" role="status" data-testid="files-undo">
            <span className="dim ellipsis">{words.undoStrip(undoable.title)}</span>
            <Button size="small" icon={<Undo2 size={13} />} disabled={busy} data-testid="files-undo-button" onClick={() => setUi({ undoing: undoable.id })}>
              {say.actions.undo}
            </Button>
          </span>
        )}
      </PageHead>
      {error !== null && <div className="file-error"><ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} /></div>}
      <div className="files-body">
        <div className="file-side">
          <div className="segments file-lists" role="group" aria-label={words.manifests.which}>
            {LISTS.map((one) => (
              <button key={one} type="button" aria-pressed={list === one} data-testid={`files-of-${one}`} onClick={() => setList(one)}>
                {words.manifests.lists[one]}
              </button>
            ))}
          </div>
          {list !== 'project' ? (
            <ManifestList key={list} manifests={manifests} archived={list === 'archived'} active={active} unsaved={unsaved} onOpen={openManifest} />
          ) : files === null ? (
            <div className="file-list">{error === null && <Skeleton rows={6} label={words.answer.loading} />}</div>
          ) : (
            <FileList files={files} active={active} unsaved={unsaved} onOpen={(file) => choose(project.id, file)} />
          )}
          <div className="file-side-foot">
            <Button size="small" icon={<FilePlus size={13} />} disabled={busy} data-testid="file-new" onClick={() => setCreating(true)}>
              {words.life.new}
            </Button>
          </div>
        </div>
        {open.length === 0 ? (
          <div className="file-pane">
            <EmptyState icon={<FileCode size={20} />} title={words.none}>
              {words.noneText}
            </EmptyState>
          </div>
        ) : (
          <Tabs.Root className="files-open" value={active ?? ''} onValueChange={(file) => openFile(project.id, open.find((one) => one.file === file) ?? { file, kind: 'compose' })}>
            <div className="file-tabs">
              <Tabs.List className="file-tab-list" aria-label={words.openFiles}>
                {open.map((one) => (
                  <Tabs.Trigger key={one.file} value={one.file} className="file-tab" title={one.file} data-testid={`tab-${fileName(one.file)}`}>
                    <span className="ellipsis">{fileName(one.file)}</span>
                    {unsaved.has(one.file) && <UnsavedMark />}
                  </Tabs.Trigger>
                ))}
              </Tabs.List>
              {shown !== null && (
                <button type="button" className="icon-button" aria-label={words.closeFile(fileName(shown.file))} title={unsaved.has(shown.file) ? words.closeUnsaved : words.closeFile(fileName(shown.file))} disabled={unsaved.has(shown.file)} data-testid="close-file" onClick={() => closeFile(project.id, shown.file)}>
                  <X size={14} />
                </button>
              )}
            </div>
            {shown !== null && (
              <Tabs.Content key={shown.file} className="file-content" value={shown.file} tabIndex={-1}>
                <FilePane project={project} open={shown} listed={files?.find((one) => one.file === shown.file)} busy={busy} goTo={goTo} onLine={(line) => setUi({ editing: line === null ? null : { file: shown.file, line } })} onFix={fix} onMoved={(verb, to) => moved(shown.file, verb, to)} />
              </Tabs.Content>
            )}
          </Tabs.Root>
        )}
      </div>
      {creating && (
        <LifeDialog
          project={project}
          verb="create"
          path=""
          onClose={(done, to) => {
            setCreating(false);
            if (done) moved(null, 'create', to);
          }}
        />
      )}
    </>
  );
}

function choose(projectId: string, file: Pick<ListedFile, 'file' | 'kind'>): void {
  const isNew = !openFilesOf(projectId).files.some((one) => one.file === file.file);
  openFile(projectId, file);
  if (isNew) void readAgain(projectId, file.file);
}
