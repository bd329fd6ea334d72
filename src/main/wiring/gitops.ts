import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import type { Finding } from '@shared/domain/findings/finding';
import type { EventStream } from '@main/operations';
import type { Scheduler } from '@main/operations/scheduler';
import { compareHandlers, createDuplicates, createRulesStore, createScans, followManifests, hierarchyJudge, resolutionGit, scanHandlers, scanOperation, validateHandlers } from '@main/gitops';
import type { GitDependencies } from '@main/gitops/git-types';
import type { ResolveDependencies } from '@main/gitops/resolve-dependencies';
import type { DuplicateStates, ScanService } from '@main/gitops/types';
import type { ChildSpawner } from '@main/platform/child-worker';
import { resourcesFolder } from '@main/platform/entries';
import { readBeneath } from '@main/platform/files';
import { realFolder } from '@main/platform/folder';
import { createManifestReader } from '@main/platform/manifests/reader';
import { createManifestScanner } from '@main/platform/manifests/scanner';
import { watchManifests } from '@main/platform/manifests/watch';
import { systemClock } from '@main/platform/system-clock';
import type { ProjectsService } from '@main/projects';
import type { Foundation } from './foundation';
import { wireResolution } from './gitops-resolve';
import type { Reconciler } from './wired';

/** What folders under git are wired over. */
export interface GitopsParts {
  readonly foundation: Pick<Foundation, 'operations' | 'store' | 'log' | 'turns' | 'settings'>;
  readonly projects: ProjectsService;
  readonly git: GitDependencies;
  readonly events: Pick<EventStream, 'on'>;
  readonly publish: (event: BerthEvent) => void;
  readonly spawn: ChildSpawner | undefined;
  readonly scheduler: () => Scheduler;
  /** What templates make once files are changed. */
  readonly renderedAfter: ResolveDependencies['renderedAfter'];
  readonly yamlProblem: ResolveDependencies['yamlProblem'];
  /** Notes how long work took: a scan of more than five seconds is an alert. */
  readonly timed: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/** What others have of folders under git. */
export interface WiredGitops {
  readonly scans: ScanService;
  readonly states: DuplicateStates;
  /** What Kubernetes refuses of a text of manifests, in any version. */
  readonly manifestErrors: (path: string, text: string) => Promise<readonly Finding[]>;
  readonly handlers: ReturnType<typeof scanHandlers> & ReturnType<typeof compareHandlers> & ReturnType<typeof validateHandlers> & ReturnType<typeof wireResolution>;
  /** How many of these groups the rules would resolve, and how many are left to the user. Changes nothing. */
  readonly plan: (dir: string, groups: readonly string[]) => Promise<{ readonly planned: number; readonly manual: number }>;
  readonly follow: Reconciler;
}

const FILE_BYTES_MAX = 5_000_000;

/** Folders of manifests under git. Registers their operations. */
export function wireGitops({ foundation, projects, git, events, publish, spawn, scheduler, timed, renderedAfter, yamlProblem }: GitopsParts): WiredGitops {
  const { operations, store, log } = foundation;
  const rules = createRulesStore(store, () => new Date(systemClock.now()));
  const judge = hierarchyJudge(rules);
  const read = (root: string, path: string): Promise<Uint8Array> => readBeneath(root, path, FILE_BYTES_MAX);
  const scanner = createManifestScanner({ home: store.paths.home, schemaFile: join(resourcesFolder(), 'kubernetes', 'schemas.json.gz'), spawn });
  const reader = createManifestReader(spawn);
  const duplicates = createDuplicates({ store, scheduler, judge, publish });
  const measured: typeof scanner = { scan: (request, signal, progress) => timed('scan duplicates', () => scanner.scan(request, signal, progress)), close: () => scanner.close() };
  const scans = createScans({ scanner: measured, clock: systemClock, onScanned: (request, result) => duplicates.scanned(request, result) });
  operations.register(scanOperation({ scans, judge, realFolder, projects }));
  const resolution = wireResolution({ foundation, projects, scans, rules, states: duplicates, git: resolutionGit(git), publish, renderedAfter, yamlProblem });
  return {
    scans,
    states: duplicates,
    manifestErrors: (path, text) => reader.check(path, text),
    handlers: { ...scanHandlers({ scans, duplicates, projects, readBeneath: read }), ...compareHandlers({ projects, realFolder, reader }), ...validateHandlers({ projects, reader }), ...resolution },
    plan: async (dir, groups) => (await resolution['gitops.plan']({ dir, group: [...groups], likely: false }, { door: 'internal', signal: new AbortController().signal })).counts,
    follow: () => followManifests({ scans, duplicates, projects, watch: watchManifests, subscribe: (listener) => events.on(({ event }) => listener(event)), publish, log }),
  };
}
