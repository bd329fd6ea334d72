import type { ReactElement } from 'react';
import { OctagonAlert } from 'lucide-react';
import { snapshotsWords as words } from '../../locales/en/snapshots';
import type { SnapshotsStatus } from './snapshots-answer';

/** Snapshots whose manifest cannot be read: said above the others, with what is damaged. */
export function DamagedNotice({ damaged }: Pick<SnapshotsStatus, 'damaged'>): ReactElement | null {
  if (damaged.length === 0) return null;
  return (
    <div className="snap-damaged" role="alert" data-testid="snapshots-damaged">
      <OctagonAlert size={16} aria-hidden="true" />
      <div className="grow selectable">
        <strong>{words.damaged.title(damaged.length)}</strong>
        <p className="dim">{words.damaged.text}</p>
        <ul>
          {damaged.map((one) => (
            <li key={`${one.object} ${one.part}`} className="mono ellipsis" title={one.object}>
              {one.object}
              {one.part !== '' && <span className="faint"> {one.part}</span>}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
