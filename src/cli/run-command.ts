import type { OutputOf } from '@shared/contract/contract';
import type { CommandLine, GlobalFlags } from '@shared/contract/command-line';
import { commandHelp, nounHelp, rootHelp } from '@shared/contract/command-help';
import { defaultTable } from '@shared/contract/describe';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { Result } from '@shared/kernel/result';
import { printError } from './answer';
import { askConsent } from './ask';
import { connect, Session } from './connection';
import { render, renderPlan } from './render/render';
import { runOperation } from './run-operation';
import { runExec, runItems } from './run-stream';
import type { Terminal } from './terminal';
import { version } from './version';

interface RunOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

type Call = Extract<CommandLine, { kind: 'call' }>;

/** Does what the command line says and resolves with the exit code. */
export async function runCommand(command: CommandLine, options: RunOptions): Promise<number> {
  const { terminal } = options;
  switch (command.kind) {
    case 'version':
      terminal.out(command.globals.json ? `${JSON.stringify({ ok: true, value: { version } })}\n` : `${version}\n`);
      return 0;
    case 'help': {
      const entry = command.name === undefined ? undefined : defaultTable[command.name];
      const text = command.name !== undefined && entry !== undefined ? commandHelp(command.name, entry) : command.noun === undefined ? rootHelp(defaultTable) : nounHelp(command.noun, defaultTable);
      terminal.out(command.globals.json ? `${JSON.stringify({ ok: true, value: { help: text } })}\n` : text);
      return 0;
    }
    case 'serve':
      return serve(options);
    case 'watch':
      return withSession(true, (session) => watch(session, options));
    case 'call':
      return call(command, options);
  }
}

async function call(command: Call, options: RunOptions): Promise<number> {
  const { name, input, globals } = command;
  const { terminal, signal } = options;
  const entry = defaultTable[name];
  if (entry === undefined) throw new Error(`${name} is not in the contract.`);
  const mustAsk = entry.asks && !globals.yes && input['dryRun'] !== true;
  // Refused before anything is started: nobody can be asked here.
  if (mustAsk && !terminal.canAsk) await askConsent('', terminal, signal);
  if (globals.watch && entry.kind !== 'query') throw new AppError('input-invalid', '--watch is for commands that only show something.');
  return withSession(globals.watch, async (session) => {
    if (name === 'services.exec') return runExec(session, input, { json: globals.json, signal, terminal });
    if (entry.kind === 'stream') return runItems(session, name, input, { json: globals.json, signal, terminal });
    if (globals.watch) return watchQuery(session, command, options);
    if (entry.kind !== 'operation') return printResult(name, await session.call(name, input, signal, entry.kind === 'query'), globals, terminal);
    const bound = mustAsk ? await consent(session, command, entry.summary, options) : input;
    return printResult(name, await runOperation(session, name, bound, { quiet: globals.quiet, signal, terminal }), globals, terminal);
  });
}

/** Shows what will happen and asks. The answer binds to the plan that was shown. */
async function consent(session: Session, command: Call, summary: string, options: RunOptions): Promise<{ readonly [field: string]: unknown }> {
  const { terminal, signal } = options;
  if (command.name !== 'modes.switch') {
    await askConsent(summary.replace(/\.?$/, ':').replace(/:$/, '?'), terminal, signal);
    return command.input;
  }
  const planned = await session.call('modes.plan', { project: command.input['project'], mode: command.input['mode'] }, signal, true);
  if (!planned.ok) throw AppError.fromData(planned.error);
  const plan = planned.value as OutputOf<'modes.plan'>;
  terminal.err(renderPlan(plan, terminal));
  const errors = plan.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) throw new AppError('blocked', `${plan.projectName} cannot be switched to ${plan.mode}: ${errors.length === 1 ? 'there is an error' : `there are ${errors.length} errors`}.`, { hint: 'Fix it, then try again.', details: { findings: errors as unknown as Json } });
  await askConsent(`Switch ${plan.projectName} to ${plan.mode}?`, terminal, signal);
  return { ...command.input, planId: plan.id };
}

function printResult(name: string, result: Result<unknown, AppErrorData>, globals: GlobalFlags, terminal: Terminal): number {
  if (!result.ok) return printError(result.error, globals.json, terminal);
  terminal.out(globals.json ? `${JSON.stringify({ ok: true, value: result.value })}\n` : render(name, result.value, terminal));
  return exitCodeOf(name, result.value);
}

/** `checks run` answers also when it finds errors, and says so with its exit code. */
function exitCodeOf(name: string, value: unknown): number {
  if (name !== 'checks.run') return 0;
  return (value as OutputOf<'checks.run'>).findings.some((finding) => finding.severity === 'error') ? 4 : 0;
}

/** Asks again whenever something happened, and prints when the answer differs. */
async function watchQuery(session: Session, command: Call, options: RunOptions): Promise<number> {
  const { terminal, signal } = options;
  const asLines = command.globals.json || !terminal.stdoutIsTty;
  let last = '';
  let wake: () => void = () => undefined;
  let isStale = true;
  const listening = session.events(signal, () => {
    isStale = true;
    wake();
  });
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    if (!isStale) await new Promise<void>((resolve) => (wake = resolve));
    if (signal.aborted) break;
    isStale = false;
    const result = await session.call(command.name, command.input, signal, true);
    if (signal.aborted) break;
    if (!result.ok) return printError(result.error, command.globals.json, terminal);
    const text = asLines ? `${JSON.stringify(result.value)}\n` : render(command.name, result.value, terminal);
    if (text !== last) terminal.out(asLines ? text : `\u001b[2J\u001b[H${text}`);
    last = text;
  }
  await listening;
  return 0;
}

async function watch(session: Session, options: RunOptions): Promise<number> {
  await session.events(options.signal, (event) => options.terminal.out(`${JSON.stringify(event)}\n`));
  return 0;
}

async function serve(options: RunOptions): Promise<number> {
  const connection = await connect({ live: true, mustHost: true });
  options.terminal.out(`${JSON.stringify({ type: 'ready', pid: process.pid, version })}\n`);
  await connection.events(undefined, options.signal, (event) => options.terminal.out(`${JSON.stringify(event)}\n`));
  await connection.close('now');
  return 0;
}

async function withSession(live: boolean, work: (session: Session) => Promise<number>): Promise<number> {
  const session = await Session.open({ live, mustHost: false });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
