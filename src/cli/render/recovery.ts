import type { OutputOf } from '@shared/contract/contract';
import { isAnonymousVolume } from '@shared/domain/modes/naming';
import { paint, printable, table, type Terminal } from '../terminal';
import { bytes } from './usage';

type Input = { readonly [field: string]: unknown };

/** How the answers about rebuilding, cleaning, the graph of services and the scripts are shown. */
export const recoveryRenderers = {
  'services.rebuild': (value: OutputOf<'services.rebuild'>, terminal: Terminal): string =>
    `Rebuilt ${printable(value.services.join(', '))}.\n${table(['SERVICE', 'IMAGE'], Object.entries(value.images).map(([service, image]) => [service, image.replace(/^sha256:/, '').slice(0, 12)]))}${warningsText(value.warnings, terminal)}`,
  'projects.clean': (value: OutputOf<'projects.clean'>, _terminal: Terminal, input: Input): string => cleanText(value, input),
  'services.graph': (value: OutputOf<'services.graph'>, _terminal: Terminal): string => graphText(value),
  'scripts.install': (value: OutputOf<'scripts.install'>, _terminal: Terminal): string =>
    value.files.length === 0 ? 'The scripts are there already.\n' : `Wrote ${printable(value.files.join(', '))}.\n`,
} as const;

/** What a switch or a rebuild has to say although it succeeded. */
export function warningsText(warnings: OutputOf<'modes.switch'>['warnings'], terminal: Terminal): string {
  return warnings.map((one) => `${paint(terminal, 'yellow', 'warning')} ${printable(one.service)}: ${printable(one.message)}\n`).join('');
}

function cleanText(value: OutputOf<'projects.clean'>, input: Input): string {
  const dryRun = input['dryRun'] === true;
  const kinds = ([['container', value.containers], ['network', value.networks], ['image', value.images], ['volume', value.volumes]] as const).filter(([, names]) => names.length > 0);
  const kept = value.kept.map((line) => `${printable(line)}\n`).join('');
  if (kinds.length === 0) return `Nothing of this project is there, so nothing ${dryRun ? 'would be' : 'was'} removed.\n${kept}`;
  const lines = kinds.flatMap(([kind, names]) => names.map((name) => `  - ${kind} ${printable(name)}\n`)).join('');
  const named = value.volumes.filter((name) => !isAnonymousVolume(name));
  const toKeep = dryRun && named.length > 0 ? `Kept in a snapshot first: ${printable(named.join(', '))}.\n` : '';
  const snapshot = value.snapshot === null ? toKeep : `${named.length > 0 ? 'The volumes are' : 'What was there is'} in the snapshot ${printable(value.snapshot)}.\n`;
  const head = dryRun ? `Would remove, and free about ${bytes(value.freedBytes)}:` : `Removed, and freed about ${bytes(value.freedBytes)}:`;
  return `${head}\n${lines}${kept}${snapshot}${startedText(value.mode, dryRun, input['start'] === false)}`;
}

/** Which mode runs again after a clean-up. */
function startedText(mode: string | null, dryRun: boolean, unasked: boolean): string {
  if (mode !== null) return dryRun ? `Then ${printable(mode)} would be started again.\n` : `Starting ${printable(mode)} again.\n`;
  const nothing = dryRun ? 'Nothing would be started again' : 'Nothing is started again';
  return unasked ? `${nothing}.\n` : `${nothing}: no mode of this project was there.\n`;
}

function graphText(value: OutputOf<'services.graph'>): string {
  const waits = (service: string): string => value.dependencies.filter((one) => one.from === service).map((one) => `${one.to}${CONDITION[one.condition] ?? ''}${one.required ? '' : ' (optional)'}`).join(', ');
  const services = table(
    ['SERVICE', 'STATE', 'HEALTH', 'WAITS FOR', 'PORTS', 'NETWORKS', 'MOUNTS'],
    value.services.map((one) => [one.service, one.state, one.health === 'none' ? '-' : one.health, waits(one.service) || '-', one.ports.join(' ') || '-', one.networks.join(', ') || '-', one.mounts.join(', ') || '-']),
  );
  const networks = value.networks.length === 0 ? '' : `\n${table(['NETWORK', 'STATE', 'RANGE', 'USED BY'], value.networks.map((one) => [one.name, `${one.exists ? 'live' : 'planned'}${one.external ? ', external' : ''}`, one.subnets.join(', ') || '-', one.services.join(', ') || '-']))}`;
  if (value.volumes.length === 0) return `${value.mode}\n${services}${networks}`;
  const volumes = table(
    ['VOLUME', 'SIZE', 'USED BY', 'MODES'],
    value.volumes.map((one) => [one.name, one.sizeBytes === null ? SIZES[one.size] : bytes(one.sizeBytes), one.users.map((user) => `${user.service} at ${user.target}${user.readOnly ? ' (read-only)' : ''}`).join(', ') || '-', one.modes.join(', ') || '-']),
  );
  return `${value.mode}\n${services}${networks}\n${volumes}`;
}

const SIZES: { readonly [S in OutputOf<'services.graph'>['volumes'][number]['size']]: string } = { known: '', none: 'planned', pending: 'not known yet', unknown: 'not known' };

const CONDITION: { readonly [condition: string]: string } = { service_healthy: ' (healthy)', service_completed_successfully: ' (done)' };
