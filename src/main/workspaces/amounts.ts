import { rootFilter } from '@shared/domain/workspaces/filter';
import { workspaceOf } from '@shared/domain/workspaces/keys';
import type { RemoteFile } from '@shared/domain/workspaces/sync-model';
import type { Amount, MeasuredWorkspace } from '@main/platform/measure-workspace';
import { measureWorkspace } from '@main/platform/measure-workspace';
import { ignoreFilesIn } from './workspace-folders';

/** How counting reaches what it counts. */
export interface AmountsDependencies {
  /** Everything beneath the prefix of a project’s bucket; keys without the prefix. */
  readonly listBucket: (projectId: string) => Promise<AsyncIterable<readonly RemoteFile[]>>;
  /** Counts the files of a folder in a child process; null when it does not answer in time. */
  readonly countFolder: (folder: string) => Promise<Amount | null>;
  /** By workspace, what a run would send or remove now. */
  readonly planned: (projectId: string) => Promise<ReadonlyMap<string, number>>;
  readonly now: () => number;
}

/** How old a count may be: looking at a page must not read every disk again and again. */
const LOCAL_MS = 60_000;
const BUCKET_MS = 30_000;
const MOUNT_MS = 15_000;
/** A plan is quick: it reads what the folders say of their files, and no file. */
const PLAN_MS = 5_000;

interface Kept<T> {
  readonly at: number;
  readonly value: Promise<T>;
}

/** How much lies in each of the three places; counted once for everybody who asks within a while. */
export class Amounts {
  private readonly locals = new Map<string, Kept<MeasuredWorkspace>>();
  private readonly buckets = new Map<string, Kept<ReadonlyMap<string, Amount> | null>>();
  private readonly mounts = new Map<string, Kept<Amount | null>>();

  private readonly plans = new Map<string, Kept<ReadonlyMap<string, number>>>();

  constructor(private readonly deps: AmountsDependencies) {}

  /** Files that wait to be sent or removed, by workspace; none while that cannot be told. */
  async pending(projectId: string): Promise<ReadonlyMap<string, number>> {
    return this.kept(this.plans, projectId, PLAN_MS, () => this.deps.planned(projectId).catch(() => new Map<string, number>()));
  }

  async local(root: string, workspace: string): Promise<MeasuredWorkspace> {
    return this.kept(this.locals, `${root}\n${workspace}`, LOCAL_MS, async () => measureWorkspace(root, workspace, { filter: rootFilter(await ignoreFilesIn(root)), ignoreFilesIn }));
  }

  /** By workspace; null while the bucket cannot be listed. */
  async bucket(projectId: string): Promise<ReadonlyMap<string, Amount> | null> {
    return this.kept(this.buckets, projectId, BUCKET_MS, () => this.countBucket(projectId).catch(() => null));
  }

  async mount(hostPath: string, workspace: string): Promise<Amount | null> {
    const folder = `${hostPath}/${workspace}`;
    return this.kept(this.mounts, folder, MOUNT_MS, () => this.deps.countFolder(folder));
  }

  /** Something was sent, or a file changed. */
  forget(projectId: string, root: string): void {
    this.buckets.delete(projectId);
    this.plans.delete(projectId);
    this.mounts.clear();
    for (const key of this.locals.keys()) if (key.startsWith(`${root}\n`)) this.locals.delete(key);
  }

  private async countBucket(projectId: string): Promise<ReadonlyMap<string, Amount>> {
    const counted = new Map<string, { files: number; bytes: number }>();
    for await (const page of await this.deps.listBucket(projectId)) {
      for (const { key, sizeBytes } of page) {
        const name = workspaceOf(key);
        if (name === null) continue;
        const sum = counted.get(name) ?? { files: 0, bytes: 0 };
        sum.files += 1;
        sum.bytes += sizeBytes;
        counted.set(name, sum);
      }
    }
    return counted;
  }

  private kept<T>(cache: Map<string, Kept<T>>, key: string, maxAgeMs: number, count: () => Promise<T>): Promise<T> {
    const known = cache.get(key);
    const now = this.deps.now();
    if (known !== undefined && now - known.at < maxAgeMs) return known.value;
    const value = count();
    cache.set(key, { at: now, value });
    value.catch(() => cache.delete(key));
    return value;
  }
}
