import type { ProgramResult } from './process';
import type { Amount } from './measure-workspace';

/** Counts the files of a folder in a child process, so that a mount that hangs holds up nobody; null when it gives no whole answer within the deadline. None for a folder that is not there. */
export function folderCounter(run: (path: string, argv: readonly string[], options: { readonly timeoutMs: number }) => Promise<ProgramResult>, timeoutMs: number): (folder: string) => Promise<Amount | null> {
  return async (folder) => {
    const { exitCode, stdout, stderr } = await run('/usr/bin/find', [folder, '-type', 'f', '-printf', '%s\\n'], { timeoutMs });
    if (exitCode !== 0) return /No such file or directory/.test(stderr) && stdout === '' ? { files: 0, bytes: 0 } : null;
    // More than the runner keeps: the last line is cut, and nothing is said rather than something wrong.
    if (stdout !== '' && !stdout.endsWith('\n')) return null;
    const sizes = stdout.split('\n').filter((line) => line !== '');
    return { files: sizes.length, bytes: sizes.reduce((sum, line) => sum + Number(line), 0) };
  };
}
