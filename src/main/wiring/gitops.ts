import { createScans, scanOperation } from '@main/gitops';
import type { GroupJudge, ScanService } from '@main/gitops/types';
import { realFolder } from '@main/platform/folder';
import { readManifestTree } from '@main/platform/manifests/walk';
import { systemClock } from '@main/platform/system-clock';
import type { ProjectsService } from '@main/projects';
import type { Foundation } from './foundation';

/** What folders under git are wired over. */
export interface GitopsParts {
  readonly foundation: Pick<Foundation, 'operations'>;
  readonly projects: ProjectsService;
}

/** Until rules are there, nothing is decided by itself. */
const undecided: GroupJudge = ({ members }) => ({ scores: members.map(() => 0), keep: null, resolution: 'manual' });

/** Folders of manifests under git. Registers their operations. */
export function wireGitops({ foundation, projects }: GitopsParts): { readonly scans: ScanService } {
  const scans = createScans({ readTree: readManifestTree, clock: systemClock });
  foundation.operations.register(scanOperation({ scans, judge: undecided, realFolder, projects }));
  return { scans };
}
