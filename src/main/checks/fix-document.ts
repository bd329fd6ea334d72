import { relative, sep } from 'node:path';
import { isWithin } from '@shared/domain/checks/host-path';
import { unifiedDiff } from '@shared/domain/checks/unified-diff';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';
import type { FixPlan, PlannedAct } from './fix-plan';

const slashed = (path: string): string => path.split(sep).join('/');

/** What the fixes would do to files, for the plan document; null when they change none. */
export function structuralPlan(projectDir: string, inputFiles: readonly string[], plan: FixPlan): StructuralPlan | null {
  const created = new Set(plan.acts.flatMap((act) => (act.kind === 'create-file' ? [act.path] : [])));
  const files: StructuralPlan['files'][number][] = plan.files.map((file) => ({ path: slashed(file.path), change: created.has(file.path) ? 'create' : 'change', diff: unifiedDiff([{ ...file, path: slashed(file.path) }]) }));
  const changed = new Set(plan.files.map((file) => file.path));
  const made: string[] = [];
  for (const act of plan.acts) {
    // What cannot be read cannot be backed up; only its permissions change.
    if (act.kind === 'set-permissions' && !act.isReadable) continue;
    if ('path' in act && changed.has(act.path)) continue;
    if ('path' in act) files.push({ path: slashed(act.path), change: act.kind === 'create-file' || act.kind === 'create-folder' ? 'create' : 'change' });
    else made.push(`${act.kind === 'create-network' ? 'The network' : 'The volume'} ${act.name}`);
  }
  if (files.length === 0) return null;
  return {
    change: 'fix',
    rootDir: projectDir,
    steps: [...new Set(plan.chosen.map(({ fix }) => fix.title)), 'Run the checks again in every mode that is concerned; put everything back when one of the findings is still there'],
    files,
    optionalFiles: [],
    unchangedFiles: inputFiles.filter((file) => isWithin(projectDir, file) && !changed.has(relative(projectDir, file))).map((file) => slashed(relative(projectDir, file))),
    risks: ['Containers that run keep what they were made with until the next switch.', ...made.map((what) => `${what} is created, and stays when the files are taken back.`)],
    rollback: ['If a step fails, every file gets its old bytes back and what was created is removed.', 'Afterwards `berth operations undo` puts the files back from the backup.'],
  };
}

/** What the fixes would do as text: what is created or made anew is said in lines before the diff; `patch` skips them. */
export function diffOf({ files, acts, recreate }: FixPlan): string {
  const words = [...acts.map(wordsOf), ...recreate.map((service) => `make the container of ${service} anew`)];
  return words.map((line) => `${line}\n`).join('') + unifiedDiff(files.map((file) => ({ path: slashed(file.path), before: file.before, after: file.after })));
}

function wordsOf(act: PlannedAct): string {
  switch (act.kind) {
    case 'create-file':
      return `create the empty file ${slashed(act.path)}`;
    case 'create-folder':
      return `create the folder ${slashed(act.path)}`;
    case 'replace-folder-by-file':
      return `replace the empty folder ${slashed(act.path)} by an empty file`;
    case 'set-permissions':
      return `give ${slashed(act.path)} the mode ${act.mode.toString(8)}`;
    case 'create-network':
      return `create the network ${act.name}`;
    case 'create-volume':
      return `create the volume ${act.name}`;
  }
}
