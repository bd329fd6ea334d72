import { setTimeout as pause } from 'node:timers/promises';
import { findProgram, runProgram } from './process';

const ANSWER_MS = 2_000;
const WATCHER = 'org.kde.StatusNotifierWatcher';
/** The programs that can ask the session's bus, with what they are to ask; a desktop has at least one of them. */
const QUESTIONS: readonly { readonly program: string; readonly argv: readonly string[] }[] = [
  { program: 'gdbus', argv: ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus', '--method', 'org.freedesktop.DBus.NameHasOwner', WATCHER] },
  { program: 'dbus-send', argv: ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', `string:${WATCHER}`] },
  { program: 'busctl', argv: ['--user', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'NameHasOwner', 's', WATCHER] },
];

/** Whether this Linux desktop shows tray icons: somebody on the session's bus watches for them. False where nobody can be asked. */
export async function hasTrayHost(searchPath: string): Promise<boolean> {
  for (const { program, argv } of QUESTIONS) {
    const path = await findProgram([program], searchPath);
    if (path === null) continue;
    const { exitCode, stdout } = await runProgram(path, argv, { timeoutMs: ANSWER_MS });
    if (exitCode === 0) return /\btrue\b/.test(stdout);
  }
  return false;
}

/** Looks again after each of these times: at login the panel of a desktop may come later than Berth. */
export async function awaitTrayHost(searchPath: string, againAfterMs: readonly number[], look = hasTrayHost): Promise<boolean> {
  for (const waitMs of againAfterMs) {
    await pause(waitMs, undefined, { ref: false });
    if (await look(searchPath)) return true;
  }
  return false;
}
