import { app, session, shell, type WebContents } from 'electron';
import { safeExternalUrl } from './external-links';
import { APP_ORIGIN } from './trusted-origin';

/** Rules for every page this process will ever hold, whoever creates it. */
export function hardenApp(): void {
  app.on('web-contents-created', (_event, contents) => hardenContents(contents));
}

/** Denies what a page may ask of the browser: permissions, devices, downloads. */
export function hardenSession(): void {
  const own = session.defaultSession;
  own.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  own.setPermissionCheckHandler(() => false);
  own.setDevicePermissionHandler(() => false);
  own.on('will-download', (event) => event.preventDefault());
  own.webRequest.onBeforeRequest((details, answer) => {
    // Without a page it is this process itself.
    const fromPage = details.webContentsId !== undefined;
    const inside = details.url.startsWith(`${APP_ORIGIN}/`) || details.url.startsWith('devtools://') || details.url.startsWith('data:image/');
    answer({ cancel: fromPage && !inside });
  });
}

function hardenContents(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    // A page may load itself anew and go nowhere else.
    if (event.url !== contents.getURL()) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** The one way out to the browser. Answers whether the address was allowed. */
export function openExternal(url: string): boolean {
  const safe = safeExternalUrl(url);
  if (safe === null) return false;
  void shell.openExternal(safe).catch(() => undefined);
  return true;
}
