import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseCommandLine, type CommandLine } from '@shared/contract/command-line';
import { printThrown } from './answer';
import { Interrupts } from './interrupts';
import { processTerminal } from './terminal';

/** Parses, runs, and resolves with the exit code of docs/cli.md. */
async function main(interrupts: Interrupts): Promise<number> {
  const terminal = processTerminal();
  const argv = process.argv.slice(2);
  const cwd = process.env['INIT_CWD'] ?? process.cwd();
  process.on('SIGINT', () => interrupts.interrupt());
  process.on('SIGTERM', () => interrupts.interrupt());
  let command: CommandLine | undefined;
  try {
    command = parseCommandLine(argv, { cwd: resolve(cwd), resolvePath: (path) => resolve(cwd, path), isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true });
    const { runCommand } = await import('./run-command');
    return await runCommand(command, { terminal, signal: interrupts.signal, nextInterrupt: () => interrupts.next() });
  } catch (error) {
    return printThrown(error, command?.globals.json ?? wantsJson(argv), terminal);
  }
}

/** For a line that cannot be parsed: whether it asked for JSON, before any words that are meant for another program. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

/** The command line from its start to the end of the process. */
export function runCli(): void {
  // The second time the user means it: what runs is undone or finished on the next start.
  const interrupts = new Interrupts(() => process.exit(5));
  // A reader that closes early (`| head`) ends the program, it does not break it: in order, never with the store's thread at work.
  process.stdout.on('error', () => interrupts.stop());
  process.stderr.on('error', () => undefined);

  void main(interrupts).then((code) => {
    const ends = process.stdout.errored === null ? code : 0;
    // What is still open (a connection on its way out) must not hold the prompt; what was written must get out first.
    process.stdout.write('', () => process.stderr.write('', () => process.exit(ends)));
  });
}
