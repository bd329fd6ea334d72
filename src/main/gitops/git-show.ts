import { join } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import { readBeneath } from '@main/platform/files';
import type { GitRepository } from '@main/platform/git';
import { blobText, commitOf, FROM_THE_ROOT, pathInRepository } from './git-commands';
import type { GitDependencies } from './git-types';

type Shown = OutputOf<'gitops.show'>;

const MOST_BYTES = 1024 * 1024;

/** What a commit changed against its first parent, or what of the work folder no commit has. */
export async function shownOf(deps: Pick<GitDependencies, 'workTrees'>, repository: GitRepository, input: { readonly commit?: string | undefined; readonly file?: string | undefined }): Promise<Shown> {
  const { root } = repository.place;
  const file = input.file === undefined ? undefined : pathInRepository(root, input.file);
  if (input.commit === undefined) {
    const { changes } = await deps.workTrees.state(repository);
    const files = changes.map(({ path, state }) => ({ path, change: state === 'removed' ? ('removed' as const) : state === 'added' || state === 'untracked' ? ('added' as const) : ('changed' as const) }));
    if (file === undefined) return { dir: root, commit: null, files, text: null };
    const change = changes.find(({ path }) => path === file);
    if (change === undefined && (await blobAt(repository, 'HEAD', file)) === null) throw notThere(root, file, 'There is no file');
    return { dir: root, commit: null, files, text: { path: file, before: await textAt(repository, 'HEAD', change?.from ?? file), after: await textOnDisk(root, file) } };
  }
  const commit = await commitOf(repository, input.commit);
  if (commit === null) throw new AppError('not-found', `There is no commit ${input.commit}.`, { hint: 'See `berth gitops history`.', where: { file: root } });
  const parent = await commitOf(repository, `${commit}^1`);
  const files = await changedIn(repository, commit, parent);
  if (file === undefined) return { dir: root, commit, files, text: null };
  if (!files.some(({ path }) => path === file) && (await blobAt(repository, commit, file)) === null) throw notThere(root, file, `The commit ${commit.slice(0, 10)} has no file`);
  return { dir: root, commit, files, text: { path: file, before: parent === null ? null : await textAt(repository, parent, file), after: await textAt(repository, commit, file) } };
}

function notThere(root: string, file: string, what: string): AppError {
  return new AppError('not-found', `${what} ${file}.`, { hint: FROM_THE_ROOT, where: { file: root } });
}

async function changedIn(repository: GitRepository, commit: string, parent: string | null): Promise<Shown['files']> {
  const between = parent === null ? ['--root', '--no-commit-id', '--end-of-options', commit] : ['--end-of-options', parent, commit];
  const { stdout } = await repository.run({ args: ['diff-tree', '-r', '-z', '--name-status', '--no-renames', '--no-ext-diff', '--no-textconv', ...between], what: 'What the commit changed cannot be read' });
  const fields = stdout.toString('utf8').split('\0');
  const files: Shown['files'] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) files.push({ path: fields[at + 1] ?? '', change: fields[at] === 'A' ? 'added' : fields[at] === 'D' ? 'removed' : 'changed' });
  return files;
}

/** Null for a file that is not there, or is no text that can be shown. */
async function textAt(repository: GitRepository, commit: string, path: string): Promise<string | null> {
  const id = await blobAt(repository, commit, path);
  return id === null ? null : blobText(repository, id, MOST_BYTES);
}

async function blobAt(repository: GitRepository, commit: string, path: string): Promise<string | null> {
  const { stdout } = await repository.run({ args: ['ls-tree', '-z', '--full-tree', '--end-of-options', commit, path], what: 'The file cannot be read', answers: [128] });
  return /^\d+ blob ([0-9a-f]+)\t/.exec(stdout.toString('utf8'))?.[1] ?? null;
}

async function textOnDisk(root: string, path: string): Promise<string | null> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readBeneath(root, path, MOST_BYTES));
  } catch (error) {
    // Gone, a link, too large, no text: git lists what it is.
    if (error instanceof AppError || error instanceof TypeError || isMissing(error)) return null;
    throw new Error(`${join(root, path)} cannot be read`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^(ENOENT|ENOTDIR|ELOOP|EISDIR|EACCES)$/.test(error.code);
}
