import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, nativeTheme, shell, type WebContents } from 'electron';
import { AppError } from '@shared/kernel/app-error';
import type { FileQuestion } from '../../preload/api';
import { registerIpc } from '../ipc/register-ipc';
import { findProgram, launchProgram } from '../platform/process';
import { statePaths, thisMachine, type StatePaths } from '../platform/paths';
import type { AppServices } from './app-services';
import { openInEditor, type EditorWorld } from './editors';
import { firstRun, openSample, type SamplePlaces } from './first-run';
import { installMenu } from './menu';
import { registerAppScheme, serveApp } from './protocol';
import type { News } from './news';
import { startNotifications } from './notifications';
import { endGracefully } from './quit';
import { hardenApp, hardenSession, openExternal } from './security';
import { createTrayActions } from './tray-actions';
import { trayModel, type TrayAction } from './tray-model';
import { createTrayView } from './tray';
import { trayClient, watchForTray, type TrayWatch } from './tray-watch';
import type { WindowVerbs } from './window-verbs';
import { createMainWindow, type MainWindow } from './window';

export interface AppOptions {
  /** Makes and starts the services. Called once, after the window was opened. */
  readonly createServices: (paths: StatePaths) => Promise<AppServices>;
  /** Folder of the built main bundle (`out/main`). */
  readonly mainDir: string;
}

/** The life of the app in order: lock, window, services, tray; and back again at the end. */
export function runApp(options: AppOptions): void {
  const paths = statePaths(thisMachine());
  app.setPath('userData', paths.window);
  // Two Berths on one state folder: the second only brings the first one's window to the front.
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  // Started with --no-sandbox (as root, or where the system has none) it cannot be had; then the start says so.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerAppScheme();
  hardenApp();

  const services = deferred<AppServices>();
  services.promise.catch(() => undefined);
  let window: MainWindow | null = null;
  void app.whenReady().then(() => (window = open(options, paths, services)));
  // Whoever closed the window to quit and then waits needs it back.
  endGracefully({ services: services.promise, window: () => window?.current() ?? null, onStay: () => window?.show() });
}

function open(options: AppOptions, paths: StatePaths, services: Deferred<AppServices>): MainWindow {
  const resourcesDir = join(app.getAppPath(), 'resources');
  const iconsDir = join(resourcesDir, 'icons');
  const places: SamplePlaces = { resourcesDir, targetDir: process.env['BERTH_HOME'] === undefined ? join(app.getPath('documents'), 'Berth') : join(paths.home, 'samples') };
  hardenSession();
  serveApp(join(options.mainDir, '..', 'renderer'));
  installMenu(!app.isPackaged);

  let watch: TrayWatch | null = null;
  const verbs: WindowVerbs = {
    openSample: async () => openSample(trayClient((await services.promise).dispatcher), places, process.env['BERTH_SAMPLE_BASE_IMAGE']),
    setTheme: (theme) => void (nativeTheme.themeSource = theme),
    focusProject: (id) => watch?.chooseProject(id),
    countedConflicts: ({ projectId, conflicts }) => watch?.noteConflicts(projectId, conflicts),
    openInEditor: async ({ projectId, file, line }) => openProjectFile((await services.promise).dispatcher, projectId, file, line),
    appInfo: () => ({
      version: app.getVersion(),
      electron: process.versions.electron,
      chromium: process.versions['chrome'] ?? '',
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      stateDir: paths.home,
    }),
  };
  const ipc = registerIpc({ services: services.promise, pickFolder, pickFiles, windowVerb: async (verb, value) => (await import('./window-verbs')).answerWindowVerb(verbs, verb, value), onPageReady: () => window.pageReady() });
  const window: MainWindow = createMainWindow({ preload: join(options.mainDir, '..', 'preload', 'index.cjs'), icon: join(iconsDir, 'icon.png'), onCreated: ipc.addWindow });
  window.show();
  app.on('second-instance', () => window.show());
  app.on('activate', () => window.show());
  // Where a tray may be missing, a closed window must not leave a Berth nobody can reach.
  app.on('window-all-closed', () => void (process.platform === 'linux' && app.quit()));

  // Only now, with the window on its way: engine, recovery, tray.
  setImmediate(() => {
    options.createServices(paths).then(
      (ready) => {
        services.resolve(ready);
        watch = startTray(ready, iconsDir, window);
        void firstRun(trayClient(ready.dispatcher), places, process.env).catch((error: unknown) => process.stderr.write(`The sample could not be opened: ${String(error)}\n`));
      },
      (error: unknown) => services.reject(error instanceof AppError ? error : new AppError('internal', 'Berth could not start its services.', { hint: String(error instanceof Error ? error.message : error), cause: error })),
    );
  });
  return window;
}

/** Only a file that the project is made from is opened: `compose.source` refuses every other. */
async function openProjectFile(dispatcher: AppServices['dispatcher'], projectId: string, file: string, line: number): Promise<void> {
  const client = trayClient(dispatcher);
  const [source, projects] = await Promise.all([client.call('compose.source', { project: projectId, file }), client.call('projects.list', {})]);
  const dir = projects.find((project) => project.id === projectId)?.dir;
  if (dir === undefined) throw new AppError('project-not-found', 'This project is not open any more.');
  const world: EditorWorld = {
    env: process.env,
    find: findProgram,
    launch: launchProgram,
    takes: (url) => app.getApplicationNameForProtocol(url) !== '',
    open: (url) => shell.openExternal(url),
  };
  await openInEditor(world, resolve(dir, source.file), line);
}

function startTray(services: AppServices, iconsDir: string, window: MainWindow): TrayWatch {
  const client = trayClient(services.dispatcher);
  const view = createTrayView({ iconsDir, onAction: (action) => void act(action), onClick: () => window.show() });
  const watch = watchForTray(services, client, () => view.draw(trayModel(watch.state())));
  const act: (action: TrayAction) => Promise<void> = createTrayActions({
    client,
    watch,
    show: () => window.show(),
    command: (command) => window.command(command),
    openPage: (url) => void openExternal(url),
    quit: () => app.quit(),
    // The activity list of the window shows what failed and why; the tray has no room for it.
    onError: () => window.command({ type: 'show-page', page: 'activity' }),
  });
  const shown: News[] = [];
  const notifications = startNotifications({ services, client, icon: join(iconsDir, 'icon.png'), window: () => window.current(), command: (command) => window.command(command), onShown: process.env['BERTH_TEST'] === '1' ? (news) => shown.push(news) : undefined });
  app.once('will-quit', () => {
    notifications.dispose();
    watch.dispose();
    view.dispose();
  });
  if (process.env['BERTH_TEST'] === '1') {
    Object.assign(globalThis, {
      berthTray: {
        notifications: () => shown,
        openNotification: (index: number) => {
          const news = shown[index];
          if (news === undefined) throw new Error(`There was no notification ${String(index)}.`);
          notifications.open(news);
        },
        model: () => trayModel(watch.state()),
        click: async (id: string) => {
          const all = trayModel(watch.state()).items.flatMap((item) => [item, ...item.items]);
          const item = all.find((one) => one.id === id);
          if (item === undefined || !item.enabled || item.action === null) throw new Error(`The tray has no “${id}” to click now.`);
          await act(item.action);
        },
      },
    });
  }
  return watch;
}

async function pickFolder(contents: WebContents): Promise<string | null> {
  const parent = BrowserWindow.fromWebContents(contents);
  const options = { properties: ['openDirectory' as const], title: 'Open a folder with compose files', buttonLabel: 'Open' };
  const picked = parent === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(parent, options);
  return picked.canceled ? null : (picked.filePaths[0] ?? null);
}

/** What the system's dialogs say, by what the file is for. */
const SAVE_DIALOGS = { object: ['Save the object as', 'Save'], archive: ['Export the snapshot as', 'Export'], folder: ['A folder for the copy', 'Choose'] } as const;
const OPEN_DIALOGS = { object: ['Upload files', 'Upload'], archive: ['Import a snapshot', 'Import'], folder: ['Choose a file', 'Choose'] } as const;

async function pickFiles(contents: WebContents, question: FileQuestion): Promise<readonly string[]> {
  const parent = BrowserWindow.fromWebContents(contents);
  if (question.kind === 'save') {
    // Nothing is written over: a file of that name is refused afterwards, so the dialog need not ask.
    const [title, buttonLabel] = SAVE_DIALOGS[question.purpose];
    const options = { title, buttonLabel, defaultPath: question.name, properties: ['createDirectory' as const] };
    const picked = parent === null ? await dialog.showSaveDialog(options) : await dialog.showSaveDialog(parent, options);
    return picked.canceled || picked.filePath === '' ? [] : [picked.filePath];
  }
  const [title, buttonLabel] = OPEN_DIALOGS[question.purpose];
  const options = { title, buttonLabel, properties: question.purpose === 'object' ? ['openFile' as const, 'multiSelections' as const] : ['openFile' as const] };
  const picked = parent === null ? await dialog.showOpenDialog(options) : await dialog.showOpenDialog(parent, options);
  return picked.canceled ? [] : picked.filePaths;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
