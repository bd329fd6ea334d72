import type Database from 'libsql';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { checkDuplicateGroup, type DuplicateSettings, type YamlDuplicateFile, type YamlDuplicateGroup } from '@shared/domain/gitops/duplicate-records';
import type { DuplicatePatch } from './types';

interface GroupRow {
  readonly id: string;
  readonly fabric: string;
  readonly detection_timestamp: string;
  readonly resolution_status: YamlDuplicateGroup['resolution_status'];
  readonly resolution_strategy: YamlDuplicateGroup['resolution_strategy'];
  readonly dir: string;
  readonly details: string;
}

/** What is being done or is over stays as it was told; what still stands is as it was found last, also where an attempt failed. */
const OVER: ReadonlySet<string> = new Set(['in_progress', 'resolved', 'rolled_back']);

/** Groups of duplicates and the settings about them; both go with their project. */
export class DuplicateTables {
  constructor(private readonly db: Database.Database) {}

  /** What a scan found in one folder of a project: groups known before keep their time and where their resolution stands. */
  replace(fabric: string, dir: string, groups: readonly YamlDuplicateGroup[]): void {
    const known = new Map(this.rows(fabric).map((row) => [row.id, row]));
    const found = new Set(groups.map((group) => group.id));
    for (const row of known.values()) {
      const isGone = row.dir === dir && !found.has(row.id) && !OVER.has(row.resolution_status);
      // Of a folder in this one, kept with paths of its own by a version that did so.
      if (isGone || row.dir.startsWith(`${dir}/`)) this.remove(fabric, row.id);
    }
    for (const group of groups) {
      const before = known.get(group.id);
      // Found again: what was resolved is there once more.
      const isBack = before === undefined || before.resolution_status === 'resolved' || before.resolution_status === 'rolled_back';
      this.put({ ...group, fabric, dir, ...(isBack ? {} : { detection_timestamp: before.detection_timestamp, resolution_status: OVER.has(before.resolution_status) ? before.resolution_status : group.resolution_status }) });
    }
  }

  list(fabric: string): readonly YamlDuplicateGroup[] {
    const files = this.db.prepare('SELECT duplicate_group, file_path, file_hash, priority_score, resolution_action, document, item, line FROM yaml_duplicate_files WHERE fabric = ? ORDER BY n').all(fabric) as YamlDuplicateFile[];
    const byGroup = new Map<string, YamlDuplicateFile[]>();
    for (const file of files) byGroup.set(file.duplicate_group, [...(byGroup.get(file.duplicate_group) ?? []), file]);
    return this.rows(fabric).map((row) => ({ ...row, details: JSON.parse(row.details) as JsonObject, files: byGroup.get(row.id) ?? [] }));
  }

  patch(fabric: string, id: string, patch: DuplicatePatch): YamlDuplicateGroup {
    const known = this.list(fabric).find((one) => one.id === id);
    if (known === undefined) throw new AppError('not-found', `There is no group "${id.slice(0, 64)}" of duplicates.`, { hint: 'See `berth gitops groups`.' });
    const { files = {}, ...fields } = patch;
    const changed: YamlDuplicateGroup = { ...known, ...fields, files: known.files.map((file) => ({ ...file, resolution_action: files[file.file_path] ?? file.resolution_action })) };
    this.put(changed);
    return changed;
  }

  settings(fabric: string): DuplicateSettings {
    const row = this.db.prepare('SELECT duplicate_detection_enabled, resolution_hierarchy_config, last_duplicate_scan, duplicate_scan_interval FROM projects WHERE id = ?').get(fabric) as
      | { readonly duplicate_detection_enabled: number; readonly resolution_hierarchy_config: string; readonly last_duplicate_scan: string | null; readonly duplicate_scan_interval: number }
      | undefined;
    if (row === undefined) throw new AppError('project-not-found', `No opened project has the id ${fabric}.`, { hint: 'See `berth projects list`.' });
    return {
      duplicate_detection_enabled: row.duplicate_detection_enabled === 1,
      resolution_hierarchy_config: JSON.parse(row.resolution_hierarchy_config) as JsonObject,
      last_duplicate_scan: row.last_duplicate_scan,
      duplicate_scan_interval: row.duplicate_scan_interval,
    };
  }

  patchSettings(fabric: string, patch: Partial<DuplicateSettings>): DuplicateSettings {
    const next = { ...this.settings(fabric), ...patch };
    this.db
      .prepare('UPDATE projects SET duplicate_detection_enabled = ?, resolution_hierarchy_config = ?, last_duplicate_scan = ?, duplicate_scan_interval = ? WHERE id = ?')
      .run(next.duplicate_detection_enabled ? 1 : 0, JSON.stringify(next.resolution_hierarchy_config), next.last_duplicate_scan, next.duplicate_scan_interval, fabric);
    return next;
  }

  private rows(fabric: string): readonly GroupRow[] {
    return this.db.prepare('SELECT id, fabric, detection_timestamp, resolution_status, resolution_strategy, dir, details FROM yaml_duplicate_groups WHERE fabric = ? ORDER BY detection_timestamp, id').all(fabric) as GroupRow[];
  }

  private put(group: YamlDuplicateGroup): void {
    checkDuplicateGroup(group);
    this.remove(group.fabric, group.id);
    this.db
      .prepare('INSERT INTO yaml_duplicate_groups (id, fabric, detection_timestamp, resolution_status, resolution_strategy, dir, details) VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(group.id, group.fabric, group.detection_timestamp, group.resolution_status, group.resolution_strategy, group.dir, JSON.stringify(group.details));
    const insert = this.db.prepare('INSERT INTO yaml_duplicate_files (fabric, duplicate_group, file_path, file_hash, priority_score, resolution_action, document, item, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    for (const file of group.files) insert.run(group.fabric, group.id, file.file_path, file.file_hash, file.priority_score, file.resolution_action, file.document, file.item, file.line);
  }

  private remove(fabric: string, id: string): void {
    this.db.prepare('DELETE FROM yaml_duplicate_groups WHERE fabric = ? AND id = ?').run(fabric, id);
  }
}
