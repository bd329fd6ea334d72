import type { ReactElement } from 'react';
import { TriangleAlert } from 'lucide-react';
import { storageWords as words } from '../../locales/en/storage';
import type { StorageStatus } from './storage-answer';

/** Where nothing can be mounted: why, and what takes its place. */
export function FuseNotice({ fuse }: { readonly fuse: StorageStatus['fuse'] }): ReactElement {
  return (
    <div className="storage-notice" role="note" data-testid="fuse-notice">
      <TriangleAlert size={16} aria-hidden="true" />
      <div className="selectable">
        <strong>{words.mounts.impossible}</strong>
        <p>{fuse.reason}</p>
        <p>{fuse.instead}</p>
      </div>
    </div>
  );
}
