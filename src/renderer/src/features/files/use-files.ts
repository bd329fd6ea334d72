import { useCallback, useEffect, useMemo, useState } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import type { AppError } from '@shared/kernel/app-error';
import { call, callExact, toAppError } from '../../lib/client';
import { useStore } from '../../lib/store';
import { useAnswer } from '../../lib/use-answer';
import { failedToRead, openFilesOf, textOf, tookRead, type ListedFile, type OpenFile } from './files-store';

export type FileCheck = OutputOf<'files.check'>;

/** Long enough that nobody types in between, short enough to feel immediate. */
const CHECK_AFTER_MS = 250;

/** The files of a project, asked for again whenever one of them changed; those that are open are read again with it. */
export function useProjectFiles(projectId: string): { readonly files: readonly ListedFile[] | null; readonly error: AppError | null; readonly again: () => void } {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  const answer = useAnswer(useCallback(() => call('files.list', { project: projectId }).then((files) => ({ files, revision })), [projectId, revision]));
  const files = answer.value?.files ?? null;
  useEffect(() => {
    if (files === null) return;
    for (const open of openFilesOf(projectId).files) {
      const listed = files.find((one) => one.file === open.file);
      if (open.error !== null || open.saved === null || (listed !== undefined && (listed.sha256 ?? 'none') !== open.saved.sha256)) void readAgain(projectId, open.file);
    }
  }, [projectId, files]);
  return { files, error: answer.error, again: answer.again };
}

/** Reads an open file once more; its draft stays. */
export async function readAgain(projectId: string, file: string): Promise<void> {
  try {
    tookRead(projectId, file, await callExact('files.read', { project: projectId, file }));
  } catch (error) {
    failedToRead(projectId, file, toAppError(error));
  }
}

/** What the checks say of a text as it is typed. The last answer stays until the next is there. */
export interface LiveCheck {
  readonly check: FileCheck | null;
  readonly failed: AppError | null;
  readonly checking: boolean;
}

interface Answered {
  readonly file: string;
  readonly text: string;
  readonly revision: number;
  readonly check: FileCheck | null;
  readonly failed: AppError | null;
}

/** Asks a moment after the last key. */
export function useLiveCheck(projectId: string, open: OpenFile | null): LiveCheck {
  const revision = useStore((state) => state.model.revisions[projectId] ?? 0);
  const [answer, setAnswer] = useState<Answered | null>(null);
  const file = open?.file ?? null;
  const text = open === null || open.saved === null ? null : textOf(open);
  useEffect(() => {
    if (file === null || text === null) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      call('files.check', { project: projectId, file, text }).then(
        (check) => current && setAnswer({ file, text, revision, check, failed: null }),
        (error: unknown) => current && setAnswer({ file, text, revision, check: null, failed: toAppError(error) }),
      );
    }, CHECK_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [projectId, file, text, revision]);
  return useMemo(() => {
    const own = answer !== null && answer.file === file ? answer : null;
    return { check: own?.check ?? null, failed: own?.failed ?? null, checking: text !== null && (own === null || own.text !== text) };
  }, [answer, file, text]);
}
