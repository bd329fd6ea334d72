import { join } from 'node:path';
import type { Finding } from '@shared/domain/findings/finding';
import { AppError } from '@shared/kernel/app-error';
import { ChildWorker, ChildWorkerError, type ChildSpawner } from '../child-worker';
import { resourcesFolder, workerEntry } from '../entries';
import type { Comparison, ReaderAnswer, ReaderRequest, ValidatedFolder } from './reader-protocol';

/** Reads single manifests, and checks folders of them, in a process that may die of them. */
export interface ManifestReader {
  /** Rejects with `file-unreadable`. */
  compare(dir: string, left: string, right: string): Promise<Comparison>;
  /** `kubernetes`: a version as 1.36; null for the newest known. Rejects with `file-unreadable` and `input-invalid`. */
  validate(dir: string, kubernetes: string | null): Promise<ValidatedFolder>;
  /** Errors that every known version of Kubernetes would find in a text of manifests; none where it is none. Custom resources are left alone. */
  check(path: string, text: string): Promise<readonly Finding[]>;
  close(): void;
}

const MEMORY_MIB = 512;
/** 20,000 manifests take some ten seconds. */
const DEADLINE_MS = 30_000;

/** Makes the reader; its process is started with the first question. */
export function createManifestReader(spawn: ChildSpawner | undefined, entry = workerEntry('manifest-reader')): ManifestReader {
  const worker = new ChildWorker({ entry, name: 'Berth manifest reader', memoryMiB: MEMORY_MIB, deadlineMs: DEADLINE_MS, startDeadlineMs: 20_000, spawn });
  const schemaFile = join(resourcesFolder(), 'kubernetes', 'schemas.json.gz');
  const ask = async (request: ReaderRequest): Promise<Exclude<ReaderAnswer, { error: unknown }>> => {
    const text = await worker.request(Buffer.from(JSON.stringify(request))).catch((error: unknown) => {
      throw error instanceof ChildWorkerError ? broken(error, request) : error;
    });
    const answer = JSON.parse(text) as ReaderAnswer;
    if ('error' in answer) throw new AppError(answer.error.code, answer.error.message, { hint: answer.error.hint, where: answer.error.where });
    return answer;
  };
  return {
    compare: async (dir, left, right) => {
      const answer = await ask({ work: 'compare', dir, left, right, schemaFile });
      if ('compared' in answer) return answer.compared;
      throw new Error('The reader answered something else.');
    },
    validate: async (dir, kubernetes) => {
      const answer = await ask({ work: 'validate', dir, kubernetes, schemaFile });
      if ('validated' in answer) return answer.validated;
      throw new Error('The reader answered something else.');
    },
    check: async (path, text) => {
      const answer = await ask({ work: 'check', path, text, schemaFile });
      if ('checked' in answer) return answer.checked;
      throw new Error('The reader answered something else.');
    },
    close: () => {
      worker.close();
    },
  };
}

function broken(error: ChildWorkerError, request: ReaderRequest): AppError {
  if (error.reason === 'closed') return new AppError('cancelled', 'Berth is closing.');
  const what = request.work === 'compare' ? `${request.left} and ${request.right} cannot be compared` : request.work === 'check' ? `${request.path} cannot be checked` : `The folder ${request.dir} cannot be checked`;
  const why = error.reason === 'deadline' ? 'reading took more than 30 seconds' : 'reading took too much memory';
  return new AppError('file-unreadable', `${what}: ${why}.`, { hint: 'berth gitops scan says which files of a folder cannot be read.' });
}
