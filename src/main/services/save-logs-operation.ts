import { isAbsolute } from 'node:path';
import type { OutputOf } from '@shared/contract/contract';
import { textOf, textsOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind } from '@main/operations/types';
import { logSources, type LogRequest } from './log-sources';
import { linesOf } from './log-stream';
import type { ServicesService } from './service';
import type { ServicesDependencies } from './types';

type LogLine = OutputOf<'services.logs'>;
const TOLD_BYTES = 1024 * 1024;

/** Makes a file that appears whole or not at all. */
export interface LogFiles {
  write<T>(file: string, fill: (made: { write(data: Uint8Array | string): Promise<void> }) => Promise<T>): Promise<T>;
  /** Takes away what an interrupted writing left. */
  discard(file: string): Promise<void>;
}

/** What writing logs to a file needs. */
export interface SaveLogsDependencies extends Pick<ServicesDependencies, 'engine' | 'projects'> {
  readonly files: LogFiles;
}

/** `services.save-logs`: everything the engine has, read and written piece by piece. */
export function saveLogsOperation(deps: SaveLogsDependencies, service: ServicesService): OperationKind {
  return {
    kind: 'services.save-logs',
    async prepare(input) {
      const file = textOf(input, 'file');
      if (!isAbsolute(file)) throw new AppError('input-invalid', `${file} is no absolute path.`, { hint: 'Name the file with its folder.' });
      const { project } = await logSources(deps, service, requestOf(input));
      return { ...input, project: project.id, name: project.name };
    },
    key: (input) => `file:${textOf(input, 'file')}`,
    title(input) {
      const services = textsOf(input, 'services');
      return `Save the logs of ${services.length === 0 ? textOf(input, 'name') : services.length <= 3 ? services.join(', ') : `${String(services.length)} services`}`;
    },
    projectId: (input) => textOf(input, 'project'),
    async run(context, input) {
      const file = textOf(input, 'file');
      const saved = await context.effect('logs.save', { file }, () => save(deps, service, context, input));
      await context.commit();
      return { operationId: context.operationId, file, ...saved };
    },
    async rollback(context, input) {
      const file = textOf(input, 'file');
      await context.effect('logs.discard', { file }, async () => {
        await deps.files.discard(file);
        return null;
      });
    },
    async finish(context, input) {
      const done = context.records.findLast(({ name }) => name === 'logs.save')?.result as JsonObject | undefined;
      return { operationId: context.operationId, file: textOf(input, 'file'), ...done };
    },
  };
}

async function save(deps: SaveLogsDependencies, service: ServicesService, context: OperationContext, input: JsonObject): Promise<{ lines: number; sizeBytes: number }> {
  const sources = await logSources(deps, service, requestOf(input));
  const write = formOf(sources.containers.length > 1, input['timestamps'] !== false);
  return deps.files.write(textOf(input, 'file'), async (made) => {
    let [lines, sizeBytes, toldBytes] = [0, 0, 0];
    for await (const piece of linesOf(deps, sources, -1, context.signal)) {
      context.signal.throwIfAborted();
      const bytes = Buffer.from(piece.map(write).join(''));
      await made.write(bytes);
      lines += piece.length;
      sizeBytes += bytes.length;
      if (sizeBytes - toldBytes < TOLD_BYTES) continue;
      toldBytes = sizeBytes;
      context.progress({ bytes: { done: sizeBytes } });
    }
    // A log that was being read ends without a word when it is cancelled.
    context.signal.throwIfAborted();
    return { lines, sizeBytes };
  });
}

/** A line as the program wrote it, behind what tells when it was and, among several, whose. */
function formOf(isOfSeveral: boolean, timestamps: boolean): (line: LogLine) => string {
  return ({ service, time, text }) => `${timestamps && time !== '' ? `${time} ` : ''}${isOfSeveral ? `${service} | ` : ''}${text}\n`;
}

function requestOf(input: JsonObject): LogRequest {
  const moment = (name: 'since' | 'until'): { readonly [moment: string]: string } => (typeof input[name] === 'string' ? { [name]: input[name] } : {});
  return { project: textOf(input, 'project'), services: textsOf(input, 'services'), ...moment('since'), ...moment('until') };
}
