import { useCallback, useEffect, useState } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { call } from '../../lib/client';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import type { ObjectPage } from './object-rows';

const PAGE = 200;

export interface ObjectList {
  /** Null while the first page is on its way. */
  readonly pages: readonly ObjectPage[] | null;
  readonly error: AppError | null;
  readonly hasMore: boolean;
  readonly loadingMore: boolean;
  readonly more: () => void;
  readonly again: () => void;
}

/** What lies beneath a prefix, page by page. Another `revision` reads from the beginning. */
export function useObjects(projectId: string, bucket: string, prefix: string, revision: string): ObjectList {
  const place = JSON.stringify([projectId, bucket, prefix, revision]);
  const first = useAnswer(useCallback(() => call('objects.list', { project: projectId, bucket, prefix, limit: PAGE }).then((page) => ({ page, place: JSON.stringify([projectId, bucket, prefix, revision]) })), [projectId, bucket, prefix, revision]));
  const [rest, setRest] = useState<readonly ObjectPage[]>([]);
  const { working, failure, run, clear } = useAct();
  useEffect(() => setRest([]), [first.value]);
  const current = first.value?.place === place ? first.value.page : null;
  // What was shown stays while the same folder is read again.
  const kept = first.value !== null && first.value.page.bucket === bucket && first.value.page.prefix === prefix ? first.value.page : null;
  const shown = current ?? kept;
  const pages = shown === null ? null : [shown, ...rest];
  const next = pages?.at(-1)?.next ?? null;
  const more = (): void => {
    if (next === null || working) return;
    run(async () => {
      const page = await call('objects.list', { project: projectId, bucket, prefix, after: next, limit: PAGE });
      setRest((before) => (before.length === rest.length ? [...before, page] : before));
    }, clear);
  };
  return { pages, error: first.error ?? failure, hasMore: next !== null, loadingMore: working, more, again: first.again };
}
