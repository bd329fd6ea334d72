import type { OutputOf } from '@shared/contract/contract';
import { unifiedDiff } from '@shared/domain/checks/unified-diff';
import { paint, printable, table, type Terminal } from '../terminal';
import { count } from './gitops';
import { atText } from './storage-words';

type Synced = OutputOf<'gitops.sync'>;
type Conflicts = Synced['conflicts'];
type FilesChanged = OutputOf<'files.create'>;

/** How the answers about repositories, templates and the life of a file are shown. */
export const gitRenderers = {
  'gitops.git': (value: OutputOf<'gitops.git'>, terminal: Terminal): string => statusText(value, terminal),
  'gitops.history': (value: OutputOf<'gitops.history'>, _terminal: Terminal): string =>
    value.commits.length === 0 ? 'There is no commit.\n' : table(['COMMIT', 'AT', 'BY', 'WHAT'], value.commits.map((one) => [one.id.slice(0, 10), atText(one.at), one.author, one.subject])),
  'gitops.branches': (value: OutputOf<'gitops.branches'>, _terminal: Terminal): string =>
    value.branches.length === 0 ? 'There is no branch yet: nothing was committed.\n' : table(['', 'BRANCH', 'FOLLOWS', 'COMMIT', 'WHAT'], value.branches.map((one) => [one.isCurrent ? '*' : '', one.name, one.upstream ?? '-', one.commit.slice(0, 10), one.subject])),
  'gitops.sync': (value: Synced, terminal: Terminal): string => syncText(value, terminal),
  'gitops.fetch': (value: Synced, terminal: Terminal): string => syncText(value, terminal),
  'gitops.pull': (value: Synced, terminal: Terminal): string => syncText(value, terminal),
  'gitops.show': (value: OutputOf<'gitops.show'>, _terminal: Terminal): string =>
    value.text === null
      ? value.files.length === 0 ? 'Nothing changed.\n' : value.files.map((one) => `  ${one.change.padEnd(9)}  ${printable(one.path)}\n`).join('')
      : printable(unifiedDiff([value.text])) || (value.files.some(({ path }) => path === value.text?.path) ? 'It is no text that can be shown.\n' : 'Nothing changed.\n'),
  'gitops.push': (value: Synced, terminal: Terminal): string => syncText(value, terminal),
  'gitops.resolve-merge': (value: OutputOf<'gitops.resolve-merge'>, terminal: Terminal): string => ('remote' in value ? syncText(value, terminal) : mergeText(value, terminal)),
  'gitops.merge-branch': (value: OutputOf<'gitops.merge-branch'>, terminal: Terminal): string => mergeText(value, terminal),
  'gitops.create-branch': (value: OutputOf<'gitops.create-branch'>, _terminal: Terminal): string => `Made ${printable(value.branch)} from ${printable(value.from)}${value.switched ? ' and switched to it' : ''}.\n`,
  'gitops.switch-branch': (value: OutputOf<'gitops.switch-branch'>, _terminal: Terminal): string => `On ${printable(value.branch)} now; ${count(value.changedFiles, 'file')} changed.\n`,
  'gitops.delete-branch': (value: OutputOf<'gitops.delete-branch'>, _terminal: Terminal): string => `Deleted ${printable(value.branch)}; it was at ${value.commit.slice(0, 10)}.\n`,
  'gitops.commit': (value: OutputOf<'gitops.commit'>, _terminal: Terminal): string => `${count(value.files, 'file')} committed to ${printable(value.branch)} as ${value.commit.slice(0, 10)}.\n`,
  'gitops.batch': (value: OutputOf<'gitops.batch'>, _terminal: Terminal): string => `${filesText(value)}${value.commit === null ? '' : `Committed as ${value.commit.slice(0, 10)}.\n`}`,
  'gitops.render': (value: OutputOf<'gitops.render'>, _terminal: Terminal): string =>
    `${value.files.map((one) => `${one.changed ? 'written  ' : 'unchanged'}  ${printable(one.path)}  (${printable(one.template)}${one.version === null ? '' : `, version ${String(one.version)}`})\n`).join('')}${value.skipped.map((one) => `left out   ${printable(one.path)}: ${printable(one.reason)}\n`).join('')}${
      value.files.length === 0 ? 'There is no template to render.\n' : value.written === 0 ? '' : `Take it back: berth operations undo ${value.operationId}\n`
    }`,
  'gitops.templates': (value: OutputOf<'gitops.templates'>, _terminal: Terminal): string =>
    value.templates.length === 0
      ? `There is no template in ${printable(value.folder)}.\n`
      : `${table(['TEMPLATE', 'MAKES', 'VERSION'], value.templates.map((one) => [one.path, one.role === 'template' ? (one.output ?? '-') : one.role === 'part' ? '(a part of others)' : '(values)', one.version === null ? '-' : String(one.version)]))}${value.skipped.map((one) => `left out: ${printable(one.path)}: ${printable(one.reason)}\n`).join('')}`,
  'gitops.preview': (value: OutputOf<'gitops.preview'>, terminal: Terminal): string =>
    `${value.problems.map((one) => `${paint(terminal, 'red', `${printable(one.file)}${one.line === null ? '' : `:${String(one.line)}`}`)}: ${printable(one.message)} ${printable(one.hint)}\n`).join('')}${value.text === null ? '' : printable(value.text)}`,
  'gitops.save-template': (value: OutputOf<'gitops.save-template'>, _terminal: Terminal): string => `${printable(value.path)} is version ${String(value.version)} now.\n`,
  'gitops.rollback-template': (value: OutputOf<'gitops.rollback-template'>, _terminal: Terminal): string => `${printable(value.path)} is version ${String(value.version)} again.\n`,
  'gitops.template-versions': (value: OutputOf<'gitops.template-versions'>, _terminal: Terminal): string =>
    value.length === 0 ? 'It was never saved as a version.\n' : table(['VERSION', 'AT', 'BY', 'NOTE'], value.map((one) => [String(one.version), atText(one.at), one.author, one.isRollback ? `back again${one.note === '' ? '' : `: ${one.note}`}` : one.note])),
  'gitops.template-version': (value: OutputOf<'gitops.template-version'>, _terminal: Terminal): string => printable(value.text),
  'gitops.dynamic': (value: OutputOf<'gitops.dynamic'>, _terminal: Terminal): string => (value.enabled ? 'Rendered again whenever the project changes.\n' : 'Rendered only when you say so.\n'),
  'files.create': (value: FilesChanged, _terminal: Terminal): string => filesText(value),
  'files.rename': (value: FilesChanged, _terminal: Terminal): string => filesText(value),
  'files.duplicate': (value: FilesChanged, _terminal: Terminal): string => filesText(value),
  'files.archive': (value: FilesChanged, _terminal: Terminal): string => filesText(value),
  'files.restore': (value: FilesChanged, _terminal: Terminal): string => filesText(value),
  'files.delete': (value: FilesChanged, _terminal: Terminal): string => filesText(value),
  'files.manifests': (value: OutputOf<'files.manifests'>, _terminal: Terminal): string =>
    value.files.length === 0 ? 'There are none.\n' : `${value.files.map((one) => `${printable(one.path)}\n`).join('')}${value.isWhole ? '' : 'There are more.\n'}`,
  'files.history': (value: OutputOf<'files.history'>, _terminal: Terminal): string =>
    value.entries.length === 0 ? `Nothing is known of ${printable(value.file)}.\n` : table(['AT', 'BY', 'WHAT', 'ID'], value.entries.map((one) => [atText(one.at), one.who, one.what, one.by === 'git' ? one.id.slice(0, 10) : one.id])),
} as const;

function statusText(value: OutputOf<'gitops.git'>, terminal: Terminal): string {
  const branch = value.branch === null ? (value.commit === null ? 'Nothing was committed yet' : `No branch, at ${value.commit.slice(0, 10)}`) : `On ${printable(value.branch)}`;
  const follows = value.upstream === null ? 'follows no other branch' : `${String(value.ahead ?? 0)} ahead of and ${String(value.behind ?? 0)} behind ${printable(value.upstream)}, as of the last fetch`;
  const unfinished = value.unfinished === null ? '' : `${paint(terminal, 'yellow', `${printable(value.unfinished)} waits to be finished.`)}\n`;
  const changes = value.changes.map((one) => `  ${one.state.padEnd(9)}  ${one.from === null ? '' : `${printable(one.from)} -> `}${printable(one.path)}\n`).join('');
  return `${branch}; ${follows}.\n${unfinished}${changes}${value.changes.length === 0 ? 'Everything is committed.\n' : ''}`;
}

const SYNCED: { readonly [S in Exclude<Synced['state'], 'conflict'>]: string } = { 'up-to-date': 'Both sides are the same', fetched: 'Fetched', pulled: 'Taken over', pushed: 'Sent', merged: 'Merged' };

function syncText(value: Synced, terminal: Terminal): string {
  if (value.state === 'conflict') return conflictText(value, `--remote ${value.remote}`, terminal);
  const ahead = value.ahead ?? 0;
  const [here, there] = [printable(value.branch), `${printable(value.remote)}/${printable(value.remoteBranch)}`];
  if (value.state === 'up-to-date' && ahead > 0) return `Nothing to take over: ${here} is ${count(ahead, 'commit')} ahead of ${there}. \`berth gitops push\` sends ${ahead === 1 ? 'it' : 'them'}.\n`;
  const parts = [
    value.pulledCommits === 0 ? '' : `${count(value.pulledCommits, 'commit')} taken over`,
    value.pushedCommits === 0 ? '' : `${count(value.pushedCommits, 'commit')} sent`,
    value.changedFiles === 0 ? '' : `${count(value.changedFiles, 'file')} changed`,
    value.state === 'fetched' ? `${String(ahead)} ahead, ${String(value.behind ?? 0)} behind` : ahead === 0 ? '' : `${count(ahead, 'commit')} to send`,
  ].filter((one) => one !== '');
  return `${SYNCED[value.state]}: ${here} and ${there}${parts.length === 0 ? '' : `; ${parts.join(', ')}`}.\n`;
}

function mergeText(value: OutputOf<'gitops.merge-branch'>, terminal: Terminal): string {
  if (value.state === 'conflict') return conflictText(value, `--branch ${value.branch}`, terminal);
  return value.state === 'up-to-date' ? 'It has everything already.\n' : `Merged into ${printable(value.branch)}; ${count(value.changedFiles, 'file')} changed.\n`;
}

function conflictText(value: { readonly dir: string; readonly conflicts: Conflicts; readonly oursCommit?: string | undefined; readonly theirsCommit?: string | undefined }, from: string, terminal: Terminal): string {
  const files = value.conflicts.map((one) => `  ${printable(one.path)}${one.ours === null ? ' (removed here)' : one.theirs === null ? ' (removed there)' : ''}\n`).join('');
  const command = `berth gitops resolve-merge ${printable(value.dir)} ${printable(from)} --ours-commit ${value.oursCommit ?? ''} --theirs-commit ${value.theirsCommit ?? ''} --ours <file> --theirs <file>`;
  return `${paint(terminal, 'yellow', 'Both sides changed the same, so nothing was touched:')}\n${files}Decide for each file, then: ${command}\n`;
}

function filesText(value: FilesChanged): string {
  if (value.files.length === 0) return 'Nothing was changed.\n';
  return `${value.files.map((one) => `${one.change.padEnd(7)}  ${printable(one.path)}\n`).join('')}Take it back: berth operations undo ${value.operationId}\n`;
}
