import type { OutputOf } from '@shared/contract/contract';
import type { GlobalFlags } from '@shared/contract/command-input';
import type { CommandLine } from '@shared/contract/command-line';
import { commandHelp, nounHelp, rootHelp } from '@shared/contract/command-help';
import { exitCodeOf, type ContractEntry } from '@shared/contract/define';
import { defaultTable } from '@shared/contract/describe';
import { AppError, type AppErrorData } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import type { Result } from '@shared/kernel/result';
import { printError, printThrown } from './answer';
import { askConsent, type Preview } from './ask';
import { connect, Session, type ConnectOptions } from './connection';
import { withContents } from './contents';
import { processStdio } from './exec-stdio';
import { isFollowed } from './host-gate';
import { recoveredLine, render, renderPlan, stayingLine } from './render/render';
import { runExec } from './run-exec';
import { runOperation, waitForFollow } from './run-operation';
import { runItems } from './run-stream';
import { withSecrets } from './secrets';
import { printable, type Terminal } from './terminal';
import { version } from './version';

interface RunOptions {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Resolves with the next Ctrl+C, which then does nothing else. */
  readonly nextInterrupt: () => Promise<void>;
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
      return serve(command.globals, options);
    case 'watch':
      return withSession({ command: 'watch', live: true, takesOperations: true, yields: true }, command.globals, options, (session) => watch(session, options));
    case 'call':
      return call(command, options);
  }
}

async function call(command: Call, options: RunOptions): Promise<number> {
  const { name, globals } = command;
  const { terminal, signal } = options;
  const entry = defaultTable[name];
  if (entry === undefined) throw new Error(`${name} is not in the contract.`);
  const mustAsk = entry.asks && !globals.yes && command.input['dryRun'] !== true;
  // Refused before anything is started: nobody can be asked here. What changes files shows its plan first, and a clean-up what goes.
  if (mustAsk && !terminal.canAsk && !entry.plans && !PREVIEWED.has(name)) await askConsent('', terminal, signal);
  if (globals.watch && entry.kind !== 'query') throw new AppError('input-invalid', '--watch is for commands that only show something.');
  const input = await withContents(entry, await withSecrets(name, entry, command.input, { environment: (variable) => process.env[variable], terminal, signal }));
  const hosting = { command: name.split('.').join(' '), live: globals.watch, takesOperations: globals.watch || entry.kind === 'stream', yields: globals.watch || (entry.kind === 'stream' && isFollowed(name, input)) };
  return withSession(hosting, globals, options, async (session) => {
    if (name === 'services.exec') return runExec(session, input, { json: globals.json, signal, terminal, stdio: processStdio() });
    if (entry.kind === 'stream') return runItems(session, name, input, { json: globals.json, signal, terminal });
    if (globals.watch) return watchQuery(session, command, options);
    const bound = mustAsk ? await consent(session, { ...command, input }, entry, options) : input;
    if (name === 'operations.retry') return retry(session, bound, globals, options);
    if (entry.kind !== 'operation') {
      const answer = await session.call(name, bound, signal, entry.kind === 'query');
      return printResult(command, globals.json ? answer : await withBeside(session, command, answer, signal), terminal);
    }
    const { result } = await runOperation(session, name, bound, { quiet: globals.quiet, signal, terminal });
    const code = printResult(command, result, terminal);
    return result.ok ? Math.max(code, await waitForFollow(session, name, result.value, { terminal, signal })) : code;
  });
}

/** What people are told besides: the state of storage answers also whether anything collides. What cannot be asked is left out. */
async function withBeside(session: Session, { name, input }: Call, answer: Result<unknown, AppErrorData>, signal: AbortSignal): Promise<Result<unknown, AppErrorData>> {
  if (name !== 'storage.status' || !answer.ok) return answer;
  const conflicts = await session.call('storage.conflicts', input, signal, true);
  return conflicts.ok ? { ok: true, value: { ...(answer.value as object), conflicts: conflicts.value } } : answer;
}

/** Waits for the repeated operation as for a new one; people see its own result, `--json` the whole operation. */
async function retry(session: Session, input: unknown, globals: GlobalFlags, options: RunOptions): Promise<number> {
  const { terminal, signal } = options;
  const { result, operation } = await runOperation(session, 'operations.retry', input, { quiet: globals.quiet, signal, terminal });
  if (!result.ok || operation === undefined) return printResult({ name: 'operations.retry', input: {}, globals }, result, terminal);
  if (globals.json) {
    printResult({ name: 'operations.retry', input: {}, globals }, { ok: true, value: operation }, terminal);
    return exitCodeAfter(operation.kind, result.value);
  }
  return printResult({ name: operation.kind, input: operation.input as Call['input'], globals }, result, terminal);
}

/** Shows what will happen and asks. The answer binds to the plan that was shown. */
async function consent(session: Session, command: Call, entry: Pick<ContractEntry, 'summary' | 'plans'>, options: RunOptions): Promise<{ readonly [field: string]: unknown }> {
  const { terminal, signal } = options;
  if (command.name === 'operations.retry') {
    const shown = await session.call('operations.show', { id: command.input['id'] }, signal, true);
    if (!shown.ok) throw AppError.fromData(shown.error);
    await session.whileAsking(() => askConsent(`Run "${printable((shown.value as OutputOf<'operations.show'>).title)}" again?`, terminal, signal));
    return command.input;
  }
  if (command.name !== 'modes.switch') {
    const plan = entry.plans ? await planOf(session, command, signal) : null;
    const preview = PREVIEWED.has(command.name) ? await showPreview(session, command, options) : null;
    if (plan !== null && terminal.canAsk) terminal.err(`${printable(plan.document)}\n`);
    await session.whileAsking(() => askConsent(entry.summary.replace(/\.?$/, '?'), terminal, signal, { ...(plan === null ? {} : { plan }), ...(preview === null ? {} : { preview }) }));
    return command.input;
  }
  const planned = await session.call('modes.plan', { project: command.input['project'], mode: command.input['mode'] }, signal, true);
  if (!planned.ok) throw AppError.fromData(planned.error);
  const plan = planned.value as OutputOf<'modes.plan'>;
  terminal.err(renderPlan(plan, terminal));
  const errors = plan.findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) throw new AppError('blocked', `${plan.projectName} cannot be switched to ${plan.mode}: ${errors.length === 1 ? 'there is an error' : `there are ${errors.length} errors`}.`, { hint: 'Fix it, then try again.', details: { findings: errors as unknown as Json } });
  await session.whileAsking(() => askConsent(`Switch ${plan.projectName} to ${plan.mode}?`, terminal, signal));
  return { ...command.input, planId: plan.id };
}

/** What can be run without changing anything first: a clean-up says what it removes and which mode it starts again, new keys say who is handed them. */
const PREVIEWED: ReadonlySet<string> = new Set(['projects.clean', 'storage.rotate-credentials', 'services.up', 'services.remove', 'services.scale']);

/** The same, before anybody agrees to it. */
async function showPreview(session: Session, { name, input, globals }: Call, { terminal, signal }: RunOptions): Promise<Preview> {
  const { result } = await runOperation(session, name, { ...input, dryRun: true }, { quiet: true, signal, terminal });
  if (!result.ok) throw AppError.fromData(result.error);
  // The one document of --json has it where it is not shown.
  if (terminal.canAsk || !globals.json) terminal.err(render(name, result.value, terminal, { ...input, dryRun: true }));
  return result.value as Preview;
}

/** What an operation that changes files of a project says first: which, how, and how it is taken back. Null when it would change none. */
async function planOf(session: Session, command: Call, signal: AbortSignal): Promise<OutputOf<'operations.preview'> | null> {
  const plan = await session.call('operations.preview', { name: command.name, input: command.input }, signal, true);
  if (plan.ok) return plan.value as OutputOf<'operations.preview'>;
  // Nobody is asked about what cannot be found. Any other failure is told by the operation itself, should it come to that.
  if (plan.error.code.endsWith('not-found')) throw AppError.fromData(plan.error);
  return null;
}

function printResult({ name, input, globals }: Pick<Call, 'name' | 'input' | 'globals'>, result: Result<unknown, AppErrorData>, terminal: Terminal): number {
  if (!result.ok) return printError(result.error, globals.json, terminal);
  terminal.out(globals.json ? `${JSON.stringify({ ok: true, value: result.value })}\n` : render(name, result.value, terminal, input));
  return exitCodeAfter(name, result.value);
}

function exitCodeAfter(name: string, value: unknown): number {
  const entry = defaultTable[name];
  return entry === undefined ? 0 : exitCodeOf(entry, value);
}

/** Asks again whenever something happened, and prints when the answer differs. */
async function watchQuery(session: Session, command: Call, options: RunOptions): Promise<number> {
  const { terminal, signal } = options;
  const asLines = command.globals.json || !terminal.stdoutIsTty;
  let last = '';
  let wake: () => void = () => undefined;
  let isStale = true;
  const lookAgain = (): void => {
    isStale = true;
    wake();
  };
  const listening = session.events(signal, lookAgain, lookAgain);
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    if (!isStale) await new Promise<void>((resolve) => (wake = resolve));
    if (signal.aborted) break;
    isStale = false;
    const result = await session.call(command.name, command.input, signal, true);
    if (signal.aborted) break;
    if (!result.ok) return printError(result.error, command.globals.json, terminal);
    const shown = asLines ? result : await withBeside(session, command, result, signal);
    if (!shown.ok) return printError(shown.error, false, terminal);
    const text = asLines ? `${JSON.stringify(shown.value)}\n` : render(command.name, shown.value, terminal);
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

async function serve(globals: GlobalFlags, options: RunOptions): Promise<number> {
  const connection = await connect({ mustHost: true, command: 'berth serve', live: true, takesOperations: true, yields: false, ...tellers(globals, options) });
  options.terminal.out(`${JSON.stringify({ type: 'ready', pid: process.pid, version })}\n`);
  await connection.events(undefined, options.signal, (event) => options.terminal.out(`${JSON.stringify(event)}\n`));
  await connection.close('now');
  return 0;
}

/** What is said on stderr beside the command's own progress: what an earlier process left in the middle, and who has to be waited for. */
function tellers(globals: GlobalFlags, { terminal, nextInterrupt }: RunOptions): Pick<ConnectOptions, 'onRecovered' | 'onWaiting' | 'onStaying'> {
  const say = (line: string | undefined): void => {
    if (!globals.quiet && line !== undefined) terminal.err(`${printable(line)}\n`);
  };
  return {
    onRecovered: (operation) => say(recoveredLine(operation)),
    onWaiting: ({ command, pid }) => say(`Waits for \`${command}\` (process ${String(pid)}) to end. Ctrl+C gives up; nothing was changed yet.`),
    onStaying: (others) => {
      say(stayingLine(others));
      return nextInterrupt();
    },
  };
}

async function withSession(hosting: Pick<ConnectOptions, 'command' | 'live' | 'takesOperations' | 'yields'>, globals: GlobalFlags, options: RunOptions, work: (session: Session) => Promise<number>): Promise<number> {
  const session = await Session.open({ ...hosting, mustHost: false, command: `berth ${hosting.command}`, ...tellers(globals, options) });
  try {
    return await work(session);
  } catch (error) {
    // Said before the session is closed: that may have to wait for others.
    return printThrown(error, globals.json, options.terminal);
  } finally {
    await session.close();
  }
}
