import { join, resolve } from 'node:path';
import { app, shell } from 'electron';
import { parseDeepLink } from '@shared/domain/links/deep-link';
import { AppError } from '@shared/kernel/app-error';
import { registerIpc } from '../ipc/register-ipc';
import { resourcesFolder } from '../platform/entries';
import { findProgram, launchProgram } from '../platform/process';
import { statePaths, thisMachine, type StatePaths } from '../platform/paths';
import { within } from '../platform/within';
import type { AppServices } from './app-services';
import { createAppSettings, type AppSettings } from './app-settings';
import { foundEditors, openInEditor, type EditorWorld } from './editors';
import { createFileDialogs } from './file-dialogs';
import { firstRun, openSample, type SamplePlaces } from './first-run';
import { createKeptTheme, type KeptTheme } from './kept-theme';
import { createLogWindows } from './log-windows';
import { HIDDEN_ARGUMENT, keepLoginItem, startLook } from './login';
import { installMenu } from './menu';
import { registerAppScheme, serveApp } from './protocol';
import { endGracefully } from './quit';
import { hardenApp, hardenSession } from './security';
import { settleMemory } from './settle-memory';
import { startTray } from './start-tray';
import { lookForTray } from './tray-presence';
import { trayClient, type TrayWatch } from './tray-watch';
import type { WindowVerbs } from './window-verbs';
import { createMainWindow, type MainWindow } from './window';
import { wordsFor, type AppWords } from './words/words';

const MINUTE_MS = 60_000;
/** A page that has not come by then does not hold up the services. */
const PAGE_MS = 3_000;

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
  // Windows shows notifications only of a program it can name.
  if (process.platform === 'win32') app.setAppUserModelId('dev.berth.app');

  const services = deferred<AppServices>();
  services.promise.catch(() => undefined);
  const settings = createAppSettings(report);
  const words = (): AppWords => wordsFor(settings.get('window.language'), app.getPreferredSystemLanguages());
  let window: MainWindow | null = null;
  const theme = createKeptTheme(paths.window, report);
  void Promise.all([app.whenReady(), theme.restore()]).then(() => {
    performance.mark('berth:app-ready');
    window = open({ ...options, paths, services, settings, theme, words, isLeaving: () => leaving.isLeaving() });
    performance.mark('berth:window-created');
  });
  // Whoever closed the window to quit and then waits needs it back.
  const leaving = endGracefully({ services: services.promise, words, window: () => window?.current() ?? null, unsavedFiles: () => window?.unsavedFiles() ?? 0, onStay: () => window?.show() });
}

function report(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

interface OpenOptions extends AppOptions {
  readonly paths: StatePaths;
  readonly services: Deferred<AppServices>;
  readonly settings: AppSettings;
  readonly theme: KeptTheme;
  readonly words: () => AppWords;
  readonly isLeaving: () => boolean;
}

function open({ mainDir, createServices, paths, services, settings, theme, words, isLeaving }: OpenOptions): MainWindow {
  const resourcesDir = resourcesFolder();
  const iconsDir = join(resourcesDir, 'icons');
  const places: SamplePlaces = { resourcesDir, targetDir: process.env['BERTH_HOME'] === undefined ? join(app.getPath('documents'), 'Berth') : join(paths.home, 'samples') };
  hardenSession();
  serveApp(join(mainDir, '..', 'renderer'));
  const drawMenu = (): void => installMenu(!app.isPackaged, words());
  drawMenu();
  settings.onChanged((key) => key === 'window.language' && drawMenu());

  let watch: TrayWatch | null = null;
  const verbs: WindowVerbs = {
    openSample: async () => openSample(trayClient((await services.promise).dispatcher), places, process.env['BERTH_SAMPLE_BASE_IMAGE']),
    setTheme: (chosen) => theme.choose(chosen),
    focusProject: (id) => watch?.chooseProject(id),
    countedConflicts: ({ projectId, conflicts }) => watch?.noteConflicts(projectId, conflicts),
    noteUnsaved: ({ files }) => window.noteUnsaved(files),
    openInEditor: async ({ projectId, file, line }) => openProjectFile((await services.promise).dispatcher, projectId, file, line),
    showMount: async (of) => showMount((await services.promise).dispatcher, of),
    foundEditors: () => foundEditors(editorWorld),
    openLogs: (of) => logWindows.open(of),
    appInfo: () => ({
      version: app.getVersion(),
      electron: process.versions.electron,
      chromium: process.versions['chrome'] ?? '',
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      stateDir: paths.home,
    }),
  };
  const look = startLook(process.argv);
  // The page comes first: this process hands out its code, and could not while it takes in that of the services.
  const page = deferred<void>();
  const pageHasCome = look === 'shown' ? within(PAGE_MS, page.promise, undefined) : Promise.resolve();
  const tray = lookForTray(pageHasCome, () => void (window.isInTray() && app.quit()));
  const ipc = registerIpc({ services: services.promise, ...createFileDialogs(words), windowVerb: async (verb, value) => (await import('./window-verbs')).answerWindowVerb(verbs, verb, value), onPageReady: () => {
    pageReady(window);
    page.resolve();
  } });
  const pages = { preload: join(mainDir, '..', 'preload', 'index.cjs'), icon: join(iconsDir, 'icon.png'), onCreated: ipc.addWindow };
  const logWindows = createLogWindows(pages);
  const window: MainWindow = createMainWindow({
    ...pages,
    // Without a tray to come back from, a closed window is the end.
    staysInTray: () => !isLeaving() && watch !== null && tray.mayBeThere() && settings.get('window.closeToTray'),
    askToQuit: () => {
      if (isLeaving()) return false;
      app.quit();
      return true;
    },
    freeAfterMs: () => settings.get('window.freeAfterMinutes') * MINUTE_MS,
  });
  settings.onChanged((key) => key === 'window.freeAfterMinutes' && window.freeTimeChanged());
  if (look === 'shown') window.show();
  // At login nobody looks yet; where no tray comes up, the window is the only way in.
  if (look === 'hidden') void tray.appears.then((isThere) => isThere || window.show());
  app.on('second-instance', (_event, argv) => void (argv.includes(HIDDEN_ARGUMENT) || followLinks(window, argv) || window.show()));
  app.on('open-url', (_event, url) => void followLinks(window, [url]));
  followLinks(window, process.argv);
  // A checkout is none: its program is Electron.
  if (app.isPackaged) app.setAsDefaultProtocolClient('berth');
  app.on('activate', () => window.show());
  app.on('window-all-closed', () => void (process.platform !== 'darwin' && !window.isInTray() && app.quit()));

  // Only now: engine, recovery, tray.
  void pageHasCome.then(() => {
    createServices(paths).then(
      (ready) => {
        performance.mark('berth:services-ready');
        settleMemory();
        services.resolve(ready);
        const client = trayClient(ready.dispatcher);
        watch = startTray({ services: ready, settings, words, iconsDir, window });
        void settings.follow(ready, client).then(() => {
          // It was closed before anybody knew that the tray is not wanted.
          if (window.isInTray() && !settings.get('window.closeToTray')) app.quit();
          keepLoginItem(settings, join(iconsDir, 'icon.png'), report);
          if (look === 'ask' && !settings.get('window.startHidden')) window.show();
        }, report);
        void firstRun(client, places, process.env).catch((error: unknown) => process.stderr.write(`The sample could not be opened: ${String(error)}\n`));
      },
      (error: unknown) => {
        services.reject(error instanceof AppError ? error : new AppError('internal', 'Berth could not start its services.', { hint: String(error instanceof Error ? error.message : error), cause: error }));
        // The window says why.
        window.show();
      },
    );
  });
  return window;
}

/** Shows what the first link among the arguments leads to; false when there is none. */
function followLinks(window: MainWindow, argv: readonly string[]): boolean {
  const link = argv.map(parseDeepLink).find((one) => one !== null);
  if (link === undefined) return false;
  if (link.projectId !== null) window.command({ type: 'show-project', projectId: link.projectId });
  window.command({ type: 'show-page', page: link.page });
  window.show();
  return true;
}

function pageReady(window: MainWindow): void {
  performance.mark('berth:page-ready');
  window.pageReady();
}

/** Only a file that the project is made from is opened: `compose.source` refuses every other. */
async function openProjectFile(dispatcher: AppServices['dispatcher'], projectId: string, file: string, line: number): Promise<void> {
  const client = trayClient(dispatcher);
  const [source, projects] = await Promise.all([client.call('compose.source', { project: projectId, file }), client.call('projects.list', {})]);
  const dir = projects.find((project) => project.id === projectId)?.dir;
  if (dir === undefined) throw new AppError('project-not-found', 'This project is not open any more.');
  const own = (await client.call('settings.list', {})).find((setting) => setting.key === 'editor.command')?.value;
  await openInEditor(editorWorld, resolve(dir, source.file), line, typeof own === 'string' ? own : '');
}

/** Only what the containers of the service have: the page names nothing else of this machine. It is shown, never opened. */
async function showMount(dispatcher: AppServices['dispatcher'], { projectId, service, source }: { readonly projectId: string; readonly service: string; readonly source: string }): Promise<void> {
  const { services } = await trayClient(dispatcher).call('services.list', { project: projectId });
  const known = services.find((one) => one.name === service)?.mounts.some((mount) => mount.type === 'bind' && mount.source === source) ?? false;
  if (!known) throw new AppError('not-found', `${service} does not have that folder any more.`);
  shell.showItemInFolder(source);
}

const editorWorld: EditorWorld = {
  env: process.env,
  find: findProgram,
  launch: launchProgram,
  takes: (url) => app.getApplicationNameForProtocol(url) !== '',
  open: (url) => shell.openExternal(url),
};

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
