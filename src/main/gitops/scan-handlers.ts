import type { OutputOf } from '@shared/contract/contract';
import type { YamlDuplicateGroup } from '@shared/domain/gitops/duplicate-records';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { Handlers } from '@main/dispatch/types';
import { knownGroup, type Duplicates } from './duplicates';
import type { ScanService } from './types';

/** What questions about duplicates are answered with. */
export interface ScanHandlerDependencies {
  readonly scans: ScanService;
  readonly duplicates: Duplicates;
  readonly projects: { resolve(reference: string): Promise<Project> };
  readonly readBeneath: (root: string, path: string) => Promise<Uint8Array>;
}

type Names = 'gitops.status' | 'gitops.groups' | 'gitops.group' | 'gitops.settings' | 'gitops.configure';

/** A page shows so much of a file. */
const TEXT_MAX = 200_000;

/** Binds what is asked about duplicates of a project. */
export function scanHandlers(deps: ScanHandlerDependencies): Pick<Handlers, Names> {
  return {
    'gitops.status': async (input) => status(deps, await deps.projects.resolve(input.project)),
    'gitops.groups': async (input) => {
      const { id } = await deps.projects.resolve(input.project);
      return (await deps.duplicates.list(id)).filter((one) => input.status === undefined || one.resolution_status === input.status).map(shown);
    },
    'gitops.group': async (input) => {
      const { id } = await deps.projects.resolve(input.project);
      const group = await knownGroup(deps.duplicates, id, input.id);
      return { ...shown(group), members: await Promise.all(group.files.map(async (file) => ({ ...file, ...(await textOf(deps, group.dir, file.file_path)) }))) };
    },
    'gitops.settings': async (input) => ({ ...(await deps.duplicates.settings((await deps.projects.resolve(input.project)).id)) }),
    'gitops.configure': async (input) => {
      const project = await deps.projects.resolve(input.project);
      const patch = {
        ...(input.enabled === undefined ? {} : { duplicate_detection_enabled: input.enabled }),
        ...(input.interval === undefined ? {} : { duplicate_scan_interval: input.interval }),
      };
      if (Object.keys(patch).length === 0) throw new AppError('input-invalid', 'Nothing to change was given.', { hint: 'For example --interval 600 or --enabled=false.' });
      return { ...(await deps.duplicates.configure(project.id, project.dir, patch)) };
    },
  };
}

async function status(deps: ScanHandlerDependencies, project: Project): Promise<OutputOf<'gitops.status'>> {
  const [groups, settings, next] = await Promise.all([deps.duplicates.list(project.id), deps.duplicates.settings(project.id), deps.duplicates.nextScan(project.id)]);
  const dirs = [...new Set([project.dir, ...groups.map((one) => one.dir), ...(await deps.duplicates.folders()).filter((one) => one.projectId === project.id).map((one) => one.dir)])];
  const states = dirs.map((dir) => deps.scans.state(dir));
  const running = states.find((one) => one.isScanning);
  const counts: { [status: string]: number } = {};
  for (const one of groups) counts[one.resolution_status] = (counts[one.resolution_status] ?? 0) + 1;
  return {
    state: running === undefined ? 'idle' : 'scanning',
    progress: running?.percent ?? (settings.last_duplicate_scan === null ? 0 : 100),
    groups: groups.length,
    counts,
    lastScan: settings.last_duplicate_scan,
    nextScan: settings.duplicate_detection_enabled ? next : null,
    enabled: settings.duplicate_detection_enabled,
    intervalSeconds: settings.duplicate_scan_interval,
    dirs,
  };
}

function shown(group: YamlDuplicateGroup): OutputOf<'gitops.groups'>[number] {
  return { ...group, details: { ...group.details }, files: group.files.map((file) => ({ ...file })) };
}

async function textOf(deps: ScanHandlerDependencies, dir: string, path: string): Promise<{ readonly text: string | null; readonly problem: string | null }> {
  try {
    const bytes = await deps.readBeneath(dir, path);
    return { text: new TextDecoder().decode(bytes.subarray(0, TEXT_MAX)), problem: bytes.length > TEXT_MAX ? 'Only the beginning of the file is shown.' : null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { text: null, problem: error.message };
  }
}
