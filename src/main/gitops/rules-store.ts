import { checkPolicies } from '@shared/domain/gitops/plan/policy';
import type { PolicyRule } from '@shared/domain/gitops/plan/types';
import { configOf, rulesOf, type HierarchyConfig, type HierarchyRules } from '@shared/domain/gitops/hierarchy/rules';
import { configOfVersion, currentVersion, versionsOf, withVersion, type HierarchyVersion } from '@shared/domain/gitops/hierarchy/versions';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Store } from '@main/platform/types';

/** The rules of one project: which copy is kept, and what happens to the others. */
export interface ProjectRules {
  readonly hierarchy: HierarchyRules;
  readonly policies: readonly PolicyRule[];
}

/** The rules of every project, in versions. A folder of no project has the defaults. */
export interface RulesStore {
  /** The same object until they change. */
  of(projectId: string | null): Promise<ProjectRules>;
  versions(projectId: string): Promise<readonly HierarchyVersion[]>;
  setHierarchy(projectId: string, config: HierarchyConfig, note: string): Promise<readonly HierarchyVersion[]>;
  goBack(projectId: string, version: number): Promise<readonly HierarchyVersion[]>;
  setPolicies(projectId: string, policies: readonly PolicyRule[]): Promise<readonly PolicyRule[]>;
}

interface Stored {
  readonly versions: readonly HierarchyVersion[];
  readonly policies: readonly PolicyRule[];
}

const KIND = 'gitops-rules';
const NOTHING: Stored = { versions: [], policies: [] };

/** The rules in the store. */
export function createRulesStore(store: Pick<Store, 'listRecords' | 'patchRecord' | 'patchDuplicateSettings'>, now: () => Date): RulesStore {
  const all = new Map<string, Stored>();
  const loaded = store.listRecords(KIND).then((records) => {
    for (const { id, data } of records) all.set(id, { versions: listOf<HierarchyVersion>(data['versions']), policies: listOf<PolicyRule>(data['policies']) });
  });
  // Whoever asks hears of a failure; nobody else has to.
  loaded.catch(() => undefined);
  const stored = (projectId: string | null): Stored => (projectId === null ? NOTHING : (all.get(projectId) ?? NOTHING));
  const made = new WeakMap<Stored, ProjectRules>();
  const known = (projectId: string | null): ProjectRules => {
    const of = stored(projectId);
    const rules = made.get(of) ?? { hierarchy: rulesOf(currentVersion(of.versions).config), policies: of.policies };
    made.set(of, rules);
    return rules;
  };

  async function keep(projectId: string, change: Partial<Stored>): Promise<Stored> {
    const next = { ...stored(projectId), ...change };
    await store.patchDuplicateSettings(projectId, { resolution_hierarchy_config: currentVersion(next.versions).config as unknown as JsonObject });
    await store.patchRecord(KIND, projectId, { versions: next.versions as unknown as Json, policies: next.policies as unknown as Json });
    all.set(projectId, next);
    return next;
  }

  async function setHierarchy(projectId: string, config: HierarchyConfig, note: string): Promise<readonly HierarchyVersion[]> {
    await loaded;
    return (await keep(projectId, { versions: withVersion(stored(projectId).versions, configOf(rulesOf(config)), now().toISOString(), note) })).versions;
  }

  return {
    of: (projectId) => loaded.then(() => known(projectId)),
    versions: (projectId) => loaded.then(() => versionsOf(stored(projectId).versions)),
    setHierarchy,
    async goBack(projectId, version) {
      await loaded;
      return setHierarchy(projectId, configOfVersion(stored(projectId).versions, version), `Back to version ${String(version)}`);
    },
    async setPolicies(projectId, policies) {
      await loaded;
      return (await keep(projectId, { policies: checkPolicies(policies) })).policies;
    },
  };
}

function listOf<T>(value: JsonObject[string] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as unknown as readonly T[]) : [];
}
