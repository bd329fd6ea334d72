import { basename, dirname, isAbsolute, join } from 'node:path';
import { textOf } from '@shared/domain/operations/operation-input';
import type { Manifest } from '@shared/domain/snapshots/types';
import { partWords } from '@shared/domain/snapshots/words';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { discardArchiveFile, writeArchiveFile } from '@main/platform/snapshots/archive-file';
import { writeArchive } from '@main/platform/snapshots/archive-write';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import type { Projects } from '@main/projects/types';
import type { Repositories } from './types';

/** What an export needs from outside. */
export interface ExportDependencies {
  readonly projects: Pick<Projects, 'resolve'>;
  readonly repositories: Pick<Repositories, 'find'>;
}

const TOLD_BYTES = 4 * 1024 * 1024;
/** The effect of an export: what its result says is what the operation answers. */
const WRITE = 'snapshot.export';

/** The operation `snapshots.export`: one tar, there whole or not at all. */
export function exportOperation(deps: ExportDependencies): OperationKind {
  return {
    kind: 'snapshots.export',
    needsEngine: false,
    async prepare(input) {
      const file = textOf(input, 'file');
      if (!isAbsolute(file)) throw new AppError('input-invalid', `${file} is no absolute path.`, { hint: 'Name the file with its folder.' });
      const project = await deps.projects.resolve(textOf(input, 'project'));
      const { manifest } = await deps.repositories.find(project.id, textOf(input, 'id'));
      return { project: project.id, id: manifest.id, file, secrets: input['secrets'] === true };
    },
    key: (input) => `file:${textOf(input, 'file')}`,
    title: (input) => `Export the snapshot ${textOf(input, 'id')}${input['secrets'] === true ? ' with its secrets' : ''}`,
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const { repository, manifest } = await deps.repositories.find(textOf(input, 'project'), textOf(input, 'id'));
      const left = input['secrets'] === true ? [] : manifest.parts.filter((part) => part.secret);
      const file = textOf(input, 'file');
      const written = await context.effect(WRITE, { id: manifest.id, file, temporary: temporaryOf(file, context.operationId) }, () =>
        repository.reading(async (reader) => ({ file, ...(await write(context, reader, manifest, file, input['secrets'] === true)) })),
      );
      await context.commit();
      if (left.length > 0) context.log(`Left out, since their values would stand in the file readable: ${left.map(partWords).join(', ')}. --secrets takes them in.`);
      return { operationId: context.operationId, ...written };
    },
    async rollback(context) {
      for (const { name, intent } of context.records) if (name === WRITE) await discardArchiveFile(textOf(intent, 'temporary'));
    },
    finish: (context) => Promise.resolve({ operationId: context.operationId, ...(context.records.find(({ name }) => name === WRITE)?.result as JsonObject | undefined) }),
  };
}

/** Beside the file, so that it gets its name in one step. */
function temporaryOf(file: string, operationId: string): string {
  return join(dirname(file), `.${basename(file).slice(0, 200)}.${operationId}.part`);
}

async function write(context: OperationContext, reader: SnapshotReader, manifest: Manifest, file: string, secrets: boolean): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  let told = 0;
  const onProgress = (done: number, total: number): void => {
    if (done - told < TOLD_BYTES) return;
    told = done;
    context.progress({ message: 'Writing the export', bytes: { done, total } });
  };
  return writeArchiveFile(file, temporaryOf(file, context.operationId), (sink) =>
    writeArchive(sink, { manifest, omits: (part) => part.secret && !secrets, entries: (part) => reader.entries(part), chunk: (id) => reader.chunk(id) }, { onProgress, signal: context.signal }),
  );
}
