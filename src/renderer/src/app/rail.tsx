import type { ReactElement } from 'react';
import { Archive, Boxes, FileCode, FolderTree, HardDrive, History, House, Settings, TriangleAlert } from 'lucide-react';
import { say } from '../locales/say';
import { goTo, PAGES, type Page } from '../lib/store';
import './rail.css';

const ICONS = { home: House, project: Boxes, conflicts: TriangleAlert, storage: HardDrive, workspaces: FolderTree, snapshots: Archive, files: FileCode, activity: History, settings: Settings };

/** The pages. Only those that exist are here. */
export function Rail({ page, conflicts }: { readonly page: Page; readonly conflicts: number }): ReactElement {
  return (
    <nav className="rail" aria-label={say.nav.label}>
      {PAGES.map((one) => {
        const Icon = ICONS[one];
        const badge = one === 'conflicts' && conflicts > 0;
        return (
          <button key={one} type="button" className="rail-item" data-testid={`nav-${one}`} aria-current={page === one ? 'page' : undefined} title={say.pages[one]} onClick={() => goTo(one)}>
            <span className="rail-icon">
              <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
            </span>
            <span className="rail-word">{say.pages[one]}</span>
            {badge && (
              <span className="rail-badge">
                <span data-testid="conflict-count">{conflicts}</span>
                <span className="hidden-text"> {say.nav.toLookAt}</span>
              </span>
            )}
          </button>
        );
      })}
    </nav>
  );
}
