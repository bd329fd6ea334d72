import { textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Json, JsonObject } from '@shared/kernel/json';
import { decideRestore, isSameContent, restoreOrder, type BackedUpEntry, type BackupManifest } from '@shared/domain/operations/backup';
import type { Operation } from '@shared/domain/operations/operation';
import { backedUpBytes, readBackup, type StructuralDeps } from './structural';
import { CONTAINERS_NOTE, type OperationContext, type OperationKind, type RecoveryContext } from './types';
import type { Store } from '@main/platform/types';
import type { StructuralPlan } from '@shared/domain/operations/plan-document';

const KIND = 'operations.undo';
const DONE_NOTE = 'undo.done';

/** What taking back needs beyond backups. */
export interface UndoDeps extends StructuralDeps {
  readonly store: StructuralDeps['store'] & Pick<Store, 'journal'>;
  /** Takes the project's lock file; rejects with `busy` when another process holds it. */
  readonly lock: (projectDir: string) => Promise<Disposable>;
  /** Tells the doors of an ended operation whose record changed. */
  readonly changed: (operation: Operation) => void;
  /**
   * Queues making these services anew, to be started once the operation `after` has succeeded, and resolves with its id. It is an
   * operation of its own: files stay put back also where their containers cannot follow now.
   */
  readonly follow: (request: { readonly project: string; readonly services: readonly string[]; readonly after: string }) => Promise<string>;
  /** What was registered under this name. */
  readonly kindOf: (name: string) => OperationKind | undefined;
}

interface Undo {
  readonly manifest: BackupManifest;
  readonly entries: readonly { readonly entry: BackedUpEntry; readonly decision: 'nothing' | 'restore' | 'keep' }[];
}

/** The operation 'operations.undo': a structural change like any other, with a plan and a backup of its own, so that it can be taken back too. */
export function undoOperation(deps: UndoDeps): OperationKind {
  return {
    kind: KIND,
    needsEngine: false,
    async prepare(input) {
      const id = textOf(input, 'id');
      const operation = await deps.store.getOperation(id);
      if (operation === null) throw new AppError('operation-not-found', `There is no operation ${id}.`, { hint: 'See `berth operations list`.' });
      const other = operation.undoable ? otherWay(deps, operation.kind) : null;
      if (other !== null) return { id, key: operation.key, title: operation.title, projectId: operation.projectId, by: other.kind, given: (await other.prepare?.({ id })) ?? { id } };
      if (!operation.undoable || (await readBackup(deps.store, id)) === null) {
        throw new AppError('input-invalid', `"${operation.title}" cannot be undone.`, { hint: 'Only what changed files of a project can be, once, and as long as its backup is there.' });
      }
      return { id, key: operation.key, title: operation.title, projectId: operation.projectId, services: [...(await servicesMadeAnew(deps, operation))] };
    },
    key: (input) => textOf(input, 'key'),
    title: (input) => `Undo "${textOf(input, 'title')}"`,
    projectId: (input) => (typeof input['projectId'] === 'string' ? input['projectId'] : null),
    plan: async (input) => (byOther(deps, input) === null ? planOf(await look(deps, textOf(input, 'id')), textOf(input, 'title'), servicesOf(input)) : null),
    describe: async (input) => {
      const other = byOther(deps, input);
      return (await other?.kind.describe?.(other.given)) ?? null;
    },
    async run(context, input) {
      const other = byOther(deps, input);
      return other === null ? run(deps, context, input) : resultOf(context, (await other.kind.run(context, other.given)) as JsonObject, input);
    },
    async rollback(context, input) {
      const other = byOther(deps, input);
      await (other === null ? rollBack(deps, context) : other.kind.rollback(context, other.given));
    },
    async finish(context, input) {
      const other = byOther(deps, input);
      if (other !== null) return resultOf(context, (await other.kind.finish(context, other.given)) as JsonObject, input);
      await markUndone(deps, textOf(input, 'id'));
      return resultOf(context, context.records.find((record) => record.name === DONE_NOTE)?.intent ?? {}, input);
    },
  };
}

/** The kind that takes back what keeps its own backups; null for what the queue backed up. */
function otherWay(deps: UndoDeps, kind: string): OperationKind | null {
  const by = deps.kindOf(kind)?.undoneBy?.kind;
  return (by === undefined ? undefined : deps.kindOf(by)) ?? null;
}

/** The same for the input of an undo, with what that kind was given. */
function byOther(deps: UndoDeps, input: JsonObject): { readonly kind: OperationKind; readonly given: JsonObject } | null {
  const { by, given } = input;
  if (typeof by !== 'string') return null;
  const kind = deps.kindOf(by);
  if (kind === undefined) throw new AppError('internal', `There is no operation "${by}".`);
  return { kind, given: given as JsonObject };
}

/** The services whose containers the operation made anew; for an undo those of what it took back. */
async function servicesMadeAnew(deps: UndoDeps, operation: Operation): Promise<readonly string[]> {
  if (operation.kind === KIND) return servicesOf(operation.input as JsonObject);
  const note = (await deps.store.journal(operation.id)).findLast((row) => row.name === CONTAINERS_NOTE);
  return note === undefined ? [] : servicesOf(note.data as JsonObject);
}

function servicesOf(data: JsonObject): readonly string[] {
  return Array.isArray(data['services']) ? data['services'].map(String) : [];
}

async function look(deps: UndoDeps, id: string): Promise<Undo> {
  const manifest = await readBackup(deps.store, id);
  if (manifest === null) throw new AppError('not-found', 'The backup of this operation is gone.', { hint: 'Only the newest 20 of a project are kept.' });
  const entries = await Promise.all(
    restoreOrder(manifest.files).map(async (entry) => {
      // What cannot even be looked at any more (a link in its place) is somebody else's change.
      const now = await deps.folder.look(manifest.rootDir, entry.path).catch(() => null);
      return { entry, decision: now === null ? ('keep' as const) : decideRestore(entry, now.state) };
    }),
  );
  return { manifest, entries };
}

function planOf({ manifest, entries }: Undo, title: string, services: readonly string[]): StructuralPlan | null {
  const restored = entries.filter((one) => one.decision === 'restore').map((one) => one.entry);
  if (restored.length === 0) return null;
  return {
    change: 'undo',
    rootDir: manifest.rootDir,
    steps: [`Put the files back as they were before "${title}", from ${manifest.folder}`, 'Leave alone what somebody changed since', ...(services.length === 0 ? [] : [`Then make the containers of ${services.join(', ')} anew from these files, where they run`])],
    files: restored.map((entry) => ({ path: entry.path, change: entry.before.kind === 'missing' ? 'remove' : entry.after?.kind === 'missing' ? 'create' : 'change' })),
    optionalFiles: [],
    unchangedFiles: entries.filter((one) => one.decision === 'keep').map((one) => one.entry.path),
    risks: [services.length === 0 ? 'Containers keep running as they are; switch to the mode again to make them follow the files.' : `${services.join(', ')} ${services.length === 1 ? 'is' : 'are'} away for a moment. Where containers cannot be made anew, they keep running as they are, and the files stay put back.`],
    rollback: ['If a step fails, every file gets back what it has now.', 'Afterwards this undo can be undone in the same way.'],
  };
}

async function run(deps: UndoDeps, context: OperationContext, input: JsonObject): Promise<Json> {
  const id = textOf(input, 'id');
  const { manifest, entries } = await look(deps, id);
  const lock = await deps.lock(manifest.rootDir);
  try {
    const chosen = entries.filter((one) => one.decision === 'restore').map((one) => one.entry);
    // All bytes are in hand before the first file is touched.
    const bytes = await Promise.all(chosen.map((entry) => backedUpBytes(deps.folder, manifest, entry)));
    const kept = entries.filter((one) => one.decision === 'keep').map((one) => one.entry.path);
    const restored: string[] = [];
    context.progress({ step: 0, of: chosen.length, message: 'Putting files back' });
    for (const [index, entry] of chosen.entries()) {
      const done = await context.effect('backup.restore', { path: entry.path }, () => restoreOne(deps, manifest, entry, bytes[index] ?? null));
      (done ? restored : kept).push(entry.path);
      context.progress({ step: index + 1 });
    }
    for (const path of kept) context.log(`${path} was changed since by somebody else and is left as it is.`);
    const done = { restored, kept, follow: restored.length === 0 ? null : await queueFollow(deps, context, input) };
    await context.note(DONE_NOTE, done);
    await context.commit();
    await markUndone(deps, id);
    return resultOf(context, done, input);
  } finally {
    lock.dispose();
  }
}

/** Queued before the commit, and bound to it: what is put back half-way takes it along, and a crash after the commit finds it in the queue. */
async function queueFollow(deps: UndoDeps, context: OperationContext, input: JsonObject): Promise<string | null> {
  const [services, project] = [servicesOf(input), input['projectId']];
  if (services.length === 0 || typeof project !== 'string') return null;
  return context.effect('follow.enqueue', { services: [...services] }, () => deps.follow({ project, services, after: context.operationId }));
}

/** Looked at once more: it may have been saved since the plan. Resolves with whether it was put back. */
async function restoreOne(deps: UndoDeps, manifest: BackupManifest, entry: BackedUpEntry, bytes: Uint8Array | null): Promise<boolean> {
  const { state } = await deps.folder.look(manifest.rootDir, entry.path);
  if (decideRestore(entry, state) === 'keep') return false;
  return deps.folder.put(manifest.rootDir, entry.path, entry.before, bytes, entry.owned);
}

/** From the undo's own backup, each file only where what stands there is what the undo put there. */
async function rollBack(deps: UndoDeps, context: RecoveryContext): Promise<void> {
  const touched = new Set(context.records.filter((record) => record.name === 'backup.restore').map((record) => record.intent['path']));
  const own = touched.size === 0 ? null : await readBackup(deps.store, context.operationId);
  const operation = await deps.store.getOperation(context.operationId);
  const target = own === null || operation === null ? null : await readBackup(deps.store, textOf(operation.input as JsonObject, 'id'));
  if (own === null || target === null) return;
  for (const entry of restoreOrder(own.files)) {
    const put = target.files.find((one) => one.path === entry.path)?.before;
    if (put === undefined || !touched.has(entry.path)) continue;
    await context.effect('backup.put-back', { path: entry.path }, async () => {
      const now = (await deps.folder.look(own.rootDir, entry.path)).state;
      if (isSameContent(now, put)) await deps.folder.put(own.rootDir, entry.path, entry.before, await backedUpBytes(deps.folder, own, entry), entry.owned);
      else if (!isSameContent(now, entry.before)) context.log(`${entry.path} was changed meanwhile and is left as it is.`);
      return null;
    });
  }
}

/** An undone operation cannot be undone twice; one whose undo is undone stands again, and can be. */
async function markUndone(deps: UndoDeps, id: string): Promise<void> {
  const operation = await deps.store.getOperation(id);
  if (operation === null) return;
  if (operation.undoable) deps.changed(await deps.store.patchOperation(id, { undoable: false }));
  if (operation.kind !== KIND) return;
  const first = textOf(operation.input as JsonObject, 'id');
  if ((await readBackup(deps.store, first)) !== null && (await deps.store.getOperation(first)) !== null) deps.changed(await deps.store.patchOperation(first, { undoable: true }));
}

function resultOf(context: { readonly operationId: string }, done: JsonObject, input: JsonObject): Json {
  return { operationId: context.operationId, undone: textOf(input, 'id'), restored: done['restored'] ?? [], kept: done['kept'] ?? [], follow: done['follow'] ?? null };
}
