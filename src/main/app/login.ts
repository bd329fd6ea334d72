import { app } from 'electron';
import type { AutostartCommand } from '@shared/domain/window/autostart-entry';
import { addAutostart, autostartFolder, removeAutostart } from '../platform/login-item';
import { thisMachine } from '../platform/paths';
import type { AppSettings } from './app-settings';

/** Given to a start at login that is to open no window. */
export const HIDDEN_ARGUMENT = '--hidden';

/** Keeps what starts at login as the settings say. A start that was never asked for is not taken away at a start of the app: it may be another Berth's. */
export function keepLoginItem(settings: AppSettings, icon: string, onError: (error: unknown) => void): void {
  // One change after the other: the last one wins.
  let working: Promise<void> = Promise.resolve();
  const apply = (): void => void (working = working.then(() => setLoginItem(settings.get('window.startAtLogin'), settings.get('window.startHidden'), icon)).catch(onError));
  if (settings.get('window.startAtLogin')) apply();
  settings.onChanged((key) => {
    if (key === 'window.startAtLogin' || (key === 'window.startHidden' && settings.get('window.startAtLogin'))) apply();
  });
}

async function setLoginItem(start: boolean, hidden: boolean, icon: string): Promise<void> {
  const own = hidden ? [HIDDEN_ARGUMENT] : [];
  if (process.platform !== 'linux') return app.setLoginItemSettings({ openAtLogin: start, args: own });
  const folder = autostartFolder(thisMachine());
  if (!start) return removeAutostart(folder);
  await addAutostart(folder, loginCommand(own, icon));
}

/** What starts this very Berth: the image it came in, the installed program, or the runtime with the folder it was built in. */
function loginCommand(own: readonly string[], icon: string): AutostartCommand {
  const program = process.env['APPIMAGE'] ?? process.execPath;
  return { argv: [program, ...(app.isPackaged ? [] : [app.getAppPath()]), ...(app.commandLine.hasSwitch('no-sandbox') ? ['--no-sandbox'] : []), ...own], icon };
}

/** How this start is meant: `hidden` opens no window; `ask` lets the settings say, where the system cannot hand over an argument. */
export function startLook(argv: readonly string[]): 'shown' | 'hidden' | 'ask' {
  if (argv.includes(HIDDEN_ARGUMENT)) return 'hidden';
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin ? 'ask' : 'shown';
}
