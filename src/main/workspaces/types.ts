import type * as z from 'zod';
import type { syncConflict, syncHalt, syncReport, syncTrigger, watchLine, workspaceRunner, workspacesStatus, workspaceSource } from '@shared/contract/schemas/workspaces';
import type { RunnerSource } from '@shared/domain/workspaces/runner-payload';
import type { OperationContext } from '@main/operations/types';
import type { StepContext } from '@main/storage/types';

export type WorkspacesStatus = z.output<typeof workspacesStatus>;
export type WorkspaceStatus = WorkspacesStatus['workspaces'][number];
export type WorkspaceRunner = z.output<typeof workspaceRunner>;
export type SyncReport = z.output<typeof syncReport>;
export type SyncConflict = z.output<typeof syncConflict>;
export type SyncHaltWords = z.output<typeof syncHalt>;
export type WatchLine = z.output<typeof watchLine>;
export type SyncTrigger = z.output<typeof syncTrigger>;
export type WorkspaceSource = z.output<typeof workspaceSource>;

/** How one workspace is synced and run; kept in Berth's own records, never in the project. */
export interface WorkspaceChoices {
  readonly trigger: SyncTrigger;
  readonly everySeconds: number;
  readonly source: WorkspaceSource;
  readonly run: boolean;
  readonly sizeOnly: boolean;
}

export type { RunnerSource };

/** The volume that containers read where buckets cannot be folders, as it was brought in step last. */
export interface VolumeSight {
  readonly name: string;
  readonly filledAt: string;
  /** Why it is behind the bucket; null when it is not. */
  readonly behind: string | null;
  /** By workspace. */
  readonly amounts: ReadonlyMap<string, { readonly files: number; readonly bytes: number }>;
}

/** A workspace that should run. */
export interface RunnerRequest {
  readonly projectId: string;
  readonly projectName: string;
  readonly projectDir: string;
  readonly workspace: string;
  readonly source: RunnerSource;
  /** What the user gave it, by name. */
  readonly variables: { readonly [name: string]: string };
}

/**
 * The containers of workspaces, and the gateway before them. Sources are read-only in the container, copied to a layer of its own, dependencies
 * are installed there, then the application is started.
 */
export interface Runners {
  /** By workspace. Looks at the engine; workspaces without a container are not in it. */
  status(projectId: string): Promise<ReadonlyMap<string, WorkspaceRunner>>;
  /** Makes or remakes the container when it is missing or its request is otherwise; resolves when it runs or rejects with what it printed last. */
  start(context: StepContext, request: RunnerRequest): Promise<void>;
  /** The source changed: copies again, installs when the list of dependencies changed, starts anew. Nothing when its container does not run. */
  update(projectId: string, workspace: string): Promise<void>;
  /** After a start that broke off: removes what was made and never started, so that the next start makes it anew. */
  clear(context: Pick<StepContext, 'effect'>, projectId: string): Promise<void>;
  /** Removes the container. */
  stop(context: StepContext, projectId: string, workspace: string): Promise<void>;
  logs(projectId: string, workspace: string, options: { readonly follow: boolean; readonly tail: number }, signal: AbortSignal, push: (line: { readonly service: string; readonly containerId: string; readonly stream: 'stdout' | 'stderr'; readonly time: string; readonly text: string }) => void): Promise<void>;
  /** Called with the project whenever a container's state or phase changed. */
  onChanged(listener: (projectId: string) => void): void;
}

export type { Gateway } from '@main/platform/gateway';

/** Sends what is pending before something is brought up from it; rejects with `blocked` when something stays unsent. Nothing for a project that never synced. */
export type SyncFirst = (projectId: string, within: Pick<OperationContext, 'operationId' | 'signal'>, log: (text: string) => void) => Promise<void>;
