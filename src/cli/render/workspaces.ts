import type { OutputOf } from '@shared/contract/contract';
import { paint, printable, table, type Terminal } from '../terminal';
import { changedText } from './edited';
import { atText, orDash } from './storage-words';
import { bytes as sizeText } from './usage';

type Status = OutputOf<'workspaces.list'>;
type Amount = { readonly files: number; readonly bytes: number } | null;

/** How the answers about workspaces are shown. */
export const workspacesRenderers = {
  'workspaces.list': (value: Status, terminal: Terminal): string => listText(value, terminal),
  'workspaces.configure': (value: Status, terminal: Terminal): string => listText(value, terminal),
  'workspaces.sync': (value: OutputOf<'workspaces.sync'>, _terminal: Terminal): string => syncText(value),
  'workspaces.plan': (value: OutputOf<'workspaces.plan'>, terminal: Terminal): string => planText(value, terminal),
  'workspaces.watch': ({ at, message, tookMs, kind }: OutputOf<'workspaces.watch'>, terminal: Terminal): string => {
    const text = `${at.slice(11, 19)} ${printable(message)}${tookMs === 0 ? '' : ` (${String(tookMs)} ms)`}\n`;
    return kind === 'failed' || kind === 'halted' || kind === 'conflict' ? paint(terminal, 'red', text) : text;
  },
  'workspaces.explain': (value: OutputOf<'workspaces.explain'>, _terminal: Terminal): string => `${printable(value.detail)}\n`,
  'workspaces.excluded': (value: OutputOf<'workspaces.excluded'>, _terminal: Terminal): string => excludedText(value),
  'workspaces.preview-exclude': (value: OutputOf<'workspaces.preview-exclude'>, _terminal: Terminal): string =>
    `${String(value.before)} files are sent now, ${String(value.after)} then.\n${value.excluded.map((path) => `- ${printable(path)}\n`).join('')}${value.included.map((path) => `+ ${printable(path)}\n`).join('')}`,
  'workspaces.exclude': (value: OutputOf<'workspaces.exclude'>, _terminal: Terminal): string => (value.files.length === 0 ? changedText(value) : `${changedText(value)}Take it back: berth operations undo ${value.operationId}\n`),
  'workspaces.conflicts': (value: OutputOf<'workspaces.conflicts'>, _terminal: Terminal): string =>
    value.length === 0 ? 'Nobody else changed what was sent.\n' : `${value.map((one) => `${printable(one.message)}\n`).join('')}Settle one: berth workspaces resolve <key> local|remote|both\n`,
  'workspaces.resolve': (value: OutputOf<'workspaces.resolve'>, _terminal: Terminal): string => `${printable(value.key)} is settled.\n`,
  'workspaces.start': ({ status }: OutputOf<'workspaces.start'>, terminal: Terminal): string => listText(status, terminal),
  'workspaces.restart': ({ status }: OutputOf<'workspaces.restart'>, terminal: Terminal): string => listText(status, terminal),
  'workspaces.stop': ({ status }: OutputOf<'workspaces.stop'>, terminal: Terminal): string => `Stopped. Files and bucket stay.\n${listText(status, terminal)}`,
  'workspaces.migrate': ({ status }: OutputOf<'workspaces.migrate'>, terminal: Terminal): string => `The containers read the mount now. Back again: berth workspaces rollback\n${listText(status, terminal)}`,
  'workspaces.rollback': ({ status }: OutputOf<'workspaces.rollback'>, terminal: Terminal): string => `The containers read the local folders again; the bucket stays.\n${listText(status, terminal)}`,
  'workspaces.logs': (value: OutputOf<'workspaces.logs'>, _terminal: Terminal): string => `${printable(value.service)} | ${printable(value.text)}\n`,
  'workspaces.variables': (value: OutputOf<'workspaces.variables'>, _terminal: Terminal): string => variablesText(value),
  'workspaces.set-variable': (value: OutputOf<'workspaces.set-variable'>, _terminal: Terminal): string => variablesText(value),
  'workspaces.remove-variable': (value: OutputOf<'workspaces.remove-variable'>, _terminal: Terminal): string => variablesText(value),
  'workspaces.troubleshoot': (value: OutputOf<'workspaces.troubleshoot'>, terminal: Terminal): string =>
    value.map((one) => `${one.ok ? paint(terminal, 'green', 'ok ') : paint(terminal, 'red', 'no ')} ${one.name}: ${printable(one.detail)}\n    ${printable(one.command)}\n${one.fix === null ? '' : `    fix: ${printable(one.fix)}\n`}`).join(''),
} as const;

function listText(status: Status, terminal: Terminal): string {
  const head = status.exists ? '' : `There is no folder ${printable(status.root)} yet; each folder in it is a workspace.\n`;
  const halt = status.halt === null ? '' : `${paint(terminal, 'red', printable(status.halt.message))}\n    ${printable(status.halt.hint)}\n`;
  const rows = status.workspaces.map((one) => [
    one.name,
    one.state,
    amountText(one.local),
    amountText(one.bucket),
    amountText(one.mount),
    one.savingsPercent === null ? '-' : `${one.savingsPercent.toFixed(1)} %`,
    one.trigger === 'interval' ? `every ${String(one.everySeconds)} s` : one.trigger,
    one.runner === null ? '-' : one.runner.state,
    orDash(one.runner?.url ?? (one.runner?.port == null ? null : `http://127.0.0.1:${String(one.runner.port)}/`)),
    atText(one.lastSyncedAt),
  ]);
  const body = rows.length === 0 ? '' : table(['WORKSPACE', 'STATE', 'LOCAL', 'BUCKET', status.volume === null ? 'MOUNT' : 'VOLUME', 'SAVED', 'SYNC', 'CONTAINER', 'ADDRESS', 'SYNCED'], rows);
  const details = status.workspaces.filter((one) => one.state === 'offline' || one.state === 'pending' || one.runner?.state === 'failed').map((one) => `${one.name}: ${printable(one.runner?.state === 'failed' ? one.runner.detail : one.detail)}\n`);
  const totals = status.totals.savingsPercent === null ? '' : `${sizeText(status.totals.wholeBytes)} here, ${sizeText(status.totals.bucketBytes)} in the bucket: ${status.totals.savingsPercent.toFixed(1)} % saved.\n`;
  const volume = status.volume === null ? '' : `${printable(status.volume.detail)}\n`;
  return `${head}${halt}${body}${details.join('')}${totals}${volume}${gatewayText(status)}`;
}

/** Containers outlive the command that started them; the gateway before them does not. */
function gatewayText({ gateway, workspaces }: Status): string {
  if (!workspaces.some((one) => one.runner?.state === 'running')) return '';
  return gateway === null ? 'Each container answers at its own address. One address for all of them, with /monitor, is served while the app or `berth serve` runs.\n' : `All of them: ${gateway}/, ${gateway}/monitor\n`;
}

function amountText(amount: Amount): string {
  return amount === null ? '-' : `${String(amount.files)} / ${sizeText(amount.bytes)}`;
}

function variablesText({ variables, detail }: OutputOf<'workspaces.variables'>): string {
  return `${variables.length === 0 ? '' : table(['VARIABLE', 'SET'], variables.map((one) => [one.name, atText(one.setAt)]))}${printable(detail)}\n`;
}

function syncText({ workspaces, traffic, notes }: OutputOf<'workspaces.sync'>): string {
  const uploaded = workspaces.reduce((sum, one) => sum + one.uploaded, 0);
  const rows = workspaces.map((one) => [one.name, String(one.uploaded), String(one.deleted), String(one.unchanged), String(one.excluded), sizeText(one.bytesSent), `${String(one.durationMs)} ms`]);
  return `Synced ${String(uploaded)} ${uploaded === 1 ? 'file' : 'files'}\n${rows.length === 0 ? '' : table(['WORKSPACE', 'SENT', 'REMOVED', 'UNCHANGED', 'EXCLUDED', 'BYTES', 'TOOK'], rows)}Traffic: ${sizeText(traffic.bytesSent)} sent; ${String(traffic.puts)} uploads, ${String(traffic.lists)} listings, ${String(traffic.heads)} looks, ${String(traffic.deletes)} removals.\n${notes.map((note) => `${printable(note)}\n`).join('')}`;
}

function planText(plan: OutputOf<'workspaces.plan'>, terminal: Terminal): string {
  if (plan.changes.length === 0) return 'Everything is sent.\n';
  const sign = { upload: '+', remove: '-', conflict: '!' } as const;
  const lines = plan.changes.map((one) => `${sign[one.action]} ${printable(one.key)} (${printable(one.reason)})\n`).join('');
  const halt = plan.halt === null ? '' : `${paint(terminal, 'red', printable(plan.halt.message))}\n    ${printable(plan.halt.hint)}\n`;
  return `${lines}${plan.more > 0 ? `and ${String(plan.more)} more\n` : ''}${String(plan.uploads)} to look at and send, ${sizeText(plan.bytes)} at most; ${String(plan.removals)} to remove.\n${halt}`;
}

function excludedText({ defaults, entries, more, suggestions }: OutputOf<'workspaces.excluded'>): string {
  const rows = entries.map((one) => [one.folder ? `${one.path}/` : one.path, one.bytes === null ? '-' : sizeText(one.bytes), one.rule, one.source]);
  const advice = suggestions.map((one) => `${printable(one.path)} holds ${sizeText(one.bytes)}: ${printable(one.reason)} Leave it out: berth workspaces exclude ${printable(one.path.split('/')[0] ?? '')} ${printable(one.pattern)}\n`);
  return `Never sent: ${defaults.join(' ')}\n${rows.length === 0 ? '' : table(['PATH', 'SIZE', 'RULE', 'FROM'], rows)}${more > 0 ? `and ${String(more)} more\n` : ''}${advice.join('')}`;
}
