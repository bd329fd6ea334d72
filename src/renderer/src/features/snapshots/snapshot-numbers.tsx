import type { ReactElement, ReactNode } from 'react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import { mebibytes, percent } from '../../lib/format';
import { setUi } from '../../lib/store';
import { Ago } from '../../ui/time';
import { lastGood, oldestOf, spaceOf, type SnapshotsStatus } from './snapshots-answer';

/** The numbers behind the sentence. */
export function SnapshotNumbers({ status }: { readonly status: SnapshotsStatus }): ReactElement {
  const { snapshots } = status;
  const [oldest, good, space] = [oldestOf(snapshots), lastGood(snapshots), spaceOf(status)];
  const pinned = snapshots.filter((one) => one.pinned).length;
  const sound = snapshots.filter((one) => one.verified?.ok === true).length;
  return (
    <dl className="snap-numbers" aria-label={words.numbers.label} data-testid="snapshots-numbers">
      <Figure name={words.numbers.count} note={pinned === 0 ? '' : words.numbers.pinned(pinned)}>
        {String(snapshots.length)}
      </Figure>
      <Figure name={words.numbers.oldest}>{oldest === null ? words.numbers.none : <Ago at={oldest.createdAt} />}</Figure>
      <Figure name={words.numbers.lastGood}>{good === null ? words.numbers.none : <Ago at={good.createdAt} />}</Figure>
      <Figure name={words.numbers.holds}>{mebibytes(space.holdsBytes)}</Figure>
      <Figure name={words.numbers.stored} note={space.holdsBytes === 0 ? '' : words.numbers.share(percent(space.storedBytes / space.holdsBytes))}>
        {mebibytes(space.storedBytes)}
      </Figure>
      <Figure name={words.numbers.frees}>
        <button type="button" className="snap-link" data-testid="numbers-frees" onClick={() => setUi({ snapshotsTab: 'space', filter: '' })}>
          {space.freesBytes === null ? words.numbers.unknown : mebibytes(space.freesBytes)}
        </button>
      </Figure>
      <Figure name={words.numbers.verified}>{words.numbers.of(sound, snapshots.length)}</Figure>
    </dl>
  );
}

function Figure({ name, note = '', children }: { readonly name: string; readonly note?: string; readonly children: ReactNode }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {note !== '' && <span className="faint snap-note"> {note}</span>}
      </dd>
    </div>
  );
}
