import type { OutputOf } from '@shared/contract/contract';
import { printable, type Terminal } from '../terminal';

type Changed = OutputOf<'compose.remap-ports'>;

/** How the answers about compose files are shown: what changed in them, their text, and the port map as a page of Markdown. */
export const editedRenderers = {
  'compose.ports': (value: OutputOf<'compose.ports'>, _terminal: Terminal): string => printable(value.markdown),
  'compose.source': (value: OutputOf<'compose.source'>, _terminal: Terminal): string => printable(value.text),
  'services.healthcheck': (value: OutputOf<'services.healthcheck'>, _terminal: Terminal, input: { readonly [field: string]: unknown }): string => `${healthcheckText(value.healthcheck, printable(String(input['service'] ?? 'The service')))}\n`,
  'compose.healthcheck': (value: Changed, _terminal: Terminal): string => changedText(value),
  'compose.remap-ports': (value: Changed, _terminal: Terminal): string => changedText(value),
  'compose.rename-network': (value: Changed, _terminal: Terminal): string => `${changedText(value)}${value.files.length === 0 ? '' : 'The next switch moves the services to it and removes the old one.\n'}`,
  'compose.resubnet': (value: Changed, _terminal: Terminal): string => `${changedText(value)}${value.files.length === 0 ? '' : 'The next switch makes the network and the services on it anew.\n'}`,
  'compose.add-service': (value: Changed, _terminal: Terminal): string => changedText(value),
  'compose.relocate': (value: Changed, _terminal: Terminal): string => changedText(value),
} as const;

/** What changed in files, as a diff, and which they are. */
export function changedText({ files, diff }: Changed): string {
  return files.length === 0 ? 'Nothing had to change.\n' : `${printable(diff)}Changed ${printable(files.join(', '))}.\n`;
}

function healthcheckText(check: OutputOf<'services.healthcheck'>['healthcheck'], service: string): string {
  if (check === null) return `${service} has no health check. Give it one: berth compose healthcheck ${service} http|tcp|command`;
  if (check.kind === 'none') return `The compose files switch the health check of ${service} off.`;
  const port = check.port === null ? 'its port' : `port ${String(check.port)}`;
  const asks = { http: `asks ${port} for ${printable(check.path)}`, tcp: `connects to ${port}`, command: `runs \`${printable(check.command)}\`` }[check.kind];
  const times = `every ${String(check.intervalSeconds)} s, at most ${String(check.timeoutSeconds)} s each, unhealthy after ${String(check.retries)} in a row, the first ${String(check.startPeriodSeconds)} s not counted`;
  return `The health check of ${service}, from its ${check.from === 'file' ? 'compose file' : 'image'}, ${asks}: ${times}.`;
}
