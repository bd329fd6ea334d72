import type { ReactElement } from 'react';
import { machineWords as words } from '../../locales/en/machine';
import { sectionId } from './setting-list';

/** The sections at the left; a click goes there. */
export function SettingsIndex({ sections }: { readonly sections: readonly { readonly id: string; readonly title: string }[] }): ReactElement {
  const go = (id: string): void => {
    const section = document.getElementById(sectionId(id));
    section?.scrollIntoView({ block: 'start' });
    section?.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true });
  };
  return (
    <nav className="settings-index" aria-label={words.index} data-testid="settings-index">
      <ul>
        {sections.map(({ id, title }) => (
          <li key={id}>
            <button type="button" onClick={() => go(id)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
