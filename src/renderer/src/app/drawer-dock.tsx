import { lazy, Suspense, useEffect, useState, type ReactElement } from 'react';
import { ChevronUp } from 'lucide-react';
import { drawerWords } from '../locales/en/drawer';
import { say } from '../locales/say';
import { lineOperation } from '../lib/activity';
import { DRAWER_TABS, openDrawer, toggleDrawer, closeDrawer, useDrawer, type DrawerTab } from '../lib/drawer';
import { isFinal, type Operation, type Project, type Service } from '../lib/model';
import { useStore } from '../lib/store';
import { keysAreTaken } from '../lib/use-row-keys';
import { IconButton } from '../ui/button';
import { ProgressBar } from '../ui/progress-bar';
import { operationMark, StateMark } from '../ui/state-mark';
import { Ago } from '../ui/time';
import './drawer-dock.css';

// The status line is all that a start shows of it.
const BottomDrawer = lazy(async () => ({ default: (await import('./bottom-drawer')).BottomDrawer }));

interface DrawerDockProps {
  readonly project: Project | null;
  readonly services: readonly Service[];
}

/** The foot of the window: the drawer, once it was opened, and the line that says what runs. */
export function DrawerDock({ project, services }: DrawerDockProps): ReactElement {
  const open = useDrawer((drawer) => drawer.open);
  const [wanted, setWanted] = useState(open);
  useDrawerKeys();
  if (open && !wanted) setWanted(true);
  const tabs = DRAWER_TABS.filter((tab) => tab === 'activity' || project !== null);
  return (
    <>
      <Suspense fallback={null}>{wanted && <BottomDrawer tabs={tabs} project={project} services={services} />}</Suspense>
      <StatusLine tabs={tabs} />
    </>
  );
}

function StatusLine({ tabs }: { readonly tabs: readonly DrawerTab[] }): ReactElement {
  const { open, tab: shown } = useDrawer();
  const operations = useStore((state) => state.model.operations);
  const line = lineOperation(operations);
  return (
    <footer className="status-line" data-testid="status-line" aria-label={drawerWords.line}>
      {line === null ? <span className="status-line-empty grow">{operations === null ? '' : drawerWords.nothingYet}</span> : <LineOperation operation={line.operation} more={line.more} />}
      {tabs.map((tab) => (
        <button key={tab} type="button" className="status-line-tab" aria-pressed={open && shown === tab} data-testid={`line-${tab}`} onClick={() => (open && shown === tab ? closeDrawer() : openDrawer({ tab }))}>
          {drawerWords.tabs[tab]}
        </button>
      ))}
      <IconButton className="status-line-toggle" label={open ? drawerWords.close : drawerWords.open} aria-expanded={open} data-testid="drawer-toggle" onClick={toggleDrawer}>
        <ChevronUp size={14} />
      </IconButton>
    </footer>
  );
}

/** What runs, else what ended last; a click shows its steps. */
function LineOperation({ operation, more }: { readonly operation: Operation; readonly more: number }): ReactElement {
  const ended = isFinal(operation);
  const what = ended ? say.activity.states[operation.state] : operation.progress.message;
  return (
    <button type="button" className="status-line-operation grow" data-testid="line-operation" data-state={operation.state} onClick={() => openDrawer({ tab: 'activity', operation: operation.id })}>
      <StateMark mark={operationMark(operation.state)} />
      <span className="status-line-title ellipsis">{operation.title}</span>
      {what !== '' && <span className="status-line-what ellipsis">{what}</span>}
      {!ended && <ProgressBar operation={operation} />}
      {ended && <Ago at={operation.finishedAt ?? operation.createdAt} />}
      {more > 0 && <span className="status-line-more">{drawerWords.more(more)}</span>}
    </button>
  );
}

/** Ctrl+J and ` open and close the drawer; Esc closes it where nothing nearer takes it. */
function useDrawerKeys(): void {
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const toggles = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'j';
      if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
      if (toggles || (event.key === '`' && !keysAreTaken(event))) toggleDrawer();
      else if (event.key === 'Escape' && !keysAreTaken(event) && useDrawer.getState().open && !belongsToPage(event)) closeDrawer();
      else return;
      event.preventDefault();
    }
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

/** A service that is open on the page is closed first, unless the focus is in the drawer. */
function belongsToPage(event: KeyboardEvent): boolean {
  const inDrawer = event.target instanceof Element && event.target.closest('[data-testid="bottom-drawer"]') !== null;
  return !inDrawer && useStore.getState().ui.service !== null;
}
