import type { BerthEvent } from '@shared/contract/events';
import type { DuplicateSettings, KeptStrategy, YamlDuplicateGroup } from '@shared/domain/gitops/duplicate-records';
import type { DuplicateGroup } from '@shared/domain/gitops/types';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Scheduler } from '@main/operations/scheduler';
import type { Store } from '@main/platform/types';
import type { DuplicateStates, GroupJudge, JudgedGroup, ScanRequest, ScanResult } from './types';

const KIND = 'gitops.scan';

/** What is kept of scans, and when they are made again. */
export interface Duplicates extends DuplicateStates {
  settings(projectId: string): Promise<DuplicateSettings>;
  /** Changes settings of a project; its schedule follows. */
  configure(projectId: string, dir: string, patch: Partial<DuplicateSettings>): Promise<DuplicateSettings>;
  /** Keeps what a scan found and has it made again from time to time. */
  scanned(request: ScanRequest, result: ScanResult): Promise<void>;
  /** ISO time of the next scan of any folder of the project; null where none is to come. */
  nextScan(projectId: string): Promise<string | null>;
  /** Folders that are scanned again and again, each with its project. */
  folders(): Promise<readonly { readonly projectId: string; readonly dir: string }[]>;
  /** Schedules of projects that are gone go too. */
  keepOnly(projectIds: ReadonlySet<string>): Promise<void>;
}

export interface DuplicatesDependencies {
  readonly store: Pick<Store, 'replaceDuplicates' | 'listDuplicates' | 'patchDuplicate' | 'duplicateSettings' | 'patchDuplicateSettings'>;
  readonly scheduler: () => Pick<Scheduler, 'list' | 'set' | 'remove'>;
  readonly judge: GroupJudge;
  readonly publish: (event: BerthEvent) => void;
}

/** Keeps groups of duplicates with their projects. */
export function createDuplicates(deps: DuplicatesDependencies): Duplicates {
  const { store } = deps;
  const schedules = async (): Promise<Awaited<ReturnType<Scheduler['list']>>> => (await deps.scheduler().list()).filter((one) => one.kind === KIND);

  async function schedule(projectId: string, dir: string, settings: DuplicateSettings): Promise<void> {
    const known = (await schedules()).find((one) => one.input['project'] === projectId && one.input['dir'] === dir);
    const wanted = { everySeconds: settings.duplicate_scan_interval, enabled: settings.duplicate_detection_enabled };
    // Setting it again would put its next time off.
    if (known?.everySeconds === wanted.everySeconds && known.enabled === wanted.enabled) return;
    await deps.scheduler().set({ kind: KIND, input: { project: projectId, dir, fresh: false }, ...wanted });
  }

  return {
    list: (projectId) => store.listDuplicates(projectId),
    async change(projectId, groupId, patch) {
      const changed = await store.patchDuplicate(projectId, groupId, patch);
      deps.publish({ type: 'gitops.changed', projectId, dir: changed.dir, reason: 'resolution', files: [] });
      return changed;
    },
    settings: (projectId) => store.duplicateSettings(projectId),
    async configure(projectId, dir, patch) {
      const settings = await store.patchDuplicateSettings(projectId, patch);
      const folders = (await schedules()).filter((one) => one.input['project'] === projectId).map((one) => String(one.input['dir']));
      for (const one of folders.length === 0 ? [dir] : folders) await schedule(projectId, one, settings);
      return settings;
    },
    async scanned({ dir, projectId }, result) {
      if (projectId === null) return;
      const groups = (await deps.judge(result, projectId)).filter(({ group }) => group.certainty !== 'info').map((one) => stored(one, result, projectId));
      await store.replaceDuplicates(projectId, dir, groups);
      // What was scanned by itself lies in it now.
      for (const one of await schedules()) if (one.input['project'] === projectId && String(one.input['dir']).startsWith(`${dir}/`)) await deps.scheduler().remove(one.id);
      const settings = await store.patchDuplicateSettings(projectId, { last_duplicate_scan: result.scannedAt });
      await schedule(projectId, dir, settings);
      deps.publish({ type: 'gitops.changed', projectId, dir, reason: 'scan', files: [] });
    },
    async nextScan(projectId) {
      const times = (await schedules()).filter((one) => one.enabled && one.input['project'] === projectId).map((one) => one.nextAt);
      return times.sort()[0] ?? null;
    },
    folders: async () => (await schedules()).filter((one) => one.enabled).map((one) => ({ projectId: String(one.input['project']), dir: String(one.input['dir']) })),
    async keepOnly(projectIds) {
      for (const one of await schedules()) if (!projectIds.has(String(one.input['project']))) await deps.scheduler().remove(one.id);
    },
  };
}

function stored({ group, scores, keep, resolution }: JudgedGroup, tree: ScanResult, projectId: string): YamlDuplicateGroup {
  const { class: ofClass, kind, certainty, layer, applyRoot, identity, reason, differences } = group;
  return {
    id: group.id,
    fabric: projectId,
    detection_timestamp: tree.scannedAt,
    resolution_status: resolution === 'auto' ? 'pending' : 'manual_review',
    resolution_strategy: resolution === 'auto' ? strategyOf(group) : 'manual',
    dir: tree.dir,
    details: { class: ofClass, kind, certainty, layer, applyRoot, identity: identity === null ? null : ({ ...identity } as JsonObject), reason, differences: [...differences], keep: keep?.path ?? null, resolution },
    files: group.members.map((member, index) => ({
      duplicate_group: group.id,
      file_path: member.path,
      file_hash: member.contentHash,
      priority_score: scores[index] ?? 0,
      resolution_action: keep === member ? 'keep' : 'none',
      document: member.document,
      item: member.item,
      line: member.line,
    })),
  };
}

function strategyOf(group: DuplicateGroup): KeptStrategy {
  return `${group.kind}_keep_highest`;
}

/** The group of this id. */
export async function knownGroup(states: DuplicateStates, projectId: string, id: string): Promise<YamlDuplicateGroup> {
  const found = (await states.list(projectId)).find((one) => one.id === id);
  if (found === undefined) throw noSuchGroup(id);
  return found;
}

export function noSuchGroup(id: string): AppError {
  return new AppError('not-found', `There is no group "${id.slice(0, 64)}" of duplicates.`, { hint: 'See `berth gitops scan`, and for a project `berth gitops groups`.' });
}
