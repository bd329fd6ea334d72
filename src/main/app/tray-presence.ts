import { awaitTrayHost, hasTrayHost } from '../platform/tray-host';

/** A desktop that is just starting has its tray within these. */
const AGAIN_AFTER_MS = [1_000, 2_000, 4_000, 8_000];

/** Whether there is a tray to come back from. */
export interface TrayPresence {
  /** True also while nobody has answered yet. */
  readonly mayBeThere: () => boolean;
  readonly appears: Promise<boolean>;
}

/** Asks the desktop, once `when` has come; `onNone` is told when it has none now. Other systems always have one, and a Linux desktop may get its own only after Berth has started. */
export function lookForTray(when: Promise<void>, onNone: () => void): TrayPresence {
  if (process.platform !== 'linux') return { mayBeThere: () => true, appears: Promise.resolve(true) };
  const path = process.env['PATH'] ?? '';
  let there = true;
  const found = (isThere: boolean): boolean => (there = isThere);
  const appears = when.then(() => hasTrayHost(path)).then(
    (isThere) => {
      if (found(isThere)) return true;
      // Whoever closed the window meanwhile would not find it again.
      onNone();
      return awaitTrayHost(path, AGAIN_AFTER_MS).then(found);
    },
    () => found(false),
  );
  return { mayBeThere: () => there, appears };
}
