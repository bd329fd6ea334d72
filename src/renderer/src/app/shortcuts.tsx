import type { ReactElement } from 'react';
import { say } from '../locales/say';
import { keyWords } from '../lib/key-words';
import { PAGES, setUi, useStore, type Page } from '../lib/store';
import { Dialog } from '../ui/dialog';
import './shortcuts.css';

/** What the keys do: first those of the page one is on. */
export function Shortcuts(): ReactElement {
  const page = useStore((state) => state.ui.page);
  const groups = [page, 'everywhere' as const, 'lists' as const, ...PAGES.filter((one) => one !== page)];
  return (
    <Dialog kind="modal" title={say.shortcuts.title} onClose={() => setUi({ shortcuts: false })} testId="shortcuts">
      {/* With the focus in it the list is scrolled by keys. */}
      <div tabIndex={0} role="group" aria-label={say.shortcuts.title}>
        {groups.map((group) => (
          <Group key={group} group={group} />
        ))}
      </div>
    </Dialog>
  );
}


function Group({ group }: { readonly group: Page | 'everywhere' | 'lists' }): ReactElement | null {
  const rows = say.shortcuts.rows[group] ?? [];
  if (rows.length === 0) return null;
  const title = group === 'everywhere' || group === 'lists' ? say.shortcuts[group] : say.shortcuts.onPage(say.pages[group]);
  return (
    <section className="shortcuts" aria-label={title}>
      <h2>{title}</h2>
      <dl>
        {rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split('  ').map((key) => (
                <kbd key={key}>{keyWords(key)}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
