import type { OutputOf } from '@shared/contract/contract';
import { printable, table, type Terminal } from '../terminal';

type RuntimeStatus = OutputOf<'runtime.status'>;
type Setting = OutputOf<'settings.set'>;
type Schedule = OutputOf<'schedules.set'>;

/** How the answers about the process itself are shown: runtime, settings, schedules. */
export const runtimeRenderers = {
  'runtime.status': (value: RuntimeStatus, _terminal: Terminal): string => statusText(value),
  'runtime.pause': (value: RuntimeStatus, _terminal: Terminal): string => componentTable(value),
  'runtime.resume': (value: RuntimeStatus, _terminal: Terminal): string => componentTable(value),
  'api.rotate-token': (value: OutputOf<'api.rotate-token'>, _terminal: Terminal): string => `The new token is in ${printable(value.tokenFile)}; the old one is refused from now on.\n`,
  'settings.list': (value: readonly Setting[], _terminal: Terminal): string =>
    table(['SETTING', 'VALUE', 'DEFAULT', 'MAY BE', 'WHAT'], value.map((one) => [one.key, JSON.stringify(one.value), JSON.stringify(one.default), one.range, one.title])),
  'settings.set': (value: Setting, _terminal: Terminal): string => `${value.key} is ${JSON.stringify(value.value)}.\n`,
  'schedules.list': (value: readonly Schedule[], _terminal: Terminal): string =>
    value.length === 0
      ? 'Nothing is scheduled. Schedule something: berth schedules set <operation> --every-seconds <n>\n'
      : table(['ID', 'WHAT', 'EVERY', 'NEXT', 'LAST', 'INPUT'], value.map((one) => [one.id, one.kind, `${String(one.everySeconds)} s`, one.enabled ? one.nextAt : 'off', one.lastAt ?? '-', JSON.stringify(one.input)])),
  'schedules.set': (value: Schedule, _terminal: Terminal): string => `${printable(value.kind)} runs every ${String(value.everySeconds)} s as ${value.id}${value.enabled ? `, next at ${value.nextAt}` : ', but is off'}.\n`,
  'schedules.remove': (): string => 'Removed.\n',
} as const;

function statusText(value: RuntimeStatus): string {
  const late = value.lifespan.filter((step) => !step.ok).map((step) => `  not yet: ${String(step.step)} ${step.name}: ${printable(step.detail)}\n`);
  const tcp = value.api.tcp.url === null ? '' : `\nAPI ${value.api.tcp.url}, token in ${printable(value.api.tcp.tokenFile)}`;
  const memory = `${(value.memoryBytes / 1024 / 1024).toFixed(0)} MiB, ${(value.cpuShare * 100).toFixed(0)} % of a core`;
  return `Berth ${value.version} as ${value.host}, process ${String(value.pid)} since ${value.startedAt}: ${memory}\nSocket ${printable(value.api.socket)}${tcp}\n${late.join('')}${componentTable(value)}`;
}

function componentTable(value: RuntimeStatus): string {
  return table(['COMPONENT', 'STATE', 'LAST', 'DETAIL'], value.components.map((one) => [one.name, one.state, one.lastTickAt ?? '-', one.detail]));
}
