import type { JsonObject } from '@shared/kernel/json';
import type { RecordKind, Store } from '@main/platform/types';

/** Settings of a project as one document, trust left out. */
export interface SettingsDocuments {
  read(projectId: string): Promise<JsonObject>;
  write(projectId: string, document: JsonObject): Promise<void>;
}

/** What somebody chose for a project, by its name in the document. What was only observed is not in it, and no keys. */
const CHOSEN: readonly { readonly name: string; readonly kind: RecordKind; readonly idOf: (projectId: string) => string }[] = [
  { name: 'drift', kind: 'drift-policy', idOf: (projectId) => projectId },
  { name: 'snapshots', kind: 'snapshots', idOf: (projectId) => `settings:${projectId}` },
  { name: 'workspaces', kind: 'workspaces', idOf: (projectId) => projectId },
];

/** Reads and writes what was chosen for a project in the store. */
export function settingsDocuments(store: Pick<Store, 'getRecord' | 'patchRecord' | 'removeRecord'>): SettingsDocuments {
  return {
    async read(projectId) {
      const found = await Promise.all(CHOSEN.map(async ({ name, kind, idOf }) => [name, (await store.getRecord(kind, idOf(projectId)))?.data ?? null] as const));
      return Object.fromEntries(found.filter(([, data]) => data !== null));
    },
    async write(projectId, document) {
      for (const { name, kind, idOf } of CHOSEN) {
        const data = document[name];
        await store.removeRecord(kind, idOf(projectId));
        if (typeof data === 'object' && data !== null && !Array.isArray(data)) await store.patchRecord(kind, idOf(projectId), data as JsonObject);
      }
    },
  };
}
