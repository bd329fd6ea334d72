import type { OperationContext } from '@main/operations/types';

/** What a twin is made for. */
export interface TwinRequest {
  /** The project it is a copy of. */
  readonly projectId: string;
  readonly purpose: 'test' | 'robustness';
  /** Fill its volumes with copies of the original's data. */
  readonly copyVolumes: boolean;
}

/**
 * An isolated copy of a project: a copy of its files in a folder of Berth's, opened as a project of its own with another
 * name, other ports and volumes. Every operation that takes a project takes `projectId`; lists do not show it.
 */
export interface Twin {
  readonly projectId: string;
  /** Absolute; files in it may be changed freely. */
  readonly dir: string;
  /** Its compose project name, for example `shop-test`. */
  readonly name: string;
}

/** Makes and removes twins. At most one operation has a twin at a time: those that make one share the key `twin`. */
export interface Twins {
  /** Journaled through the operation's effects; nothing is started yet. */
  create(context: Pick<OperationContext, 'effect' | 'signal' | 'progress' | 'log' | 'operationId'>, request: TwinRequest): Promise<Twin>;
  /** Containers, networks, volumes, images, folder and record of a twin; twice is as good as once. Rejects only for what is no twin. */
  remove(projectId: string): Promise<void>;
  /** Twins that a crash left behind: removed when Berth starts and the engine answers. */
  removeLeftovers(): Promise<readonly string[]>;
}
