import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import { filesWords as words } from '../../locales/en/files';
import { Button } from '../../ui/button';
import { CompareCode } from '../../ui/code/compare-code';
import { Dialog } from '../../ui/dialog';
import type { FileKind } from './files-store';

/** Two texts of one file, compared. */
export function CompareDialog({ name, kind, disk, mine, onClose }: { readonly name: string; readonly kind: FileKind; readonly disk: string; readonly mine: string; readonly onClose: () => void }): ReactElement {
  return (
    <Dialog kind="sheet" testId="compare-dialog" title={words.compare.title(name)} onClose={onClose} footer={<><span className="grow" /><Button onClick={onClose}>{say.actions.close}</Button></>}>
      <CompareCode kind={kind} left={{ label: words.compare.disk, text: disk, meaning: null }} right={{ label: words.compare.mine, text: mine, meaning: null }} />
    </Dialog>
  );
}
