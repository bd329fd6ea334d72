import { lenientText, textBytes } from '../../kernel/utf8';
import { AppError } from '../../kernel/app-error';
import type { EntryState, FileOwned } from '../operations/backup';

/** Something that is done to one file of a folder. Paths are relative to it, with `/`. */
export type FileAction =
  | { readonly action: 'create'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly action: 'replace'; readonly path: string; readonly bytes: Uint8Array; readonly base?: string | undefined; /** What it is, in the words of a plan. */ readonly steps?: readonly string[] | undefined }
  | { readonly action: 'comment'; readonly path: string; readonly reason: string }
  | { readonly action: 'move'; readonly path: string; readonly to: string }
  | { readonly action: 'duplicate'; readonly path: string; readonly to: string }
  | { readonly action: 'archive'; readonly path: string; readonly reason: string }
  | { readonly action: 'restore'; readonly path: string; readonly to?: string | undefined }
  | { readonly action: 'delete'; readonly path: string };

/** A file as it stands, or nothing. */
export interface StandingFile {
  readonly state: EntryState;
  readonly bytes: Uint8Array | null;
  readonly owned: FileOwned | null;
}

/** What one path becomes. */
export interface FileOutcome {
  readonly path: string;
  readonly before: EntryState;
  readonly after: EntryState;
  /** Of what is put there; null where nothing is. */
  readonly bytes: Uint8Array | null;
  /** Time and owner that go with the file when it is moved. */
  readonly owned: FileOwned | null;
}

/** What working it out needs from outside. */
export interface ActionSurroundings {
  readonly look: (path: string) => Promise<StandingFile>;
  readonly hash: (bytes: Uint8Array) => string;
  readonly commentOut: (bytes: Uint8Array, reason: string) => Uint8Array;
  /** For the note beside an archived file. */
  readonly operationId: string;
  readonly at: string;
}

export const ARCHIVE = '.archive';
const NOTE = '.berth.json';
const NEW_MODE = 0o644;
/** Of one file, in the archive. */
const MOST_COPIES = 200;

/** Why a path is not worked with; null when it is. */
export function pathProblem(path: string): string | null {
  const parts = path.split('/');
  if (path === '' || path.length > 4_096 || /[\p{Cc}\\]/u.test(path)) return 'is no path of a file';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || parts.some((part) => part === '..' || part === '.' || part === '')) return 'does not lie beneath the folder';
  if (parts.some((part) => /^\.(git|berth)$/i.test(part))) return 'belongs to git or to Berth itself';
  return null;
}

/** What all actions together make of each path, in their order; nothing is touched. Rejects with `input-invalid` and the number of the first that cannot be done. */
export async function workOut(actions: readonly FileAction[], surroundings: ActionSurroundings): Promise<readonly FileOutcome[]> {
  const tree = new PlannedTree(surroundings);
  for (const [index, action] of actions.entries()) {
    try {
      await tree.take(action);
    } catch (error) {
      if (!(error instanceof AppError) || actions.length === 1) throw error;
      throw new AppError(error.code, `Action ${String(index + 1)} of ${String(actions.length)} (${action.action}): ${error.message}`, { hint: error.hint ?? 'Nothing was changed.', where: { file: action.path } });
    }
  }
  return tree.outcomes();
}

/** The folder as it would be. */
class PlannedTree {
  private readonly first = new Map<string, StandingFile>();
  private readonly now = new Map<string, StandingFile>();

  constructor(private readonly surroundings: ActionSurroundings) {}

  async take(action: FileAction): Promise<void> {
    switch (action.action) {
      case 'create':
        await this.free(action.path);
        return this.write(action.path, action.bytes, NEW_MODE, null);
      case 'replace': {
        const { state } = await this.file(action.path);
        if (action.base !== undefined && action.base !== state.sha256) throw new AppError('plan-stale', `${action.path} was changed on the disk since it was read.`, { hint: 'Read it again.' });
        return this.write(action.path, action.bytes, state.mode, null);
      }
      case 'comment': {
        const { state, bytes } = await this.file(action.path);
        return this.write(action.path, this.surroundings.commentOut(bytes, action.reason), state.mode, null);
      }
      case 'move': {
        const { state, bytes, owned } = await this.file(action.path);
        await this.free(action.to);
        this.remove(action.path);
        return this.write(action.to, bytes, state.mode, owned);
      }
      case 'duplicate': {
        const { state, bytes } = await this.file(action.path);
        await this.free(action.to);
        return this.write(action.to, bytes, state.mode, null);
      }
      case 'archive':
        return this.archive(action.path, action.reason);
      case 'restore':
        return this.restore(action.path, action.to);
      case 'delete':
        await this.file(action.path);
        this.remove(action.path);
    }
  }

  outcomes(): readonly FileOutcome[] {
    return [...this.now].flatMap(([path, { state, bytes, owned }]) => {
      const before = this.first.get(path)?.state ?? { kind: 'missing' as const };
      const isSame = JSON.stringify(before) === JSON.stringify(state) && owned === null;
      return isSame || (before.kind === 'missing' && state.kind === 'missing') ? [] : [{ path, before, after: state, bytes, owned }];
    });
  }

  private async archive(path: string, reason: string): Promise<void> {
    const { state, bytes, owned } = await this.file(path);
    if (path.startsWith(`${ARCHIVE}/`)) throw new AppError('input-invalid', `${path} is in the archive already.`);
    const target = await this.freeInArchive(path);
    const { operationId, at } = this.surroundings;
    const note = { origin: path, mode: state.mode.toString(8), mtimeNs: owned?.mtimeNs ?? '', uid: owned?.uid ?? -1, gid: owned?.gid ?? -1, sha256: state.sha256, reason, operation: operationId, archivedAt: at };
    this.remove(path);
    this.write(target, bytes, state.mode, owned);
    this.write(`${target}${NOTE}`, textBytes(`${JSON.stringify(note, null, 2)}\n`), NEW_MODE, null);
  }

  private async restore(given: string, to: string | undefined): Promise<void> {
    const isInArchive = given.startsWith(`${ARCHIVE}/`);
    const path = isInArchive ? given : await this.archived(given);
    const { state, bytes, owned } = await this.file(path);
    const note = (await this.look(`${path}${NOTE}`)).bytes;
    const origin = to ?? originOf(note) ?? (isInArchive ? path.slice(ARCHIVE.length + 1) : given);
    await this.free(origin);
    this.remove(path);
    if (note !== null) this.remove(`${path}${NOTE}`);
    this.write(origin, bytes, state.mode, owned);
  }

  /** Where a file lies that was archived from here. Rejects where there is none, or more than one. */
  private async archived(origin: string): Promise<string> {
    const found: string[] = [];
    for (let number = 0; number < MOST_COPIES; number += 1) {
      const path = archivedPath(origin, number);
      if ((await this.look(path)).state.kind !== 'file') continue;
      if ((originOf((await this.look(`${path}${NOTE}`)).bytes) ?? origin) === origin) found.push(path);
    }
    const [only, other] = found;
    if (only === undefined) throw new AppError('not-found', `There is no ${origin} in the archive.`, { hint: `Name a file by where it was, or by its place below ${ARCHIVE}/: \`berth files manifests --archived\` lists those there are.` });
    if (other !== undefined) throw new AppError('input-invalid', `${origin} is in the archive ${String(found.length)} times: ${found.join(', ')}.`, { hint: 'Name one of these.' });
    return only;
  }

  private async freeInArchive(origin: string): Promise<string> {
    for (let number = 0; number < MOST_COPIES; number += 1) {
      const path = archivedPath(origin, number);
      if ((await this.look(path)).state.kind === 'missing' && (await this.look(`${path}${NOTE}`)).state.kind === 'missing') return path;
    }
    throw new AppError('input-invalid', `${origin} is in the archive too often.`, { hint: 'Remove some of them.' });
  }

  private async look(path: string): Promise<StandingFile> {
    const problem = pathProblem(path);
    if (problem !== null) throw new AppError('input-invalid', `${path} ${problem}.`, { hint: 'Name a file by its path in the folder.' });
    const known = this.now.get(path) ?? this.first.get(path);
    if (known !== undefined) return known;
    const seen = await this.surroundings.look(path);
    this.first.set(path, seen);
    return seen;
  }

  private async file(path: string): Promise<{ readonly state: Extract<EntryState, { kind: 'file' }>; readonly bytes: Uint8Array; readonly owned: FileOwned | null }> {
    const { state, bytes, owned } = await this.look(path);
    if (state.kind !== 'file' || bytes === null) throw new AppError('not-found', `There is no file ${path}.`, { hint: 'Check the path; it is relative to the folder.' });
    return { state, bytes, owned };
  }

  private async free(path: string): Promise<void> {
    if ((await this.look(path)).state.kind !== 'missing') throw new AppError('input-invalid', `${path} is there already.`, { hint: 'Take another name, or move it away first.' });
  }

  private write(path: string, bytes: Uint8Array, mode: number, owned: FileOwned | null): void {
    this.now.set(path, { state: { kind: 'file', sha256: this.surroundings.hash(bytes), mode }, bytes, owned });
  }

  private remove(path: string): void {
    this.now.set(path, { state: { kind: 'missing' }, bytes: null, owned: null });
  }
}

/** The first keeps its name; what is archived after it gets a number. */
function archivedPath(origin: string, number: number): string {
  return `${ARCHIVE}/${origin}${number === 0 ? '' : `.${String(number)}`}`;
}

/** Where a note says that a file was; null where it says nothing that can be believed. */
function originOf(note: Uint8Array | null): string | null {
  if (note === null) return null;
  try {
    const { origin } = JSON.parse(lenientText(note)) as { readonly origin?: unknown };
    return typeof origin === 'string' && pathProblem(origin) === null ? origin : null;
  } catch {
    return null;
  }
}
