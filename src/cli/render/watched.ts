import type { OutputOf } from '@shared/contract/contract';
import { paint, printable, table, type Terminal } from '../terminal';

const STYLE = { error: 'red', warning: 'yellow', info: 'dim' } as const;

/** How the answers about what was observed are shown: alerts, the event log, mounts. */
export const watchedRenderers = {
  'alerts.list': (value: OutputOf<'alerts.list'>, terminal: Terminal): string => alertsText(value, terminal),
  'alerts.dismiss': (value: OutputOf<'alerts.dismiss'>, terminal: Terminal): string => alertsText(value, terminal),
  'events.list': (value: OutputOf<'events.list'>, terminal: Terminal): string =>
    value.length === 0
      ? 'Nothing was logged yet.\n'
      : [...value]
          .reverse()
          .map((one) => `${one.at} ${paint(terminal, STYLE[one.severity], one.severity)} ${one.type}${one.service === null ? '' : ` ${printable(one.service)}`}: ${printable(one.message)}\n`)
          .join(''),
  'mounts.show': (value: OutputOf<'mounts.show'>, _terminal: Terminal): string =>
    value.length === 0
      ? 'No running service has a bind mount.\n'
      : table(['STATE', 'KIND', 'SOURCE', 'USED BY', 'LOOKED AT IN'], value.map((one) => [one.state, one.kind, one.source, one.services.map((use) => `${use.service}:${use.target}${use.readOnly ? ' (read only)' : ''}`).join(', '), `${String(one.latencyMs)} ms`])),
} as const;

function alertsText(value: OutputOf<'alerts.list'>, terminal: Terminal): string {
  if (value.length === 0) return 'Nothing needs a look.\n';
  return value
    .map((one) => {
      const ended = one.clearedAt === null ? (one.dismissed ? ' (put away)' : '') : ` (ended ${one.clearedAt})`;
      return `${paint(terminal, STYLE[one.severity], one.severity)} ${one.code}${one.service === null ? '' : ` ${printable(one.service)}`}: ${printable(one.message)}${ended}\n      since ${one.raisedAt}; put it away: berth alerts dismiss ${one.id}\n${one.hint === '' ? '' : `      ${printable(one.hint)}\n`}`;
    })
    .join('');
}
