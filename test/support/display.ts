import { startVirtualDisplay } from '../../scripts/lib/display.mjs';
import type { AppUser } from '../../scripts/lib/stage.mjs';

/** What a program needs to find the display. */
export interface Display {
  readonly env: Readonly<Record<string, string>>;
}

const NAMES = ['DISPLAY', 'XAUTHORITY', 'DBUS_SESSION_BUS_ADDRESS', 'WAYLAND_DISPLAY'];

let started: Promise<Display> | null = null;

function inherited(): Display {
  return { env: Object.fromEntries(NAMES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))) };
}

/** The display of this test run; a virtual one is started where there is none (a single file run by hand), and ends with the process. */
export function useDisplay(user: AppUser | null): Promise<Display> {
  if (process.platform !== 'linux' || process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']) return Promise.resolve(inherited());
  started ??= startVirtualDisplay({ user });
  return started;
}
