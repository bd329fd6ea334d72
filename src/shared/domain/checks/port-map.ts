import type { Where } from '../../kernel/app-error';
import type { LoadedCompose } from '../compose/model';
import type { ObservedContainer } from '../engine/observed';
import type { CheckFacts } from './facts';
import { holderOf } from './port-checks';
import { addressesOverlap, portClaims } from './port-claims';

/** One published port of one mode, and who has it now. */
export interface PortMapEntry {
  readonly mode: string;
  readonly service: string;
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: string;
  /** own: held by this service's own container. */
  readonly state: 'free' | 'own' | 'taken' | 'unknown';
  /** Who holds it when it is taken, in words; else empty. */
  readonly holder: string;
  readonly where?: Where | undefined;
}

/** A range is shown port by port up to this many. */
const MOST_OF_A_RANGE = 100;

/** Every published port of a mode in file order; of a range each port. */
export function portMap(mode: string, compose: LoadedCompose, facts: CheckFacts): readonly PortMapEntry[] {
  return portClaims(compose.model).flatMap((claim) => {
    const where = compose.locate(['services', claim.service, 'ports', String(claim.index)]);
    return Array.from({ length: Math.min(claim.last - claim.first + 1, MOST_OF_A_RANGE) }, (_, offset): PortMapEntry => {
      const { service, hostIp, protocol } = claim;
      const hostPort = claim.first + offset;
      const entry = { mode, service, hostIp, hostPort, containerPort: claim.target, protocol, ...(where === undefined ? {} : { where }) };
      return { ...entry, ...stateOf(facts, service, hostPort, protocol, hostIp) };
    });
  });
}

function stateOf(facts: CheckFacts, service: string, port: number, protocol: string, hostIp: string): Pick<PortMapEntry, 'state' | 'holder'> {
  const own = (facts.observed?.containers ?? []).filter((one) => !one.oneOff && holdsPort(one, port, protocol, hostIp));
  if (own.some((one) => one.service === service)) return { state: 'own', holder: '' };
  const [other] = own;
  if (other !== undefined) return { state: 'taken', holder: `the container ${other.name} of ${other.service}` };
  const holder = holderOf(facts, port, protocol, hostIp);
  // A stopped container wants it and does not have it.
  if (holder !== undefined && holder.kind !== 'stopped') return { state: holder.isUnsure === true ? 'unknown' : 'taken', holder: holder.words };
  return { state: facts.observed === null ? 'unknown' : 'free', holder: '' };
}

function holdsPort(container: ObservedContainer, port: number, protocol: string, hostIp: string): boolean {
  return container.ports.some((held) => held.hostPort === port && held.protocol === protocol && addressesOverlap(held.hostIp, hostIp));
}

/** The port map as a page of Markdown: one table for each mode. */
export function portMapMarkdown(project: string, entries: readonly PortMapEntry[]): string {
  const modes = [...new Set(entries.map((one) => one.mode))];
  const tables = modes.map((mode) => {
    const rows = entries.filter((one) => one.mode === mode).map((one) => [one.service, one.hostIp === '' ? 'every' : one.hostIp, String(one.hostPort), String(one.containerPort), one.protocol, stateWords(one)]);
    return [`## ${cell(mode)}`, '', '| Service | Address | Host port | Container port | Protocol | Now |', '| --- | --- | ---: | ---: | --- | --- |', ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`)].join('\n');
  });
  return `# Ports of ${cell(project)}\n\n${tables.length === 0 ? 'No port is published.' : tables.join('\n\n')}\n`;
}

function stateWords(entry: PortMapEntry): string {
  switch (entry.state) {
    case 'own':
      return 'in use by this service';
    case 'taken':
      return `taken by ${entry.holder}`;
    case 'unknown':
      return entry.holder === '' ? 'not known' : `perhaps taken by ${entry.holder}`;
    case 'free':
      return 'free';
  }
}

/** A name may hold anything: it must not end its cell or its line. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\|`<>[\]]/g, (character) => `\\${character}`);
}
