/** What a structural operation is going to change, worked out before anybody agrees (S1.18, S1.24). */
export interface StructuralPlan {
  /** Short word for the backup's folder: `backup_before_<change>/`. Letters, digits, dash and underscore. */
  readonly change: string;
  /** Absolute real path of the project folder; every file below is relative to it. */
  readonly rootDir: string;
  /** Where the operation keeps its own backups, relative to `rootDir`; else the queue makes one. */
  readonly backups?: string | undefined;
  readonly steps: readonly string[];
  readonly files: readonly { readonly path: string; readonly change: 'create' | 'change' | 'remove'; readonly diff?: string | undefined }[];
  /** Files it may touch but does not have to, and files that only look as if. */
  readonly optionalFiles: readonly string[];
  readonly unchangedFiles: readonly string[];
  readonly risks: readonly string[];
  readonly rollback: readonly string[];
}

/** Where the backup of a structural change lies, relative to the project folder. */
export function backupFolderOf(change: string, operationId: string): string {
  return `.berth/backup_before_${change}_${operationId}`;
}

/** The plan as Markdown: what is going to be done, to which files, what may go wrong, and how it is taken back (S1.24). */
export function renderPlanDocument(plan: StructuralPlan & { readonly title: string }, operationId?: string): string {
  const backup = plan.backups === undefined ? backupFolderOf(plan.change, operationId ?? '<operation>') : `${plan.backups}/${operationId ?? '<operation>'}`;
  return [
    `# ${oneLine(plan.title)}`,
    plan.files.length === 0 ? `In ${code(plan.rootDir)}. No file of it is changed.` : `In ${code(plan.rootDir)}. Nothing is changed before the backup in ${code(`${backup}/`)} is on disk.`,
    '## Steps',
    plan.steps.map((step, index) => `${String(index + 1)}. ${oneLine(step)}`).join('\n'),
    '## Files that change',
    plan.files.map((file) => `- ${file.change} ${code(file.path)}`).join('\n') || 'None.',
    ...plan.files.flatMap((file) => (file.diff === undefined || file.diff === '' ? [] : [fenced(file.diff)])),
    '## Files that may change',
    bullets(plan.optionalFiles.map(code)),
    '## Files that stay as they are',
    bullets(plan.unchangedFiles.map(code)),
    '## Risks',
    bullets(plan.risks.map(oneLine)),
    '## How to take it back',
    bullets(plan.rollback.map(oneLine)),
    '',
  ].join('\n\n').trimEnd() + '\n';
}

function bullets(lines: readonly string[]): string {
  return lines.length === 0 ? 'None.' : lines.map((line) => `- ${line}`).join('\n');
}

/** A file name may contain anything: it must not end its line or its quotes. */
function code(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const pad = ticks.length > 1 ? ' ' : '';
  return `${ticks}${pad}${oneLine(text)}${pad}${ticks}`;
}

function fenced(diff: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(diff) + 1));
  return `${fence}diff\n${diff.replace(/\n$/, '')}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
