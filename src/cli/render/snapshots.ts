import type { OutputOf } from '@shared/contract/contract';
import { CONSISTENCY_WORDS, partWords, reasonWords, restoreWords } from '@shared/domain/snapshots/words';
import { duration, paint, printable, table, type Terminal } from '../terminal';
import { atText, orDash } from './storage-words';
import { bytes as sizeText } from './usage';

type Input = { readonly [field: string]: unknown };
type Status = OutputOf<'snapshots.list'>;
type Snapshot = Status['snapshots'][number];
type Report = OutputOf<'snapshots.verify'>;

/** How the answers about snapshots are shown. */
export const snapshotsRenderers = {
  'snapshots.list': (value: Status, terminal: Terminal): string => listText(value, terminal),
  'snapshots.show': (value: Snapshot, terminal: Terminal): string => showText(value, terminal),
  'snapshots.plan-create': (value: OutputOf<'snapshots.plan-create'>, terminal: Terminal): string => planCreateText(value, terminal),
  'snapshots.create': (value: OutputOf<'snapshots.create'>, terminal: Terminal): string => madeText('Made', value, terminal),
  'snapshots.import': (value: OutputOf<'snapshots.import'>, terminal: Terminal): string => madeText('Imported', value, terminal),
  'snapshots.verify': (value: Report, terminal: Terminal): string => `${paint(terminal, 'green', 'ok')} ${objects(value)} are as they were written: ${sizeText(value.bytes)} read in ${duration(value.durationMs)}.\n`,
  'snapshots.drill': (value: Report, terminal: Terminal): string => `${paint(terminal, 'green', 'ok')} The volumes came back byte for byte: ${sizeText(value.bytes)} in ${duration(value.durationMs)}. The copies are removed again.\n`,
  'snapshots.compare': (value: OutputOf<'snapshots.compare'>, _terminal: Terminal): string => compareText(value),
  'snapshots.plan-restore': (value: OutputOf<'snapshots.plan-restore'>, terminal: Terminal): string => planRestoreText(value, terminal),
  'snapshots.restore': (value: OutputOf<'snapshots.restore'>, terminal: Terminal): string => restoredText(value, terminal),
  'snapshots.branch': (value: OutputOf<'snapshots.branch'>, _terminal: Terminal): string => `${printable(value.project.name)} runs beside it from ${printable(value.project.dir)}, started in ${duration(value.durationMs)}.\nWhat runs there, with its ports: berth services list --project ${printable(value.project.dir)}\n`,
  'snapshots.pin': (value: Snapshot, _terminal: Terminal): string => `${value.id} ${value.pinned ? 'is kept whatever the retention says' : 'goes when the retention says so'}.\n`,
  'snapshots.delete': (value: Status, terminal: Terminal, input: Input): string => deletedText(value, terminal, input),
  'snapshots.undelete': (value: Status, terminal: Terminal): string => `It is back.\n${listText(value, terminal)}`,
  'snapshots.prune': (value: OutputOf<'snapshots.prune'>, _terminal: Terminal, input: Input): string => pruneText(value, input['dryRun'] === true),
  'snapshots.export': (value: OutputOf<'snapshots.export'>, _terminal: Terminal): string => `Exported into ${printable(value.file)}: ${sizeText(value.sizeBytes)}, sha256 ${value.sha256}\n`,
  'snapshots.configure': (value: Status, _terminal: Terminal): string => settingsText(value),
  'snapshots.consistency': (value: Status, _terminal: Terminal): string => settingsText(value),
  'snapshots.add-repository': (value: Status, terminal: Terminal): string => repositoriesText(value, terminal),
} as const;

function listText(status: Status, terminal: Terminal): string {
  const several = status.repositories.length > 1;
  const rows = status.snapshots.map((one) => [one.id, orDash(one.tag), atText(one.createdAt), reasonWords(one.reason), one.mode ?? '-', one.health, sizeText(one.sizeBytes), sizeText(one.storedBytes), verifiedText(one), one.pinned ? 'pinned' : '', ...(several ? [one.repository] : [])]);
  const head = rows.length === 0 ? 'No snapshot yet. Make one: berth snapshots create\n' : table(['ID', 'TAG', 'MADE', 'REASON', 'MODE', 'SERVICES', 'HOLDS', 'ADDED', 'VERIFIED', '', ...(several ? ['IN'] : [])], rows);
  const damaged = status.damaged.map((one) => paint(terminal, 'red', `Cannot be read: ${printable(one.object)}${one.part === '' ? '' : ` (${printable(one.part)})`}\n`)).join('');
  const deleted = status.deleted.map((one) => `Deleted until ${atText(one.until)}: ${one.id}${one.tag === null ? '' : ` ${printable(one.tag)}`}. Bring it back: berth snapshots undelete ${one.id}\n`).join('');
  const replaced = status.replaced.map((one) => `Put aside until ${atText(one.until)}: ${printable(one.volume)}, what ${printable(one.of)} was\n`).join('');
  return `${head}${repositoriesText(status, terminal)}${damaged}${deleted}${replaced}`;
}

function verifiedText({ verified }: Snapshot): string {
  return verified === null ? '-' : verified.ok ? atText(verified.at) : 'DAMAGED';
}

function repositoriesText(status: Status, terminal: Terminal): string {
  return status.repositories
    .map((one) => {
      const frees = one.reclaimableBytes === null || one.reclaimableBytes === 0 ? '' : `, prune would free ${sizeText(one.reclaimableBytes)}`;
      const state = one.state === 'ready' ? '' : paint(terminal, 'red', ` ${one.state}: ${printable(one.detail)}`);
      const secret = one.encrypted === 'everything' ? 'everything encrypted' : 'secrets encrypted';
      return `${printable(one.name)}${one.name === status.settings.repository ? ' (new ones)' : ''}: ${printable(one.place)}, ${String(one.snapshots)} ${one.snapshots === 1 ? 'snapshot' : 'snapshots'}, ${sizeText(one.storedBytes)}${frees}, ${secret}${state}\n`;
    })
    .join('');
}

function showText(one: Snapshot, terminal: Terminal): string {
  const verified = one.verified === null ? 'never' : `${atText(one.verified.at)}, ${one.verified.ok ? 'as written' : paint(terminal, 'red', 'damaged')}`;
  const facts = [
    ['made', `${atText(one.createdAt)} ${reasonWords(one.reason)}`],
    ['project', `${printable(one.project.name)} in ${printable(one.project.dir)}, mode ${one.mode ?? '-'}, services ${one.health}`],
    ['size', `holds ${sizeText(one.sizeBytes)}, added ${sizeText(one.storedBytes)} to ${printable(one.repository)}`],
    ['verified', verified],
  ] as const;
  const parts = table(
    ['PART', 'KIND', 'FILES', 'SIZE', 'READ', 'SHA256'],
    one.parts.map((part) => [partWords(part), part.secret ? `${part.kind}, encrypted` : part.kind, part.files === 0 ? '-' : String(part.files), part.sizeBytes === 0 ? '-' : sizeText(part.sizeBytes), isRead(part.kind) ? CONSISTENCY_WORDS[part.consistency] : '-', part.sha256.slice(0, 12)]),
  );
  const services = one.services.length === 0 ? '' : `\n${table(['SERVICE', 'STATE', 'HEALTH'], one.services.map((service) => [service.name, service.state, service.health === 'none' ? '-' : service.health]))}`;
  const left = one.parts.flatMap((part) => part.skipped.map((skipped) => `Left out: ${printable(partWords(part))}/${printable(skipped.path)}: ${printable(skipped.why)}\n`)).join('');
  return `${one.id}${one.tag === null ? '' : ` ${printable(one.tag)}`}${one.pinned ? ' (pinned)' : ''}\n${facts.map(([name, text]) => `  ${name.padEnd(8)}  ${text}\n`).join('')}\n${parts}${services}${left}${notesText(one.notes, terminal)}`;
}

/** What services write to; the rest is read as it is. */
function isRead(kind: Snapshot['parts'][number]['kind']): boolean {
  return kind === 'volume' || kind === 'bind' || kind === 'bucket';
}

function notesText(notes: readonly string[], terminal: Terminal): string {
  return notes.map((note) => `${paint(terminal, 'yellow', 'note')} ${printable(note)}\n`).join('');
}

function planCreateText({ parts, notes }: OutputOf<'snapshots.plan-create'>, terminal: Terminal): string {
  const rows = parts.map((part) => [part.chosen ? '*' : '', partWords(part), part.kind, part.sizeBytes === null ? '-' : sizeText(part.sizeBytes), part.services.join(', ') || '-', part.detail]);
  const more = parts.some((part) => !part.chosen) ? 'Parts without * are taken when they are named: --binds <folder>, --buckets <name>\n' : '';
  return `${table(['', 'PART', 'KIND', 'SIZE', 'SERVICES', 'HOW'], rows)}${more}${notesText(notes, terminal)}`;
}

function madeText(verb: string, one: Snapshot, terminal: Terminal): string {
  return `${verb} ${one.id}${one.tag === null ? '' : ` ${printable(one.tag)}`}: holds ${sizeText(one.sizeBytes)}, added ${sizeText(one.storedBytes)} to ${printable(one.repository)}.\n${notesText(one.notes, terminal)}Bring it back: berth snapshots restore ${one.id}\n`;
}

function objects({ objects: number, sampled }: Report): string {
  return `${String(number)} ${number === 1 ? 'object' : 'objects'}${sampled ? ', a sample,' : ''}`;
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function compareText({ differences, more }: OutputOf<'snapshots.compare'>): string {
  if (differences.length === 0) return 'No difference.\n';
  const lines = differences.map((one) => {
    const place = [partWords(one.part), one.path].filter((text) => text !== '').join('/');
    const what = one.change === 'changed' && one.what.length > 0 ? ` ${one.what.join(', ')}` : '';
    const sides = [one.before, one.after].filter((text) => text !== null).join(' -> ');
    return `${SIGNS[one.change]} ${printable(place)}${printable(what)}${sides === '' ? '' : ` (${printable(sides)})`}\n`;
  });
  return `${lines.join('')}${more === 0 ? '' : `and ${String(more)} more; --limit shows more of them\n`}`;
}

type RestorePlan = OutputOf<'snapshots.plan-restore'>;
const ACTIONS: { readonly [A in RestorePlan['steps'][number]['action']]: string } = { same: 'as it is', replace: 'replaced', create: 'made again', remove: 'removed', skip: 'left alone' };

function planRestoreText(plan: RestorePlan, terminal: Terminal): string {
  const styles = { error: 'red', warning: 'yellow', info: 'dim' } as const;
  const findings = plan.findings.map((one) => `${paint(terminal, styles[one.severity], one.severity)} ${one.code}: ${printable(one.message)}\n      ${printable(one.hint)}\n`).join('');
  const free = plan.freeBytes === null ? '' : `, ${sizeText(plan.freeBytes)} free`;
  return `${printable(restoreWords(plan.steps, plan.services))}\n${stepsText(plan.steps)}${sizeText(plan.bytesToWrite)} to write${free}.\n${plan.diff === '' ? '' : `\n${printable(plan.diff)}${plan.diff.endsWith('\n') ? '' : '\n'}\n`}${findings}`;
}

function stepsText(steps: RestorePlan['steps']): string {
  return steps.length === 0 ? '' : table(['PART', 'KIND', 'ACTION', 'SIZE', 'DETAIL'], steps.map((step) => [partWords(step), step.kind, ACTIONS[step.action], step.sizeBytes === 0 ? '-' : sizeText(step.sizeBytes), step.detail]));
}

function restoredText(value: OutputOf<'snapshots.restore'>, terminal: Terminal): string {
  const warnings = value.warnings.map((one) => `${paint(terminal, 'yellow', 'warning')} ${printable(one)}\n`).join('');
  const back = value.before === null ? '' : `What was there before: berth snapshots restore ${value.before}\n`;
  return `Restored ${value.snapshotId} in ${duration(value.durationMs)}; the longest a service was down is ${duration(value.downtimeMs)}.\n${stepsText(value.steps)}${warnings}${back}`;
}

function deletedText(status: Status, terminal: Terminal, input: Input): string {
  const gone = status.deleted.find((one) => one.id === input['id']);
  return gone === undefined ? listText(status, terminal) : `Deleted. Until ${atText(gone.until)} it can be brought back: berth snapshots undelete ${gone.id}\n`;
}

function pruneText({ removed, freedBytes, volumes }: OutputOf<'snapshots.prune'>, dryRun: boolean): string {
  const verb = dryRun ? 'Would remove' : 'Removed';
  const lines = [...removed.map((id) => `  - snapshot ${id}\n`), ...volumes.map((name) => `  - volume ${printable(name)}\n`)].join('');
  if (lines === '' && freedBytes === 0) return 'There is nothing to free.\n';
  const later = !dryRun && freedBytes === 0 && removed.length > 0 ? 'Their contents stay for a day and go with a later prune; what other snapshots have too stays.\n' : '';
  return `${lines === '' ? `${verb} no snapshot` : verb}${dryRun ? `, and free up to ${sizeText(freedBytes)}` : `, and freed ${sizeText(freedBytes)}`}${lines === '' ? '.' : ':'}\n${lines}${later}`;
}

function settingsText({ settings }: Status): string {
  const { retention } = settings;
  const every = settings.everyMinutes === null ? 'No schedule' : `One every ${String(settings.everyMinutes)} min${settings.volumes ? ' with volumes' : ''}`;
  const wishes = Object.entries(settings.consistency).map(([volume, choice]) => `  ${printable(volume)}: ${choice}\n`);
  return `${every}, into ${printable(settings.repository)}.\nKept: the last ${String(retention.keepLast)}, hourly ${String(retention.keepHourly)}, daily ${String(retention.keepDaily)}, weekly ${String(retention.keepWeekly)}; volumes put aside for ${String(retention.keepReplacedHours)} h.\n${wishes.length === 0 ? '' : `Volumes are read:\n${wishes.join('')}`}`;
}
