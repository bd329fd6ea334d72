import { nativeTheme, type BrowserWindowConstructorOptions, type WebPreferences } from 'electron';

const BACKGROUND = { light: '#ffffff', dark: '#18181b' };

/** What every page of Berth may do, whichever window shows it: nothing but what the preload gives it. */
function pagePreferences(preload: string): WebPreferences {
  return {
    preload,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
  };
}

/** What all windows of Berth have in common. They are shown once something is drawn. */
export function pageWindow({ preload, icon }: { readonly preload: string; readonly icon: string }): BrowserWindowConstructorOptions {
  return { show: false, icon, backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light, autoHideMenuBar: true, webPreferences: pagePreferences(preload) };
}
