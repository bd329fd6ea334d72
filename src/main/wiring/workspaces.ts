import type { BerthEvent } from '@shared/contract/events';
import { folderCounter } from '@main/platform/count-folder';
import type { Scheduler } from '@main/operations/scheduler';
import { runProgram } from '@main/platform/process';
import { openQuickS3 } from '@main/platform/s3/quick-client';
import { systemClock } from '@main/platform/system-clock';
import type { ProjectsService } from '@main/projects';
import { createRunners, createSyncEngine, createWorkspaces, type Workspaces } from '@main/workspaces';
import { createGateway, type Gateway } from '@main/platform/gateway';
import { mustSyncAlone } from '@main/storage';
import type { Runners, WorkspacesStatus } from '@main/workspaces/types';
import type { MonitorRow } from '@shared/domain/workspaces/gateway-pages';
import type { Foundation } from './foundation';
import type { WiredStorage } from './storage';

/** What workspaces are wired over. */
export interface WorkspacesParts {
  readonly foundation: Foundation;
  readonly projects: ProjectsService;
  readonly storage: WiredStorage;
  readonly publish: (event: BerthEvent) => void;
  /** Made later: it runs what is registered here. */
  readonly scheduler: () => Scheduler;
}

const COUNT_MS = 10_000;
const LIST_MS = 20_000;

/** Workspaces: their sync, their containers, and everything that asks about them. */
export function wireWorkspaces({ foundation, projects, storage, publish, scheduler }: WorkspacesParts): Workspaces {
  const { store, engine, operations, settings, redactor, turns, log } = foundation;
  const gateways = new Map<string, Gateway>();
  const runners = createRunners({ engine, images: storage.images, stateDir: store.paths.home, user: userHere(), gatewayUrl: (projectId) => gateways.get(projectId)?.url ?? null, clock: systemClock, log });
  const gateway = (projectId: string): Gateway => {
    const made = createGateway({
      preferredPort: () => settings.get('workspaces.gatewayPort'),
      workspaces: async () => [...(await runners.status(projectId))].map(([name, { state, detail, port }]) => ({ name, state, detail, port })),
      monitor: async () => monitorRows(await workspaces.status(projectId)),
      logs: (workspace) => lastLines(runners, projectId, workspace),
      log,
    });
    gateways.set(projectId, made);
    return made;
  };
  const workspaces: Workspaces = createWorkspaces({
    store,
    projects,
    operations,
    definitions: storage.definitions,
    s3: storage.server,
    mounts: storage.mounts,
    changeOperation: storage.changeOperation,
    openEngine: createSyncEngine,
    listBucket: (place, bucket, prefix) => listWhole(place, bucket, prefix),
    countFolder: folderCounter(runProgram, COUNT_MS),
    runners,
    engine,
    images: storage.images,
    gateway,
    concurrency: () => settings.get('workspaces.uploadsAtOnce'),
    alone: (project) => mustSyncAlone(engine, project),
    scheduler,
    hide: (secret) => redactor.add(secret),
    stateDir: store.paths.home,
    turns,
    clock: systemClock,
    publish,
    log,
  });
  for (const kind of workspaces.operations) operations.register(kind);
  return workspaces;
}

/** Null where the system knows no numbers of users. */
function userHere(): { readonly uid: number; readonly gid: number } | null {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  return uid === undefined || gid === undefined ? null : { uid, gid };
}

function monitorRows(status: WorkspacesStatus): readonly MonitorRow[] {
  return status.workspaces.map(({ name, runner, lastSyncedAt }) => ({
    name, lastSyncedAt, state: runner?.state ?? 'off', detail: runner?.detail ?? '', port: runner?.port ?? null, command: runner?.command ?? '', containerName: runner?.containerName ?? null, copiedAt: runner?.copiedAt ?? null,
  }));
}

const LOG_LINES = 500;
const LOG_MS = 10_000;

async function lastLines(runners: Runners, projectId: string, workspace: string): Promise<string> {
  const lines: string[] = [];
  await runners.logs(projectId, workspace, { follow: false, tail: LOG_LINES }, AbortSignal.timeout(LOG_MS), ({ time, text }) => void lines.push(`${time} ${text}\n`));
  return lines.join('');
}

async function* listWhole(place: { readonly endpoint: string; readonly region: string; readonly accessKey: string; readonly secretKey: string }, bucket: string, prefix: string): ReturnType<ReturnType<typeof openQuickS3>['list']> {
  const { endpoint, region, accessKey, secretKey } = place;
  const client = openQuickS3({ endpoint, region, accessKey, secretKey, deadlineMs: LIST_MS });
  try {
    yield* client.list(bucket, prefix);
  } finally {
    await client.close();
  }
}
