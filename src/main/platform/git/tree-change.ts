import type { JsonObject } from '@shared/kernel/json';

/** One step that an operation takes with branch, index and files at once. Everything in it is known before it is taken, so that it can be taken back. */
export interface TreeChange {
  /** The branch that moves, by its full name; `from` null: it is not there before, `to` null: nor afterwards. */
  readonly ref: { readonly name: string; readonly from: string | null; readonly to: string | null } | null;
  /** What HEAD points to, by full names; null: it stays. */
  readonly head: { readonly from: string; readonly to: string } | null;
  /** The work folder goes from one commit to another; null: no file is touched. */
  readonly files: { readonly from: string; readonly to: string } | null;
  /** Files whose present state goes into the index. */
  readonly staged: readonly string[];
}

/** As it is written into the journal. */
export function changeToJson(change: TreeChange): JsonObject {
  return { ref: change.ref === null ? null : { ...change.ref }, head: change.head === null ? null : { ...change.head }, files: change.files === null ? null : { ...change.files }, staged: [...change.staged] };
}

/** As it is read from there. */
export function changeFromJson(intent: JsonObject): TreeChange {
  const part = (name: string): JsonObject | null => (intent[name] === null || typeof intent[name] !== 'object' ? null : (intent[name] as JsonObject));
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  const [ref, head, files] = [part('ref'), part('head'), part('files')];
  return {
    ref: ref === null ? null : { name: text(ref['name']) ?? '', from: text(ref['from']), to: text(ref['to']) },
    head: head === null ? null : { from: text(head['from']) ?? '', to: text(head['to']) ?? '' },
    files: files === null ? null : { from: text(files['from']) ?? '', to: text(files['to']) ?? '' },
    staged: Array.isArray(intent['staged']) ? intent['staged'].filter((one): one is string => typeof one === 'string') : [],
  };
}
