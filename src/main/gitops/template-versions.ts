import { versionOf, withRollback, withSaved, type TemplateEntry } from '@shared/domain/gitops/templates/versions';
import { AppError } from '@shared/kernel/app-error';
import type { Json } from '@shared/kernel/json';
import { sha256Of } from '@main/platform/backup-folder';
import type { Store } from '@main/platform/types';

/** More entries than this are not kept of one template. */
const MAX_ENTRIES = 500;

/** The history of saved templates: entries by template, texts by their hash. */
export class TemplateVersions {
  constructor(private readonly store: Pick<Store, 'getRecord' | 'patchRecord'>) {}

  async history(folder: string, path: string): Promise<readonly TemplateEntry[]> {
    const record = await this.store.getRecord('gitops-template', idOf(folder, path));
    return (record?.data['entries'] ?? []) as unknown as readonly TemplateEntry[];
  }

  async versionOf(folder: string, path: string, hash: string): Promise<number | null> {
    return versionOf(await this.history(folder, path), hash);
  }

  /** The text of a version. Rejects with `not-found`. */
  async text(folder: string, path: string, version: number): Promise<string> {
    const entry = (await this.history(folder, path)).find((one) => one.version === version);
    const text = entry === undefined ? undefined : (await this.store.getRecord('gitops-template-text', entry.hash))?.data['text'];
    if (typeof text !== 'string') throw new AppError('not-found', `${path} has no version ${String(version)}.`, { hint: 'berth gitops template-versions lists those there are.' });
    return text;
  }

  async save(folder: string, path: string, text: string, by: { readonly author: string; readonly at: string; readonly note: string }): Promise<void> {
    const hash = sha256Of(new TextEncoder().encode(text));
    // The text first: an entry never names one that is not there.
    await this.store.patchRecord('gitops-template-text', hash, { text });
    await this.put(folder, path, withSaved(await this.history(folder, path), { hash, ...by }));
  }

  async rollBack(folder: string, path: string, version: number, by: { readonly author: string; readonly at: string; readonly note: string }): Promise<void> {
    const history = withRollback(await this.history(folder, path), version, by);
    if (history !== null) await this.put(folder, path, history);
  }

  /** As it was before an operation that is undone. */
  async put(folder: string, path: string, entries: readonly TemplateEntry[]): Promise<void> {
    await this.store.patchRecord('gitops-template', idOf(folder, path), { folder, path, entries: entries.slice(-MAX_ENTRIES) as unknown as Json });
  }
}

function idOf(folder: string, path: string): string {
  return sha256Of(new TextEncoder().encode(`${folder}\0${path}`));
}
