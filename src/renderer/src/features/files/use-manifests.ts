import { useCallback, useEffect, useState } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import type { AppError } from '@shared/kernel/app-error';
import { call, subscribe } from '../../lib/client';
import type { Operation } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { openFilesOf } from './files-store';
import { readAgain } from './use-files';

/** The manifests of a folder, or of its archive. */
export interface Manifests {
  readonly files: OutputOf<'files.manifests'>['files'] | null;
  readonly isWhole: boolean;
  readonly error: AppError | null;
  readonly again: () => void;
}

/** What puts, takes or changes files of the folder. */
const CHANGES = /^(files|gitops|operations)\./;

/** Looked up when it is shown, and again whenever something changed files: here, in a terminal, anywhere. Open ones are read again with it. */
export function useManifests(projectId: string, archived: boolean | null, operations: readonly Operation[] | null): Manifests {
  const [seen, setSeen] = useState(0);
  const ended = operations?.find((operation) => operation.projectId === projectId && CHANGES.test(operation.kind) && operation.finishedAt !== null)?.id ?? '';
  const turn = `${ended} ${String(seen)}`;
  useEffect(() => {
    const again = (): void => setSeen((number) => number + 1);
    window.addEventListener('focus', again);
    const off = subscribe((events) => events.some(({ event }) => event.type === 'gitops.changed' && event.projectId === projectId) && again());
    return () => {
      window.removeEventListener('focus', again);
      off();
    };
  }, [projectId]);
  useEffect(() => {
    for (const open of openFilesOf(projectId).files) if (open.kind === 'manifest' && open.saved !== null) void readAgain(projectId, open.file);
  }, [projectId, turn]);
  const answer = useAnswer(useCallback(async () => ({ turn, list: archived === null ? null : await call('files.manifests', { project: projectId, archived }), archived }), [projectId, archived, turn]));
  const list = answer.value?.archived === archived ? answer.value.list : null;
  return { files: list?.files ?? null, isWhole: list?.isWhole ?? true, error: answer.error, again: answer.again };
}
