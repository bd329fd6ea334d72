import { join, relative } from 'node:path';
import type { OutputOf, ParsedInputOf } from '@shared/contract/contract';
import { AppError } from '@shared/kernel/app-error';
import type { PlanDocument } from '@main/operations/types';
import type { Store } from '@main/platform/types';
import type { Projects } from '@main/projects/types';
import type { CommitsOfFile } from './types';

/** What the history of a file is put together from. */
export interface HistoryDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly store: Pick<Store, 'listRecords' | 'getOperation'>;
  readonly commits: CommitsOfFile;
  readonly exists: (path: string) => Promise<boolean>;
}

type Entry = OutputOf<'files.history'>['entries'][number];

/** Who changed one file, when and how: by Berth, and as git has it. Newest first. */
export async function historyOf({ projects, store, commits, exists }: HistoryDependencies, input: ParsedInputOf<'files.history'>): Promise<OutputOf<'files.history'>> {
  const project = await projects.resolve(input.project);
  const path = input.file.startsWith(`${project.dir}/`) ? relative(project.dir, input.file) : input.file;
  const entries: Entry[] = [];
  for (const record of await store.listRecords('plan')) {
    const change = (record.data as unknown as PlanDocument).files.find((one) => one.path === path);
    const operation = change === undefined ? null : await store.getOperation(record.id);
    if (change === undefined || operation?.projectId !== project.id || operation.state !== 'succeeded') continue;
    entries.push({ by: 'berth', id: operation.id, at: operation.finishedAt ?? operation.createdAt, who: operation.origin, what: operation.title });
  }
  for (const commit of await commits(project.dir, path, input.limit)) entries.push({ by: 'git', id: commit.id, at: new Date(commit.at).toISOString(), who: commit.author, what: commit.subject });
  if (entries.length === 0 && !(await exists(join(project.dir, path)))) throw new AppError('not-found', `There is no file ${path}, and nothing is known of one.`, { hint: 'Check the path; it is relative to the folder of the project.', where: { file: project.dir } });
  return { file: path, entries: entries.sort((one, other) => (one.at < other.at ? 1 : -1)).slice(0, input.limit) };
}
