import type { ReactElement } from 'react';
import { say } from '../locales/say';
import { setUi } from '../lib/store';
import { Dialog } from '../ui/dialog';
import './shortcuts.css';

/** What the keys do. */
export function Shortcuts(): ReactElement {
  const mod = window.berth.platform === 'darwin' ? '⌘' : 'Ctrl ';
  return (
    <Dialog kind="modal" title={say.shortcuts.title} onClose={() => setUi({ shortcuts: false })} testId="shortcuts">
      <dl className="shortcuts">
        {say.shortcuts.rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys.replace('mod+', mod)}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
