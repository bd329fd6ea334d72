import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseCommandLine, type CommandLine } from '@shared/contract/command-line';
import { errorData } from '@shared/kernel/app-error';
import { printError } from './answer';
import { processTerminal } from './terminal';

/** The command line's entry: parse, run, exit with the code of spec and docs/cli.md. */
async function main(stop: AbortController): Promise<number> {
  const terminal = processTerminal();
  const argv = process.argv.slice(2);
  const cwd = process.env['INIT_CWD'] ?? process.cwd();
  const onSignal = (): void => {
    // The second time the user means it: what runs is undone or finished on the next start.
    if (stop.signal.aborted) process.exit(5);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  let command: CommandLine | undefined;
  try {
    command = parseCommandLine(argv, { cwd: resolve(cwd), resolvePath: (path) => resolve(cwd, path), isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true });
    const { runCommand } = await import('./run-command');
    return await runCommand(command, { terminal, signal: stop.signal });
  } catch (error) {
    if (process.env['BERTH_DEBUG'] === '1') terminal.err(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    return printError(errorData(error), command?.globals.json ?? wantsJson(argv), terminal);
  }
}

/** For a line that cannot be parsed: whether it asked for JSON, before any words that are meant for another program. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

const stop = new AbortController();
// A reader that closes early (`| head`) ends the program, it does not break it: in order, never with the store's thread at work.
process.stdout.on('error', () => stop.abort());
process.stderr.on('error', () => undefined);

void main(stop).then((code) => {
  process.exitCode = process.stdout.errored === null ? code : 0;
  // What is still open (a connection on its way out) must not hold the prompt; what was written must get out first.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
});
