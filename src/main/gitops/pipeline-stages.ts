import type { DuplicateGroup } from '@shared/domain/gitops/types';
import { isTemplateText } from '@shared/domain/gitops/templates/template-files';
import { AppError } from '@shared/kernel/app-error';
import type { DynamicConfigs } from './dynamic-configs';
import type { PipelineDependencies, Stage, StageResult } from './pipeline';
import type { PipelineRun } from '@shared/domain/gitops/pipeline/pipeline';
import type { TemplateDependencies } from './template-types';
import type { ScanService } from './types';

/** What the stages do their work with; a stage whose part is not there has nothing to do. */
export interface StageDependencies {
  readonly readBeneath: (dir: string, path: string) => Promise<Uint8Array>;
  readonly yamlProblem: TemplateDependencies['yamlProblem'];
  readonly dynamic: Pick<DynamicConfigs, 'look'>;
  readonly detect?: Stage | undefined;
  readonly resolve?: Stage | undefined;
  readonly integrate: Stage;
}

const nothing: StageResult = { message: '', skipped: true };

/** The six stages over the parts that do them. */
export function pipelineStages(deps: StageDependencies): PipelineDependencies['stages'] {
  const none: Stage = () => Promise.resolve(nothing);
  return {
    'file-change-detection': (run) => Promise.resolve({ message: run.files.length === 1 ? (run.files[0] ?? '') : `${String(run.files.length)} files` }),
    'file-operations': async (run) => {
      let read = 0;
      for (const path of run.files) read += (await isReadable(deps, run.dir, path)) ? 1 : 0;
      return { message: `${String(read)} of ${String(run.files.length)} read` };
    },
    'duplicate-detection': deps.detect ?? none,
    'conflict-resolution': deps.resolve ?? none,
    integration: deps.integrate,
    'template-processing': async (run) => {
      const changed = run.projectId === null ? null : await deps.dynamic.look(run.projectId);
      return changed === null ? nothing : { message: changed === 0 ? 'Nothing to write' : `${String(changed)} files to write` };
    },
  };
}

/** Duplicates in a folder that has been scanned; whoever watches it has looked at the change already. `onFound`: those the changed files are in. */
export function detectStage(scans: Pick<ScanService, 'last'>, onFound: (run: PipelineRun, groups: number) => Promise<void>): Stage {
  return async (run) => {
    const groups = groupsOf(scans, run);
    if (groups === null) return nothing;
    if (groups.length > 0) await onFound(run, groups.length);
    return { message: groups.length === 0 ? 'No duplicates' : groups.length === 1 ? '1 group of duplicates' : `${String(groups.length)} groups of duplicates` };
  };
}

/** What the rules would do with them; doing it is somebody's decision. */
export function planStage(scans: Pick<ScanService, 'last'>, plan: (dir: string, groups: readonly string[]) => Promise<{ readonly planned: number; readonly manual: number }>): Stage {
  return async (run) => {
    const groups = groupsOf(scans, run) ?? [];
    if (groups.length === 0) return nothing;
    const { planned, manual } = await plan(run.dir, groups.map((group) => group.id));
    return { message: `${String(planned)} can be resolved by the rules, ${String(manual)} left to you` };
  };
}

/** The groups that the changed files are in; null in a folder that was not scanned. */
function groupsOf(scans: Pick<ScanService, 'last'>, run: PipelineRun): readonly DuplicateGroup[] | null {
  const result = scans.last(run.dir);
  return result === null ? null : result.groups.filter((group) => group.certainty !== 'info' && group.members.some((member) => run.files.includes(member.path)));
}

/** False for one that is gone. Rejects with the line of one that is no YAML. */
async function isReadable(deps: StageDependencies, dir: string, path: string): Promise<boolean> {
  const bytes = await deps.readBeneath(dir, path).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'compose-not-found') return null;
    throw error;
  });
  if (bytes === null) return false;
  const text = new TextDecoder().decode(bytes);
  const problem = isTemplateText(text) ? null : await deps.yamlProblem(path, text);
  if (problem !== null) throw new AppError('file-unreadable', `${path}${problem.line === null ? '' : `:${String(problem.line)}`}: ${problem.message}`, { hint: problem.hint, where: { file: `${dir}/${path}`, ...(problem.line === null ? {} : { line: problem.line }) } });
  return true;
}
