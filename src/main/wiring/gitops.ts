import { join } from 'node:path';
import type { BerthEvent } from '@shared/contract/events';
import type { EventStream } from '@main/operations';
import type { Scheduler } from '@main/operations/scheduler';
import { createDuplicates, createScans, followManifests, scanHandlers, scanOperation } from '@main/gitops';
import type { DuplicateStates, GroupJudge, ScanService } from '@main/gitops/types';
import type { ChildSpawner } from '@main/platform/child-worker';
import { resourcesFolder } from '@main/platform/entries';
import { readBeneath } from '@main/platform/files';
import { realFolder } from '@main/platform/folder';
import { createManifestScanner } from '@main/platform/manifests/scanner';
import { watchManifests } from '@main/platform/manifests/watch';
import { systemClock } from '@main/platform/system-clock';
import type { ProjectsService } from '@main/projects';
import type { Foundation } from './foundation';
import type { Reconciler } from './wired';

/** What folders under git are wired over. */
export interface GitopsParts {
  readonly foundation: Pick<Foundation, 'operations' | 'store' | 'log'>;
  readonly projects: ProjectsService;
  readonly events: Pick<EventStream, 'on'>;
  readonly publish: (event: BerthEvent) => void;
  readonly spawn: ChildSpawner | undefined;
  readonly scheduler: () => Scheduler;
}

/** What others have of folders under git. */
export interface WiredGitops {
  readonly scans: ScanService;
  readonly states: DuplicateStates;
  readonly handlers: ReturnType<typeof scanHandlers>;
  readonly follow: Reconciler;
}

const FILE_BYTES_MAX = 5_000_000;

/** Until rules are there, nothing is decided by itself. */
const undecided: GroupJudge = ({ members }) => ({ scores: members.map(() => 0), keep: null, resolution: 'manual' });

/** Folders of manifests under git. Registers their operations. */
export function wireGitops({ foundation, projects, events, publish, spawn, scheduler }: GitopsParts): WiredGitops {
  const { operations, store, log } = foundation;
  const judge = undecided;
  const scanner = createManifestScanner({ home: store.paths.home, schemaFile: join(resourcesFolder(), 'kubernetes', 'schemas.json.gz'), spawn });
  const duplicates = createDuplicates({ store, scheduler, judge, publish });
  const scans = createScans({ scanner, clock: systemClock, onScanned: (request, result) => duplicates.scanned(request, result) });
  operations.register(scanOperation({ scans, judge, realFolder, projects }));
  return {
    scans,
    states: duplicates,
    handlers: scanHandlers({ scans, duplicates, projects, readBeneath: (root, path) => readBeneath(root, path, FILE_BYTES_MAX) }),
    follow: () => followManifests({ scans, duplicates, projects, watch: watchManifests, subscribe: (listener) => events.on(({ event }) => listener(event)), publish, log }),
  };
}
