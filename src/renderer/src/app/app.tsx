import { lazy, Suspense, useEffect, useState, type ReactElement } from 'react';
import { Anchor, X } from 'lucide-react';
import { say } from '../locales/say';
import type { Service } from '../lib/model';
import { conflictCount, currentChecks, currentOperation, currentProject, currentServices, panelOperation } from '../lib/selectors';
import { setModel, setUi, useStore } from '../lib/store';
import { showInEditor } from '../lib/show-in-editor';
import { loadAll } from '../lib/sync';
import { Button, IconButton } from '../ui/button';
import { EmptyState, Skeleton } from '../ui/empty-state';
import { ErrorBox, type ShownError } from '../ui/error-box';
import { requestOf, type FixRequest } from '../lib/fix-request';
import { DrawerDock } from './drawer-dock';
import { DropZone } from './drop-zone';
import { Header } from './header';
import { useKeyboard } from './keyboard';
import { NoEngine, ProjectPage } from './project-page';
import { Rail } from './rail';
import './app.css';

// Only what the first page shows is in the first chunk; the rest comes when it is opened.
const ActionDialog = lazy(async () => ({ default: (await import('../features/actions/action-dialog')).ActionDialog }));
const ActivityPage = lazy(async () => ({ default: (await import('./activity-page')).ActivityPage }));
const CommandDialog = lazy(async () => ({ default: (await import('../features/commands/command-dialog')).CommandDialog }));
const ConflictsPage = lazy(async () => ({ default: (await import('./conflicts-page')).ConflictsPage }));
const FilesPage = lazy(async () => ({ default: (await import('./files-page')).FilesPage }));
const FirstRun = lazy(async () => ({ default: (await import('../features/projects/first-run')).FirstRun }));
const FixDialog = lazy(async () => ({ default: (await import('../features/checks/fix-dialog')).FixDialog }));
const HomePage = lazy(async () => ({ default: (await import('./home-page')).HomePage }));
const Palette = lazy(async () => ({ default: (await import('./palette')).Palette }));
const PageHelp = lazy(async () => ({ default: (await import('../features/help/page-help')).PageHelp }));
const PlanSheet = lazy(async () => ({ default: (await import('../features/modes/plan-sheet')).PlanSheet }));
const SettingsPage = lazy(async () => ({ default: (await import('./settings-page')).SettingsPage }));
const Shortcuts = lazy(async () => ({ default: (await import('./shortcuts')).Shortcuts }));
const SnapshotsPage = lazy(async () => ({ default: (await import('./snapshots-page')).SnapshotsPage }));
const StoragePage = lazy(async () => ({ default: (await import('./storage-page')).StoragePage }));
const WorkspacesPage = lazy(async () => ({ default: (await import('./workspaces-page')).WorkspacesPage }));
const SourceViewer = lazy(async () => ({ default: (await import('../features/checks/source-viewer')).SourceViewer }));
const UndoDialog = lazy(async () => ({ default: (await import('../features/operations/undo-dialog')).UndoDialog }));

const NO_SERVICES: readonly Service[] = [];

/** The frame: rail, header, page, the drawer beneath it, and what floats above them. */
export function App(): ReactElement {
  const state = useStore();
  const [fixing, setFixing] = useState<FixRequest | null>(null);
  const [about, setAbout] = useState<string | null>(null);
  useKeyboard();
  const { model, ui } = state;
  const project = currentProject(state);
  const services = currentServices(state);
  const running = currentOperation(state);
  const checks = currentChecks(state);
  const panel = panelOperation(state);
  const connected = model.engine?.state === 'connected';
  const busy = running !== null || ui.preparing !== null;
  const sheetProject = ui.sheet === null ? undefined : model.projects?.find((one) => one.id === ui.sheet?.projectId);
  const undoing = ui.undoing === null ? undefined : model.operations?.find((one) => one.id === ui.undoing);
  const editAt = (where: NonNullable<typeof ui.source>): void => void (project !== null && showInEditor(project.id, where));

  const onFix = (request: FixRequest): void => {
    if (request.opens === undefined) return setFixing(request);
    setAbout(request.opens.service ?? null);
    setUi({ action: request.opens.dialog });
  };

  useEffect(() => {
    if (ui.action === null) setAbout(null);
  }, [ui.action]);

  useEffect(() => {
    document.title = project === null ? say.app.name : `${project.name} – ${say.app.name}`;
  }, [project]);

  return (
    <div className="frame">
      <Rail page={ui.page} conflicts={conflictCount(checks)} />
      <div className="frame-main">
        {project !== null && model.projects !== null ? (
          <Header project={project} projects={model.projects} services={services} operation={running} checks={checks} connected={connected} />
        ) : (
          <header className="header header-plain">
            <strong>{say.app.name}</strong>
          </header>
        )}
        <Notices />
        <main className="frame-page">
          <Suspense fallback={<Loading />}>{page()}</Suspense>
        </main>
        <DrawerDock project={project} services={services?.services ?? NO_SERVICES} />
      </div>
      <DropZone />
      <Suspense fallback={null}>
        {ui.sheet !== null && sheetProject !== undefined && <PlanSheet key={`${ui.sheet.projectId}:${ui.sheet.mode}`} sheet={ui.sheet} project={sheetProject} busy={running !== null} onFix={(fix, mode) => onFix(requestOf(fix, mode))} />}
        {fixing !== null && project !== null && <FixDialog projectId={project.id} request={fixing} onClose={() => setFixing(null)} />}
        {ui.source !== null && project !== null && <SourceViewer project={project} where={ui.source} onEdit={editAt} onClose={() => setUi({ source: null })} />}
        {ui.action !== null && project !== null && <ActionDialog key={ui.action} action={ui.action} project={project} services={services?.services ?? []} service={about ?? ui.service} />}
        {undoing !== undefined && <UndoDialog operation={undoing} onClose={() => setUi({ undoing: null })} />}
        {ui.shortcuts && <Shortcuts />}
        {ui.help && <PageHelp page={ui.page} />}
        {ui.palette !== null && <Palette key={ui.palette} of={ui.palette} />}
        {ui.command !== null && <CommandDialog key={ui.command} name={ui.command} project={project} />}
      </Suspense>
    </div>
  );

  function page(): ReactElement {
    if (ui.bootError !== null) return <BootError />;
    if (ui.page === 'settings') return <SettingsPage tab={ui.settingsTab} engine={model.engine} doctor={model.doctor} projects={model.projects} settings={model.settings} />;
    if (ui.page === 'activity') return <ActivityPage tab={ui.activityTab} operations={model.operations} projects={model.projects} projectId={project?.id ?? null} services={services} runtime={model.runtime} />;
    if (model.projects === null) return <Loading />;
    if (project === null) return model.engine?.state === 'unreachable' && ui.page === 'project' ? <NoProjectNoEngine /> : <FirstRun />;
    if (ui.page === 'home') return <HomePage />;
    if (ui.page === 'conflicts') return <ConflictsPage tab={ui.conflictsTab} project={project} checks={checks} services={services} operations={model.operations} busy={busy} onFix={onFix} />;
    if (ui.page === 'storage') return <StoragePage key={project.id} tab={ui.storageTab} project={project} operations={model.operations} busy={busy} />;
    if (ui.page === 'workspaces') return <WorkspacesPage key={project.id} tab={ui.workspacesTab} project={project} operations={model.operations} busy={busy} />;
    if (ui.page === 'snapshots') return <SnapshotsPage key={project.id} tab={ui.snapshotsTab} project={project} operations={model.operations} busy={busy} />;
    if (ui.page === 'files') return <FilesPage key={project.id} tab={ui.filesTab} project={project} operations={model.operations} busy={busy} onFix={onFix} />;
    return <ProjectPage project={project} services={services} engine={model.engine} doctor={model.doctor} operation={panel} track={panel === null ? undefined : model.tracks[panel.id]} busy={busy} alerts={model.alerts.filter((alert) => alert.projectId === null || alert.projectId === project.id)} drifts={model.drifts[project.id] ?? []} />;
  }
}

function Loading(): ReactElement {
  return (
    <div className="page" data-testid="loading">
      <div className="page-head">
        <h1 className="dim">{say.boot.loading}</h1>
      </div>
      <div className="page-content">
        <Skeleton rows={6} label={say.boot.loading} />
      </div>
    </div>
  );
}

/** Without an engine a project can still be opened and read, so both ways on are offered. */
function NoProjectNoEngine(): ReactElement {
  const engine = useStore((state) => state.model.engine);
  const doctor = useStore((state) => state.model.doctor);
  return (
    <div className="page scroll">
      {engine !== null && <NoEngine engine={engine} doctor={doctor} />}
      <FirstRun />
    </div>
  );
}

function BootError(): ReactElement {
  const error = useStore((state) => state.ui.bootError);
  return (
    <div className="page" data-testid="boot-error">
      <EmptyState
        page
        icon={<Anchor size={20} />}
        title={say.boot.title}
        actions={
          <Button look="primary" size="large" onClick={() => void loadAll()}>
            {say.actions.retry}
          </Button>
        }
      >
        <p className="selectable" role="alert">
          {error?.message}
        </p>
        {error?.hint !== undefined && <p className="selectable">{error.hint}</p>}
      </EmptyState>
    </div>
  );
}

/** What went wrong with the last click, and bugs: under the header, until put away. */
function Notices(): ReactElement | null {
  const notice = useStore((state) => state.ui.notice);
  const bugs = useStore((state) => state.model.bugs);
  if (notice === null && bugs.length === 0) return null;
  return (
    <div className="notices" data-testid="notice">
      {notice !== null && <Notice error={notice} onDismiss={() => setUi({ notice: null })} />}
      {bugs.length > 0 && <Notice error={{ message: say.bug.title, hint: bugs.at(-1) }} onDismiss={() => setModel((model) => ({ ...model, bugs: [] }))} />}
    </div>
  );
}

function Notice({ error, onDismiss }: { readonly error: ShownError; readonly onDismiss: () => void }): ReactElement {
  return (
    <div className="notice">
      <ErrorBox error={error} />
      <IconButton label={say.notice.dismiss} onClick={onDismiss}>
        <X size={14} />
      </IconButton>
    </div>
  );
}
