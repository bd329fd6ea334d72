import type { OutputOf } from '@shared/contract/contract';
import { table } from '../terminal';

/** So many items fit a screen; all of them are in the JSON. */
const ITEMS_SHOWN = 25;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** 1536 is 1.5 KiB. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return `${unit === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

function percent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}

/** What services use, with the project's totals in the last row. CPU is of one core, as `docker stats` shows it. */
export function renderStats(value: OutputOf<'stats.show'>): string {
  if (value.services.length === 0) return 'Nothing runs, so nothing is used.\n';
  const { total } = value;
  const flow = (one: { readonly networkReceivedBytes: number; readonly networkSentBytes: number; readonly blockReadBytes: number; readonly blockWrittenBytes: number }): string[] => [
    `${bytes(one.networkReceivedBytes)} / ${bytes(one.networkSentBytes)}`,
    `${bytes(one.blockReadBytes)} / ${bytes(one.blockWrittenBytes)}`,
  ];
  return table(
    ['SERVICE', 'CPU', 'MEMORY', 'LIMIT', 'NET IN / OUT', 'DISK READ / WRITTEN', 'PROCESSES', 'RESTARTS'],
    [
      ...value.services.map((one) => [one.service, percent(one.cpu), bytes(one.memoryBytes), one.memoryLimitBytes === 0 ? '-' : bytes(one.memoryLimitBytes), ...flow(one), String(one.processes), String(one.restarts)]),
      ['TOTAL', percent(total.cpu), bytes(total.memoryBytes), '', ...flow(total), String(total.processes), ''],
    ],
  );
}

/** The totals per kind, then the largest items that could go. */
export function renderDisk(value: OutputOf<'disk.show'>): string {
  const total = (name: string, one: OutputOf<'disk.show'>['images']): string[] => [name, String(one.count), bytes(one.sizeBytes), bytes(one.reclaimableBytes)];
  const totals = table(['KIND', 'COUNT', 'SIZE', 'COULD BE FREED'], [total('images', value.images), total('volumes', value.volumes), total('build cache', value.buildCache), total('containers', value.containers)]);
  const removable = value.items.filter((one) => one.removable);
  if (removable.length === 0) return `${totals}\nNothing can be removed.\n`;
  const shown = removable.slice(0, ITEMS_SHOWN);
  const more = removable.length > shown.length ? `and ${String(removable.length - shown.length)} more: berth disk show --json\n` : '';
  return `${totals}\n${table(['ITEM', 'NAME', 'FREES'], shown.map((one) => [one.id, one.name, bytes(one.sizeBytes)]))}${more}Remove some: berth disk clean <item> ...\n`;
}

/** What a clean-up did, or would do. */
export function renderCleanUp(value: OutputOf<'disk.clean'>, dryRun: boolean): string {
  const count = `${String(value.removed.length)} item${value.removed.length === 1 ? '' : 's'}`;
  const done = dryRun ? `Would remove ${count} and free at least ${bytes(value.freedBytes)}.` : `Removed ${count}, freed ${bytes(value.freedBytes)}.`;
  return `${done}\n${table(['ITEM', ''], [...value.removed.map((one) => [one, dryRun ? 'would go' : 'gone']), ...value.kept.map((one) => [one, 'kept'])])}`;
}
