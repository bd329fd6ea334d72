import type { RecoveredOperation } from '@main/operations/types';
import type { ContractName, OutputOf } from '@shared/contract/contract';
import { serviceHue } from '@shared/domain/logs/service-hue';
import { paint, printable, table, duration, type Terminal } from '../terminal';
import { renderCleanUp, renderDisk, renderStats } from './usage';
import { changedRenderers } from './changed';
import { changesRenderers } from './changes';
import { checkedRenderers } from './checked';
import { editedRenderers } from './edited';
import { inspectedRenderers } from './inspected';
import { filesRenderers } from './files';
import { driftText, healedText, policiesText } from './drift';
import { gitRenderers } from './git';
import { gitopsRenderers } from './gitops';
import { robustnessRenderers } from './robustness';
import { diagnosticsRenderers } from './diagnostics';
import { recoveryRenderers, warningsText } from './recovery';
import { objectsRenderers } from './objects';
import { runtimeRenderers } from './runtime';
import { snapshotsRenderers } from './snapshots';
import { storageRenderers } from './storage';
import { verbsRenderers } from './verbs';
import { watchedRenderers } from './watched';
import { workspacesRenderers } from './workspaces';

type Input = { readonly [field: string]: unknown };
type Renderers = { readonly [N in ContractName]?: (value: OutputOf<N>, terminal: Terminal, input: Input) => string };

const renderers: Renderers = {
  ...runtimeRenderers,
  ...robustnessRenderers,
  ...watchedRenderers,
  ...changedRenderers,
  ...changesRenderers((list, terminal) => renderFindings(list, terminal)),
  ...editedRenderers,
  ...filesRenderers,
  ...recoveryRenderers,
  ...verbsRenderers((plan, terminal) => renderPlan(plan, terminal)),
  ...checkedRenderers,
  ...inspectedRenderers,
  ...storageRenderers((list, terminal) => renderFindings(list, terminal)),
  ...objectsRenderers,
  ...workspacesRenderers,
  ...snapshotsRenderers,
  ...diagnosticsRenderers,
  ...gitopsRenderers((list, terminal) => renderFindings(list, terminal)),
  ...gitRenderers,
  'projects.open': (value) => `${projectLine(value)}\n`,
  'projects.trust': (value) => `${projectLine(value)}\n`,
  'projects.list': (value) =>
    value.length === 0
      ? 'No project is open. Open one: berth projects open <dir>\n'
      : table(['ID', 'NAME', 'MODE', 'MODES', 'TRUSTED', 'FOLDER'], value.map((one) => [one.id, one.name, one.activeMode ?? '-', one.modes.map((mode) => mode.name).join(','), one.trusted ? 'yes' : 'no', one.dir])),
  'projects.close': () => 'Closed. What runs goes on; open it again: berth projects reopen\n',
  'projects.reopen': (value) => `${projectLine(value)}\n`,
  'projects.recent': (value) => (value.length === 0 ? 'No project was closed.\n' : table(['ID', 'NAME', 'CLOSED', 'FOLDER'], value.map((one) => [one.id, one.name, one.closedAt, one.readable ? one.dir : `${one.dir} (cannot be read)`]))),
  'projects.forget': () => 'Forgotten. Containers, volumes and files are as they were.\n',
  'modes.list': (value) => table(['', 'MODE', 'FILES', 'PROFILES'], value.map((one) => [one.active ? '*' : '', one.name, one.files.join(', '), one.profiles.join(', ')])),
  'modes.plan': (value, terminal) => renderPlan(value, terminal),
  'modes.switch': (value, terminal) =>
    `${switchedText(value)}\n${table(
      ['SERVICE', 'ACTION', 'DOWN', 'CONTAINER'],
      value.services.map((one) => [one.name, one.action, one.action === 'keep' ? '-' : duration(one.downtimeMs), one.containerId.slice(0, 12)]),
    )}${warningsText(value.warnings, terminal)}`,
  'services.list': (value) =>
    `${printable(value.summary)}\n${table(
      ['SERVICE', 'STATE', 'HEALTH', 'MODE', 'PORTS', 'IMAGE'],
      value.services.map((one) => [one.name, one.containerIds.length > 1 ? `${one.state} (${String(one.containerIds.length)})` : one.state, one.health === 'none' ? '-' : one.health, one.mode ?? '-', one.ports.map(portText).join(' '), one.image]),
    )}`,
  'services.restart': (value) => (value.services.length === 0 ? 'Nothing runs, so nothing was restarted.\n' : `Restarted ${value.services.join(', ')}.\n`),
  'services.stop': (value, _terminal, input) => (value.services.length === 0 ? `${nothingToDo(input, 'Nothing runs.', 'does not run', 'do not run')}\n` : `Stopped ${value.services.join(', ')}.\n`),
  'services.start': (value, _terminal, input) => (value.services.length === 0 ? `${nothingToDo(input, 'Everything that has a container already runs.', 'already runs', 'already run')}\n` : `Started ${value.services.join(', ')}.\n`),
  'services.logs': (value, terminal, input) => logText(value, terminal, input['timestamps'] === true),
  'services.save-logs': (value) => `${printable(value.file)}: ${value.lines === 1 ? '1 line' : `${String(value.lines)} lines`}, ${String(value.sizeBytes)} bytes.\n`,
  'checks.run': (value, terminal) => `${renderFindings(value.findings, terminal)}${value.ok ? `No errors in ${printable(value.mode)}.` : `${errorCount(value.findings)} in ${printable(value.mode)}.`}\n${value.findings.length === 0 ? '' : 'Each code in capitals has a section in docs/troubleshooting.md.\n'}`,
  'operations.list': (value) =>
    value.length === 0 ? 'No operation has run yet.\n' : table(['ID', 'STATE', 'WHAT', 'STARTED', 'TOOK'], value.map((one) => [one.id, one.state, one.title, one.startedAt ?? '-', took(one)])),
  'operations.show': (value) => {
    const error = value.error === null ? '' : `${printable(value.error.message)}\n`;
    const steps = table(['', 'STEP', 'PHASE', 'WHAT'], value.steps.map((step) => [String(step.seq), step.name, step.phase, step.text]));
    return `${printable(value.title)}: ${value.state}, ${took(value)}\n${error}${steps}${value.log.map((line) => `${printable(line)}\n`).join('')}`;
  },
  'operations.cancel': (value) => `${printable(value.title)}: ${value.state === 'running' || value.state === 'rolling-back' ? 'is being cancelled' : value.state}\n`,
  'operations.retry': (value) => `${printable(value.title)}: ${value.state} as ${value.id}\n`,
  'stats.show': (value) => renderStats(value),
  'stats.watch': (value) => renderStats(value),
  'disk.show': (value) => renderDisk(value),
  'disk.clean': (value, _terminal, input) => renderCleanUp(value, input['dryRun'] === true),
  'drift.list': (value) => driftText(value),
  'drift.accept': (value) => driftText(value),
  'drift.heal': (value) => healedText(value),
  'drift.policies': (value) => policiesText(value),
  'drift.policy': (value) => policiesText(value),
};

/** The answer of a command for people. What has no form of its own is printed as JSON. */
export function render(name: string, value: unknown, terminal: Terminal, input: Input = {}): string {
  const renderer = (renderers as { readonly [name: string]: ((value: never, terminal: Terminal, input: Input) => string) | undefined })[name];
  return renderer === undefined ? `${JSON.stringify(value, null, 2)}\n` : renderer(value as never, terminal, input);
}

/** Each service in a colour of its own, so that merged lines can be told apart. */
const SERVICE_STYLES = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'bold', 'red', 'dim'] as const;

function logText({ service, time, text }: OutputOf<'services.logs'>, terminal: Terminal, timestamps: boolean): string {
  const style = SERVICE_STYLES[serviceHue(service, [])] ?? 'bold';
  return `${paint(terminal, style, `${printable(service)} |`)} ${timestamps && time !== '' ? `${paint(terminal, 'dim', time)} ` : ''}${printable(text)}\n`;
}

/** What is said of an operation that a crash had left; undefined while it could not be ended. */
export function recoveredLine(operation: Pick<RecoveredOperation, 'id' | 'kind' | 'title' | 'state'>): string | undefined {
  const what = `An interrupted ${operation.kind.split('.').at(-1) ?? 'operation'}`;
  switch (operation.state) {
    case 'rolled-back':
    case 'cancelled':
    case 'failed':
      return `${what} was undone first: ${operation.title}.`;
    case 'succeeded':
      return `${what} was finished first: ${operation.title}.`;
    case 'needs-attention':
      return `${what} could not be undone: ${operation.title}. See: berth operations show ${operation.id}`;
    default:
      return undefined;
  }
}

/** What is said when a command is done, but its process cannot go because others have work in it. */
export function stayingLine({ operations, commands }: { readonly operations: number; readonly commands: number }): string {
  const running = `${String(operations)} ${operations === 1 ? 'operation' : 'operations'}`;
  const held = `${String(commands)} ${commands === 1 ? 'command in a container' : 'commands in containers'}`;
  const what = operations === 0 ? held : commands === 0 ? running : `${running} and ${held}`;
  const then = [
    ...(operations === 0 ? [] : ['what they changed is undone unless it is already committed, and what still waits is left to the next berth']),
    ...(commands === 0 ? [] : ['nobody hears of what runs in a container any more']),
  ];
  return `Done. This process stays until ${what} of others ${operations + commands === 1 ? 'has' : 'have'} ended. Ctrl+C ends it now: ${then.join('; ')}.`;
}

function switchedText(value: OutputOf<'modes.switch'>): string {
  if (value.from === value.to && value.services.every((one) => one.action === 'keep')) return `${value.to} already runs; nothing had to change.`;
  if (value.from === value.to) return `${value.to} runs as its files say now; that took ${duration(value.durationMs)}.`;
  return `Switched${value.from === null ? '' : ` from ${value.from}`} to ${value.to} in ${duration(value.durationMs)}.`;
}

/** A verb that found nothing to do: of all services, or of those that were named. */
function nothingToDo(input: Input, all: string, one: string, several: string): string {
  const named = Array.isArray(input['services']) ? input['services'].map(String) : [];
  return named.length === 0 ? all : `${printable(named.join(', '))} ${named.length === 1 ? one : several}.`;
}

/** The plan of a switch, as it is shown before the question. */
export function renderPlan(plan: OutputOf<'modes.plan'>, terminal: Terminal): string {
  const mark = { keep: '=', create: '+', recreate: '~', remove: '-', start: '>' } as const;
  const several = new Set(plan.changes.filter((one, index) => plan.changes.findIndex((other) => other.service === one.service) !== index).map((one) => one.service));
  const lines = plan.changes.map((change) => `  ${mark[change.action]} ${printable(change.service)}${several.has(change.service) ? ` (${String(change.number)})` : ''}: ${change.action}${change.reasons.length === 0 ? '' : ` (${printable(change.reasons.join('; '))})`}`);
  const kept = plan.volumesKept.length === 0 ? [] : [`  volumes kept: ${printable(plan.volumesKept.join(', '))}`];
  const refused = plan.findings.some((one) => one.severity === 'error') ? `${paint(terminal, 'red', 'A switch would be refused')}: ${errorCount(plan.findings)}.\n` : '';
  return `${printable(plan.projectName)}: ${plan.from ?? 'nothing'} -> ${plan.mode}\n${[...lines, ...kept].join('\n')}\n${renderFindings(plan.findings, terminal)}${refused}${plan.trusted ? '' : plan.trustQuestions.map((question) => `  not trusted yet: ${printable(question)}\n`).join('')}`;
}

function errorCount(findings: OutputOf<'checks.run'>['findings']): string {
  const count = findings.filter((one) => one.severity === 'error').length;
  return count === 1 ? '1 error' : `${String(count)} errors`;
}

export function renderFindings(findings: OutputOf<'checks.run'>['findings'], terminal: Terminal): string {
  const style = { error: 'red', warning: 'yellow', info: 'dim' } as const;
  return findings
    .map((finding) => {
      const place = finding.where === undefined ? '' : `\n      at ${printable(placeText(finding.where))}`;
      const why = finding.why === '' ? '' : `\n      ${printable(finding.why)}`;
      const fixes = finding.fixes.map((fix) => `\n      fix: ${printable(fix.title)} (${fix.opens === undefined ? `${fixCommand(finding.area)} ${fix.id}` : printable(fix.opens.command)})`).join('');
      return `${paint(terminal, style[finding.severity], finding.severity)} ${finding.code}${finding.rule === undefined ? '' : ` ${finding.rule}`}${finding.service === undefined ? '' : ` ${printable(finding.service)}`}: ${printable(finding.message)}${place}${why}${fixes}\n`;
    })
    .join('');
}

/** What collides in storage is mended by a strategy; whatever else by the fixes of the checks. */
function fixCommand(area: OutputOf<'checks.run'>['findings'][number]['area']): string {
  return area === 'storage' ? 'berth storage apply-strategy' : 'berth checks fix';
}

export function placeText(where: { readonly file: string; readonly line?: number | undefined; readonly column?: number | undefined }): string {
  return `${where.file}${where.line === undefined ? '' : `:${where.line}`}${where.column === undefined ? '' : `:${where.column}`}`;
}

function projectLine(one: OutputOf<'projects.open'>): string {
  const questions = one.trusted ? '' : `\nNot trusted yet: it can be looked at, but nothing of it is built, run or mounted.${one.trustQuestions.map((question) => `\n  - ${printable(question)}`).join('')}\nTrust it: berth projects trust ${one.id}`;
  return `${printable(one.name)} (${one.id}) in ${printable(one.dir)}: modes ${one.modes.map((mode) => mode.name).join(', ')}; ${one.activeMode === null ? 'nothing runs' : `${one.activeMode} runs`}${one.trusted ? '; trusted' : ''}${questions}`;
}

function portText(port: { readonly hostIp: string; readonly hostPort: number; readonly containerPort: number; readonly protocol: string }): string {
  const host = port.hostIp === '' || port.hostIp === '0.0.0.0' || port.hostIp === '::' ? '' : `${port.hostIp}:`;
  return `${host}${port.hostPort}->${port.containerPort}${port.protocol === 'tcp' ? '' : `/${port.protocol}`}`;
}

function took(one: { readonly startedAt: string | null; readonly finishedAt: string | null }): string {
  return one.startedAt === null || one.finishedAt === null ? '-' : duration(Date.parse(one.finishedAt) - Date.parse(one.startedAt));
}
