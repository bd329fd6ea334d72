import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

const children = new Set();

/**
 * Runs a program to its end. Output is collected (and passed on when `inherit`); never rejects for an exit code.
 * `code` is null when it was killed or could not be started; `output` is stdout and stderr as they came.
 */
export function run(command, args, { cwd, env, inherit = false, timeoutMs = 0, onLine, signal } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, signal, killSignal: 'SIGKILL', stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let output = '';
    let stdout = '';
    let rest = '';
    const take = (chunk) => {
      output += chunk;
      if (!onLine) return;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    };
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr?.setEncoding('utf8').on('data', take);
    let timedOut = false;
    const timer = timeoutMs > 0 ? setTimeout(() => ((timedOut = true), child.kill('SIGKILL')), timeoutMs) : undefined;
    const end = (code, extra = '') => {
      clearTimeout(timer);
      children.delete(child);
      if (onLine && rest) onLine(rest);
      resolve({ code, output: output + extra, stdout, timedOut });
    };
    child.on('error', (error) => end(null, `${command}: ${error.message}\n`));
    child.on('close', (code) => end(code));
  });
}

/** The absolute path of a program on PATH (and in the sbin folders, which a user's PATH may leave out), or null. */
export async function which(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];
  for (const folder of folders) {
    if (!folder) continue;
    for (const extension of process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']) {
      const path = join(folder, name + extension);
      try {
        await access(path, constants.X_OK);
        return path;
      } catch {
        // not in this folder
      }
    }
  }
  return null;
}

/** npm, as the program and its first arguments: the npm that started us where there is one (npm.cmd cannot be spawned without a shell). */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return [process.execPath, [script]];
  return ['npm', []];
}

/** The first lines of a text: npm says what is wrong first and then how it is used. */
export function head(text, count = 15) {
  return text.trim().split('\n').slice(0, count).join('\n');
}

/** The last lines of a text, for a failure's message. */
export function tail(text, count = 30) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}

/** Ctrl-C and a polite kill end what this process started before it ends itself. */
export function endChildrenOnSignal() {
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    process.once(signal, () => {
      for (const child of children) child.kill(signal);
      process.exit(code);
    });
  }
}
