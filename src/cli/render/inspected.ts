import type { OutputOf } from '@shared/contract/contract';
import { printable, table, type Terminal } from '../terminal';
import { bytes } from './usage';

type Detail = OutputOf<'services.inspect'>;

/** How everything about one service is told. */
export const inspectedRenderers = {
  'services.inspect': (value: Detail): string => [headOf(value), healthOf(value), containersOf(value), mountsOf(value), environmentOf(value), madeFrom(value), networksOf(value)].filter((part) => part !== '').join('\n'),
  'services.variable': (value: OutputOf<'services.variable'>, _terminal: Terminal): string => `${printable(value.value)}\n`,
};

function headOf({ service, mode, limits }: Detail): string {
  const health = service.health === 'none' ? '' : `, ${service.health}`;
  const ports = service.ports.filter((one) => one.hostPort > 0).map((one) => `http://localhost:${String(one.hostPort)}`);
  const most = [limits?.cpus == null ? null : `${String(limits.cpus)} CPUs`, limits?.memoryBytes == null ? null : bytes(limits.memoryBytes), limits?.processes == null ? null : `${String(limits.processes)} processes`].filter((one) => one !== null);
  const lines = [
    `${printable(service.name)}: ${service.state}${health}`,
    `mode      ${mode ?? '-'}`,
    `started   ${service.startedAt ?? '-'}`,
    `restarts  ${String(service.restarts)}`,
    `limits    ${most.length === 0 ? 'none' : most.join(', ')}`,
    ...(ports.length === 0 ? [] : [`open      ${[...new Set(ports)].join(' ')}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Why it is unhealthy: what its check said last. */
function healthOf({ health }: Detail): string {
  if (health === null) return '';
  const failing = health.failingStreak === 0 ? '' : `, failed ${String(health.failingStreak)} times in a row`;
  const probes = health.probes.map((one) => `  ${one.at}  exit ${String(one.exitCode)}${one.tookMs === null ? '' : `, ${String(one.tookMs)} ms`}\n${one.output === '' ? '' : `${printable(one.output).replace(/^/gm, '    ')}\n`}`);
  return `Health check of ${printable(health.container)}: ${printable(health.check.join(' '))}${failing}\n${probes.join('')}`;
}

function containersOf({ containers }: Detail): string {
  if (containers.length === 0) return 'It has no container.\n';
  const rows = containers.map((one) => [one.name, one.id.slice(0, 12), one.state, one.exitCode === null ? '-' : `${String(one.exitCode)}${one.outOfMemory ? ' (out of memory)' : ''}`, one.restartPolicy, one.user === '' ? 'root' : one.user, one.command.join(' ')]);
  const errors = containers.flatMap((one) => (one.error === '' ? [] : [`${printable(one.name)}: ${printable(one.error)}\n`]));
  return `${table(['CONTAINER', 'ID', 'STATE', 'EXIT', 'RESTART', 'USER', 'COMMAND'], rows)}${errors.join('')}`;
}

function mountsOf({ mounts }: Detail): string {
  if (mounts.length === 0) return '';
  return table(['MOUNT', 'SOURCE', 'TARGET', 'ACCESS', 'SIZE'], mounts.map((one) => [one.type, one.source, one.target, one.readOnly ? 'read-only' : 'read-write', one.sizeBytes === null ? '-' : bytes(one.sizeBytes)]));
}

function environmentOf({ environment }: Detail): string {
  if (environment.length === 0) return '';
  return table(['VARIABLE', 'VALUE', 'FROM'], environment.map((one) => [one.name, one.value, `${one.source}${one.through.length === 0 ? '' : ` (${one.through.join(', ')})`}${one.stale ? '; the files say otherwise by now' : ''}`]));
}

function madeFrom({ image, build }: Detail): string {
  const lines = [
    ...(image === null ? [] : [`image     ${printable(image.reference)} ${image.id.replace('sha256:', '').slice(0, 12)}${image.sizeBytes === null ? '' : `, ${bytes(image.sizeBytes)}`}${image.createdAt === null ? '' : `, made ${image.createdAt}`}`]),
    ...(build === null ? [] : [`built     from ${printable(build.context)}${build.dockerfile === '' ? '' : `, ${printable(build.dockerfile)}`}${build.target === null ? '' : `, target ${printable(build.target)}`}${build.args.length === 0 ? '' : `, arguments ${printable(build.args.join(', '))}`}${build.where === undefined ? '' : ` (${printable(`${build.where.file}:${String(build.where.line ?? 1)}`)})`}`]),
  ];
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function networksOf({ networks }: Detail): string {
  if (networks.length === 0) return '';
  return table(['NETWORK', 'CONTAINER', 'ADDRESS', 'ALIASES'], networks.map((one) => [one.name, one.container, [one.ipAddress, one.ipv6Address].filter((address) => address !== '').join(' ') || '-', one.aliases.join(' ')]));
}
