import type { OutputOf } from '@shared/contract/contract';
import { duration, printable, table, type Terminal } from '../terminal';
import { bytes } from './usage';

type Preset = OutputOf<'services.presets'>['current'];
type Input = { readonly [field: string]: unknown };

/** What the names stand for: one of them reads as if it were what the service has. */
const PRESETS: { readonly [N in Preset['name']]: string } = {
  current: 'for a service without a worker in it (a name, not what it has now)',
  combined: 'for a service with its worker in it (recommended)',
  none: 'no limits',
  custom: 'other limits that its compose files set',
};

/** How the answers about changed files and about records are shown: undo, presets, clean-up, metrics. */
export const changedRenderers = {
  'operations.undo': (value: OutputOf<'operations.undo'>, _terminal: Terminal): string => {
    const kept = value.kept.map((path) => `Left as it is, because somebody changed it since: ${printable(path)}\n`).join('');
    return `${value.restored.length === 0 ? 'Nothing had to be put back.\n' : `Put back: ${printable(value.restored.join(', '))}\n`}${kept}`;
  },
  'operations.cleanup': (value: OutputOf<'operations.cleanup'>, _terminal: Terminal): string => `Removed ${String(value.removed)}, kept ${String(value.kept)}.\n`,
  'services.presets': (value: OutputOf<'services.presets'>, _terminal: Terminal, input: Input): string => presetsText(value, String(input['service'] ?? 'the service')),
  'services.resources': (value: OutputOf<'services.resources'>, _terminal: Terminal): string =>
    value.files.length === 0 ? 'Nothing had to change.\n' : `Changed ${printable(value.files.join(', '))}; ${value.recreated ? 'its containers were made anew.' : 'it does not run, so no container was made.'}\n`,
  'runtime.metrics': (value: OutputOf<'runtime.metrics'>, _terminal: Terminal): string =>
    `${table(['WHAT', 'COUNT', 'P50', 'P95', 'LONGEST'], value.durations.map((one) => [one.name, String(one.count), duration(one.p50Ms), duration(one.p95Ms), duration(one.maxMs)]))}${table(['COUNTER', 'VALUE'], Object.entries(value.counters).map(([name, count]) => [name, String(count)]))}`,
  'stats.history': (value: OutputOf<'stats.history'>, _terminal: Terminal): string => historyText(value),
} as const;

function presetsText({ current, presets }: OutputOf<'services.presets'>, service: string): string {
  const rows = presets.some((one) => one.name === current.name) ? presets : [current, ...presets];
  const list = table(['', 'PRESET', 'WHAT', 'CPUS', 'MEMORY', 'RESERVED', 'NOTE'], rows.map((one) => [one.name === current.name ? '*' : '', ...presetCells(one)]));
  return `${list}* is what the compose files give ${printable(service)} now. Another: berth services resources ${printable(service)} <preset>\n`;
}

function presetCells(one: Preset): readonly string[] {
  const limit = (value: number, text: string): string => (value === 0 ? '-' : text);
  return [one.name, PRESETS[one.name], limit(one.cpus, String(one.cpus)), limit(one.memoryBytes, bytes(one.memoryBytes)), limit(one.reservedMemoryBytes, bytes(one.reservedMemoryBytes)), one.notice];
}

/** The most a service used in the time that was asked for; the samples themselves are in the JSON. */
function historyText(value: OutputOf<'stats.history'>): string {
  const most = (samples: readonly (number | null)[]): number => Math.max(0, ...samples.map((one) => one ?? 0));
  if (value.series.length === 0) return 'No samples were taken in this time.\n';
  return `${value.fromAt} to ${value.toAt}\n${table(
    ['SERVICE', 'SAMPLES', 'MOST CPU', 'MOST MEMORY', 'MOST NET / S', 'MOST DISK / S'],
    value.series.map((one) => [one.service, String(one.cpu.filter((cpu) => cpu !== null).length), `${(most(one.cpu) * 100).toFixed(1)} %`, bytes(most(one.memoryBytes)), bytes(most(one.networkBytesPerSecond)), bytes(most(one.blockBytesPerSecond))]),
  )}`;
}
