import type { OutputOf } from '@shared/contract/contract';
import { paint, printable, table, type Terminal } from '../terminal';
import { addedText, overlapText } from './storage-words';

type Conflicts = OutputOf<'storage.conflicts'>;
type Findings = (list: Conflicts['findings'], terminal: Terminal) => string;

/** What collides, in the order in which it is mended. */
const GROUPS: { readonly [code: string]: string } = {
  BUCKET_OVERLAP: 'Buckets',
  SYNC_LOOP: 'Loops',
  MOUNT_OVERLAP: 'Mount points',
  CONFIG_OVERLAP: 'Configurations',
  RESOURCE_COMPETITION: 'Resources',
  SCHEDULE_OVERLAP: 'Schedules',
  WRITTEN_TWICE: 'Written from both sides',
};

/** The answer first, then both sets of buckets, the findings by what they are about, and who uses what. */
export function conflictsText(value: Conflicts, terminal: Terminal, findings: Findings): string {
  return [
    `${paint(terminal, colourOf(value.findings), headline(value.findings))}\n${printable(overlapText(value))}\n`,
    ...groupsOf(value.findings).map((group) => `\n${group.title}\n${findings([...group.findings], terminal)}`),
    wayOut(value.findings),
    value.accesses.length === 0 ? '' : `\n${accessText(value.accesses)}`,
    value.shares.length === 0 ? '' : `\n${sharesText(value.shares)}`,
    `\nAdded beside the project: ${addedText(value.added)}\n`,
  ].join('');
}

function headline(findings: Conflicts['findings']): string {
  const numberOf = (severity: string): number => findings.filter((one) => one.severity === severity).length;
  const [errors, warnings, notes] = [numberOf('error'), numberOf('warning'), numberOf('info')];
  if (errors + warnings + notes === 0) return 'Nothing collides.';
  const count = (number: number, one: string): string => `${String(number)} ${one}${number === 1 ? '' : 's'}`;
  const parts = [...(errors === 0 ? [] : [count(errors, 'error')]), ...(warnings === 0 ? [] : [count(warnings, 'warning')]), ...(notes === 0 ? [] : [count(notes, 'note')])];
  return errors + warnings === 0 ? `Nothing collides; ${parts.join(', ')}.` : `Something collides: ${parts.join(', ')}.`;
}

function colourOf(findings: Conflicts['findings']): 'red' | 'yellow' | 'green' {
  if (findings.some((one) => one.severity === 'error')) return 'red';
  return findings.some((one) => one.severity === 'warning') ? 'yellow' : 'green';
}

function groupsOf(findings: Conflicts['findings']): readonly { readonly title: string; readonly findings: Conflicts['findings'] }[] {
  const known = Object.keys(GROUPS);
  const rank = (code: string): number => (known.includes(code) ? known.indexOf(code) : known.length);
  const codes = [...new Set(findings.map((one) => one.code))].sort((a, b) => rank(a) - rank(b));
  return codes.map((code) => ({ title: GROUPS[code] ?? code, findings: findings.filter((one) => one.code === code) }));
}

function wayOut(findings: Conflicts['findings']): string {
  const strategies = [...new Set(findings.flatMap((one) => one.fixes.map((fix) => fix.id)))];
  if (strategies.length === 0) return '';
  return `\nMend ${strategies.length === 1 ? 'it' : 'all of it'}, with the changes shown first: berth storage apply-strategy ${strategies.length === 1 ? printable(strategies[0] ?? '') : 'all'}\n`;
}

function accessText(accesses: Conflicts['accesses']): string {
  return table(
    ['CONTAINER', 'AS', 'DOES', 'BUCKET', 'FOLDER', 'ENDPOINT', 'KNOWN'],
    accesses.map((one) => [one.container, one.mode, one.verbs.join(', '), one.prefix === '' ? one.bucket : `${one.bucket}/${one.prefix}`, one.place, one.endpoint, one.certain ? 'certain' : 'possible']),
  );
}

function sharesText(shares: Conflicts['shares']): string {
  return table(['CONTAINER', 'AS', 'MEMORY', 'CPU'], shares.map((one) => [one.container, one.mode, `${String(Math.round(one.memoryBytes / 1_048_576))}Mi`, `${String(Math.round(one.cpuMillis))}m`]));
}
