import type { OutputOf } from '@shared/contract/contract';
import { madeInGitText } from '@shared/domain/gitops/plan/made-in-git';
import { isComparable, unifiedDiff } from '@shared/domain/checks/unified-diff';
import { duration, paint, printable, table, type Terminal } from '../terminal';
import { atText } from './storage-words';

type Scan = OutputOf<'gitops.scan'>;
type Group = Scan['groups'][number];
type Plan = OutputOf<'gitops.plan'>;
type Resolved = OutputOf<'gitops.resolve'>;

const MOST_DIFFERENCES = 20;
/** Lines of a diff that are shown of a group; more are for `gitops compare` and the window. */
const MOST_LINES = 30;

/** A file with one in it. */
const SECRET = /\bkind["']?\s*:\s*["']?Secret\b/;

const CLASSES: { readonly [C in Group['class']]: string } = {
  'exact-dup': 'the same bytes',
  'semantic-dup': 'the same meaning',
  'default-equivalent-dup': 'the same with defaults',
  'identity-conflict': 'contradiction',
  'cross-env-variant': 'variant',
  'overlay-of': 'overlay',
  'intra-file-dup': 'twice in a file',
};

/** How the answers about folders of manifests are shown. `findings`: how a list of findings is. */
export const gitopsRenderers = (findings: (list: OutputOf<'gitops.validate'>['findings'], terminal: Terminal) => string) =>
  ({
    'gitops.scan': (value: Scan, terminal: Terminal): string => scanText(value, terminal),
    'gitops.plan': (value: Plan, terminal: Terminal): string => planText(value, terminal),
    'gitops.resolve': (value: Resolved, _terminal: Terminal): string => resolvedText(value),
    'gitops.resolve-group': (value: Resolved, _terminal: Terminal): string => resolvedText(value),
    'gitops.rollback': (value: OutputOf<'gitops.rollback'>, _terminal: Terminal): string => `${count(value.restored.length, 'file')} as before, in ${duration(value.durationMs)}.\n${leftText(value.left)}`,
    'gitops.status': (value: OutputOf<'gitops.status'>, _terminal: Terminal): string => statusText(value),
    'gitops.groups': (value: OutputOf<'gitops.groups'>, _terminal: Terminal): string =>
      value.length === 0 ? 'There is no group.\n' : table(['ID', 'STATE', 'STRATEGY', 'FILES'], value.map((one) => [one.id, one.resolution_status, one.resolution_strategy, one.files.map((file) => file.file_path).join(', ')])),
    'gitops.group': (value: OutputOf<'gitops.group'>, _terminal: Terminal): string => keptGroupText(value),
    'gitops.settings': (value: OutputOf<'gitops.settings'>, _terminal: Terminal): string => settingsText(value),
    'gitops.configure': (value: OutputOf<'gitops.configure'>, _terminal: Terminal): string => settingsText(value),
    'gitops.pipeline': (value: OutputOf<'gitops.pipeline'>, _terminal: Terminal): string => pipelineText(value),
    'gitops.validate': (value: OutputOf<'gitops.validate'>, terminal: Terminal): string =>
      `${findings(value.findings, terminal)}${count(value.documents, 'document')} in ${count(value.files, 'file')} checked against Kubernetes ${value.kubernetes}. ${value.findings.length === 0 ? 'Nothing was found.' : 'Each code in capitals has a section in docs/troubleshooting.md.'}\n`,
    'gitops.compare': (value: OutputOf<'gitops.compare'>, _terminal: Terminal): string => comparedText(value),
    'gitops.hierarchy': (value: OutputOf<'gitops.hierarchy'>, _terminal: Terminal): string => rulesText(value),
    'gitops.set-hierarchy': (value: OutputOf<'gitops.set-hierarchy'>, _terminal: Terminal): string => rulesText(value),
    'gitops.preview-hierarchy': (value: OutputOf<'gitops.preview-hierarchy'>, _terminal: Terminal): string =>
      `${String(value.changed)} of ${count(value.of, 'group')} would keep another file.\n${value.groups.map((one) => `${one.id}: ${printable(one.before ?? 'yours to decide')} -> ${printable(one.after ?? 'yours to decide')}\n`).join('')}`,
    'gitops.hierarchy-versions': (value: OutputOf<'gitops.hierarchy-versions'>, _terminal: Terminal): string =>
      table(['VERSION', 'AT', 'NOTE'], value.map((one) => [String(one.version), one.at === null ? '-' : atText(one.at), one.note])),
    'gitops.policies': (value: OutputOf<'gitops.policies'>, _terminal: Terminal): string => policiesText(value),
    'gitops.set-policies': (value: OutputOf<'gitops.set-policies'>, _terminal: Terminal): string => policiesText(value),
  }) as const;

function scanText(value: Scan, terminal: Terminal): string {
  const manual = value.groups.filter((one) => one.resolution === 'manual').length;
  const told = [
    value.groups.length === 0 ? 'Nothing is there twice.' : `${count(value.groups.length, 'group')}: ${String(value.groups.length - manual)} by rules, ${String(manual)} for you.`,
    value.related.length === 0 ? '' : `${count(value.related.length, 'more')} told only: variants and overlays.`,
    value.notCompared.length === 0 ? '' : `${count(value.notCompared.length, 'file')} not compared.`,
  ];
  const next = value.groups.length === 0 ? '' : `What would become of them: berth gitops plan ${placeText(value)}\n`;
  return `${value.groups.map((one) => groupText(one, terminal)).join('')}${count(value.files, 'file')} with ${count(value.documents, 'document')} in ${duration(value.durationMs)}. ${told.filter((one) => one !== '').join(' ')}\n${unreadText(value, terminal)}${next}`;
}

/** The folder that was asked about. */
function placeText({ dir, within }: Pick<Scan, 'dir' | 'within'>): string {
  return printable(within === '' ? dir : `${dir}/${within}`);
}

function groupText(group: Group, terminal: Terminal): string {
  const head = `${paint(terminal, group.class === 'identity-conflict' ? 'yellow' : 'bold', CLASSES[group.class])}${nameOf(group)}: ${printable(group.reason)}`;
  const members = group.members.map((one) => {
    const place = `${printable(one.file)}:${String(one.line)}`;
    return `  ${one.file === group.keep && one.document === group.keepDocument ? paint(terminal, 'green', `keep  ${place}`) : `      ${place}`}  ${paint(terminal, 'dim', `score ${String(one.priorityScore)}`)}\n`;
  });
  const differences = group.differences.length === 0 ? '' : `  differ at ${group.differences.slice(0, 5).map(printable).join(', ')}${group.differences.length > 5 ? ` and ${String(group.differences.length - 5)} more` : ''}\n`;
  return `${head} (${group.id})\n${members.join('')}${differences}`;
}

function nameOf({ identity }: Pick<Group, 'identity'>): string {
  if (identity === null) return '';
  return printable('service' in identity ? ` service ${identity.service}` : ` ${identity.kind} ${identity.namespace === '' ? '' : `${identity.namespace}/`}${identity.name}`);
}

/** Those that cannot be read, one by one; what is left out on purpose only as a number. */
function unreadText({ notCompared }: Scan, terminal: Terminal): string {
  const broken = notCompared.filter((one) => one.kind === 'unparseable');
  return broken.map((one) => `${paint(terminal, 'red', printable(one.file))}${one.line === null ? '' : `:${String(one.line)}`}: ${printable(one.reason)}\n`).join('');
}

function planText(value: Plan, terminal: Terminal): string {
  const groups = value.groups.map((group) => {
    const head = `${paint(terminal, group.status === 'planned' ? 'green' : 'yellow', group.status === 'planned' ? 'by rules' : 'for you')}${nameOf(group)}: ${printable(group.reason)} (${group.id})\n`;
    return `${head}${group.members.map((one) => `  ${one.action.padEnd(7)}  ${printable(one.file)}:${String(one.line)}${one.target === null ? '' : ` -> ${printable(one.target)}`}  ${paint(terminal, 'dim', printable(one.explanation))}\n`).join('')}`;
  });
  const files = value.files.length === 0 ? 'No file would change.\n' : `${count(value.files.length, 'file')} would change:\n${value.files.map((one) => `  ${one.action.padEnd(10)}  ${printable(one.file)}${one.target === null ? '' : ` -> ${printable(one.target)}`}\n`).join('')}`;
  const next = value.counts.planned === 0 ? '' : `Do it: berth gitops resolve ${placeText(value)}\n`;
  return `${groups.join('')}${files}${String(value.counts.planned)} of ${count(value.counts.groups, 'group')} by rules, ${String(value.counts.manual)} for you. Nothing was changed.\n${next}`;
}

function resolvedText(value: Resolved): string {
  if (value.changed === 0) return `Nothing was changed.\n${value.manual.map((one) => `${one.group}: ${printable(one.reason)}\n`).join('')}`;
  const files = value.files.map((one) => `  ${one.action.padEnd(10)}  ${printable(one.file)}${one.target === null ? '' : ` -> ${printable(one.target)}`}\n`).join('');
  const branch = value.branch === null ? '' : `On the branch ${printable(value.branch)}${value.commit === null ? '' : `, commit ${value.commit.slice(0, 10)}`}.\n`;
  const manual = value.manual.length === 0 ? '' : `${count(value.manual.length, 'group')} left to you:\n${value.manual.map((one) => `  ${one.group}: ${printable(one.reason)}\n`).join('')}`;
  return `${files}${count(value.resolved, 'group')} resolved, ${count(value.changed, 'file')} changed, in ${duration(value.durationMs)}. Backups: ${printable(value.backups ?? '-')}\n${branch}${manual}Take it back: berth gitops rollback ${value.operationId}\n`;
}

function statusText(value: OutputOf<'gitops.status'>): string {
  const counts = Object.entries(value.counts).filter(([, number]) => number > 0).map(([status, number]) => `${String(number)} ${status.replaceAll('_', ' ')}`);
  const when = value.enabled ? `looked for every ${String(value.intervalSeconds)} s, next ${value.nextScan === null ? 'after the first scan' : atText(value.nextScan)}` : 'not looked for by itself';
  return `${value.state === 'scanning' ? `Scanning, ${String(value.progress)} %` : `${count(value.groups, 'group')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`}. Last scan ${value.lastScan === null ? 'never' : atText(value.lastScan)}; ${when}.\n`;
}

function comparedText({ left, right, meansSame, differences }: OutputOf<'gitops.compare'>): string {
  if (meansSame === null) {
    const [file, reason] = left.meaning === null ? [left.file, left.reason] : [right.file, right.reason];
    return `${left.contentHash === right.contentHash ? 'The same bytes.' : 'Not the same bytes.'} What they mean cannot be compared: ${printable(file)}: ${printable(reason ?? '')}\n`;
  }
  if (left.contentHash === right.contentHash) return 'The same bytes.\n';
  if (meansSame) return 'They mean the same; only the text differs.\n';
  const more = differences.length > MOST_DIFFERENCES ? `  and ${String(differences.length - MOST_DIFFERENCES)} more: --json\n` : '';
  return `They do not mean the same. They differ at\n${differences.slice(0, MOST_DIFFERENCES).map((one) => `  ${printable(one)}\n`).join('')}${more}`;
}

function rulesText({ version, config, rules }: OutputOf<'gitops.hierarchy'>): string {
  const list = (name: string, values: readonly string[]): string => `${name.padEnd(9)}  ${values.map(printable).join(' > ')}\n`;
  return `Version ${String(version)}${Object.keys(config).length === 0 ? ', the rules that Berth brings' : ''}, the highest first:\n${list('folders', rules.directories)}${list('names', rules.names)}${list('metadata', rules.metadata)}`;
}

function policiesText(value: OutputOf<'gitops.policies'>): string {
  if (value.length === 0) return 'No policy: copies that are not kept are commented out.\n';
  return table(['FOLDER', 'KIND', 'ACTION', 'TO', 'WHEN'], value.map((one) => [one.directory ?? 'all', one.kind ?? 'all', one.action, one.target ?? '-', one.mode === 'ask' ? 'you say so' : 'by itself']));
}

function keptGroupText(value: OutputOf<'gitops.group'>): string {
  const { reason, differences } = value.details;
  const differ = Array.isArray(differences) && differences.length > 0 ? `They differ at ${differences.map((one) => printable(String(one))).join(', ')}\n` : '';
  const members = table(['FILE', 'SCORE', 'ACTION'], value.members.map((one) => [`${one.file_path}:${String(one.line)}${one.problem === null ? '' : ` (${one.problem})`}`, String(one.priority_score), one.resolution_action]));
  return `${value.id}: ${value.resolution_status.replaceAll('_', ' ')}. ${typeof reason === 'string' ? printable(reason) : ''}\n${members}${differ}${textsOf(value)}`;
}

/** What the other files say otherwise than the one that stays, or the first. What may be secret is told by its places only. */
function textsOf({ members }: OutputOf<'gitops.group'>): string {
  const base = members.find((one) => one.resolution_action === 'keep') ?? members[0];
  const others = new Map(members.filter((one) => one.file_path !== base?.file_path).map((one) => [one.file_path, one]));
  return [...others.values()].map((one) => (base === undefined ? '' : diffText(base, one))).join('');
}

function diffText(base: OutputOf<'gitops.group'>['members'][number], other: OutputOf<'gitops.group'>['members'][number]): string {
  if (base.text === null || other.text === null) return '';
  const pair = `${printable(base.file_path)} ${printable(other.file_path)}`;
  if (SECRET.test(base.text) || SECRET.test(other.text)) return '';
  if (base.text === other.text) return `The same text: ${pair}\n`;
  if (!isComparable(base.text, other.text)) return `More of them: berth gitops compare ${pair}\n`;
  const [, , ...lines] = unifiedDiff([{ path: other.file_path, before: base.text, after: other.text }]).split('\n').slice(0, -1);
  const more = lines.length > MOST_LINES ? `… ${String(lines.length - MOST_LINES)} more lines: berth gitops compare ${pair}\n` : '';
  return `--- ${printable(base.file_path)}\n+++ ${printable(other.file_path)}\n${lines.slice(0, MOST_LINES).map((line) => `${printable(line)}\n`).join('')}${more}`;
}

function settingsText(value: OutputOf<'gitops.settings'>): string {
  const rules = Object.keys(value.resolution_hierarchy_config).length === 0 ? 'the rules that Berth brings' : 'rules of its own';
  const when = value.duplicate_detection_enabled ? `Duplicates are looked for every ${String(value.duplicate_scan_interval)} s` : 'Duplicates are not looked for by themselves';
  return `${when}, with ${rules}; last ${value.last_duplicate_scan === null ? 'never' : atText(value.last_duplicate_scan)}.\n`;
}

function pipelineText(value: OutputOf<'gitops.pipeline'>): string {
  if (value.runs.length === 0) return `No file has changed yet. One that does goes through ${value.stages.map((one) => one.name).join(', ')}.\n`;
  return value.runs.map((run) => `${atText(run.startedAt)} ${run.files.slice(0, 3).map(printable).join(', ')}${run.files.length > 3 ? ` and ${String(run.files.length - 3)} more` : ''}: ${run.stages.map((one) => `${one.name} ${one.state}${one.durationMs === null ? '' : ` ${duration(one.durationMs)}`}`).join(', ')}\n`).join('');
}

/** 1 file, 2 files. */
export function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 || what === 'more' ? '' : 's'}`;
}

/** What of a resolution that was taken back is still in git. */
function leftText(left: OutputOf<'gitops.rollback'>['left']): string {
  if (left === null) return '';
  return `In git there is still ${printable(madeInGitText(left))}. What was put back is not committed: \`berth gitops git\` lists it.\n`;
}
