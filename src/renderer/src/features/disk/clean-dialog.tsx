import { useCallback, useMemo, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { mebibytes } from '../../lib/format';
import { runOperation } from '../../lib/run-operation';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';

type DiskItem = OutputOf<'disk.show'>['items'][number];

/** What a clean-up would free, worked out by the engine's side, and the button that does exactly that. */
export function CleanDialog({ items, onClose }: { readonly items: readonly DiskItem[]; readonly onClose: (cleaned: boolean) => void }): ReactElement {
  const ids = useMemo(() => items.map((item) => item.id), [items]);
  // The ids as one word: the list of items is read again whenever the page is.
  const key = ids.join('\n');
  const { value, error, again } = useAnswer(useCallback(() => runOperation('disk.clean', { items: key.split('\n'), dryRun: true }), [key]));
  const kept = Array.isArray(value?.['kept']) ? value['kept'].map(String) : [];
  const freed = typeof value?.['freedBytes'] === 'number' ? value['freedBytes'] : 0;
  const going = items.filter((item) => !kept.includes(item.id));

  return (
    <ConfirmDialog
      testId="clean-dialog"
      title={value === null ? say.disk.measuring : say.disk.frees(mebibytes(freed))}
      lead={say.disk.gone}
      confirm={say.disk.clean(going.length)}
      working={say.disk.cleaning}
      confirmTestId="clean-confirm"
      ready={value !== null && going.length > 0}
      act={() => runOperation('disk.clean', { items: going.map((item) => item.id) })}
      onDone={() => onClose(true)}
      onClose={() => onClose(false)}
    >
      {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
      {value === null && error === null && <Skeleton rows={3} height={24} label={say.disk.measuring} />}
      {value !== null && (
        <ul className="clean-items">
          {items.map((item) => (
            <li key={item.id}>
              <span className="dim">{say.disk.kinds[item.kind]}</span>
              <span className="ellipsis selectable" title={item.name}>
                {item.name}
              </span>
              <span className="disk-size">{kept.includes(item.id) ? say.disk.kept : mebibytes(item.sizeBytes)}</span>
            </li>
          ))}
        </ul>
      )}
    </ConfirmDialog>
  );
}
