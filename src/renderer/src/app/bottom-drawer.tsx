import { lazy, Suspense, useEffect, useRef, useState, type ReactElement, type RefObject } from 'react';
import { X } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { drawerWords } from '../locales/en/drawer';
import { say } from '../locales/say';
import { chooseDrawerTab, closeDrawer, highestDrawer, MIN_DRAWER_HEIGHT, setDrawerHeight, useDrawer, type DrawerTab } from '../lib/drawer';
import type { Project, Service } from '../lib/model';
import { useStore } from '../lib/store';
import { useVisible } from '../lib/use-visible';
import { IconButton } from '../ui/button';
import { DrawerGrip } from '../ui/drawer-grip';
import { Skeleton } from '../ui/empty-state';
import { ActivityPanel } from '../features/operations/activity-panel';
import './bottom-drawer.css';

// A log brings its table, a terminal its emulator: each comes with its first look.
const LogsPanel = lazy(async () => ({ default: (await import('../features/logs/logs-panel')).LogsPanel }));
const TerminalPanel = lazy(async () => ({ default: (await import('../features/terminal/terminal-panel')).TerminalPanel }));

interface BottomDrawerProps {
  readonly tabs: readonly DrawerTab[];
  readonly project: Project | null;
  readonly services: readonly Service[];
}

/** Activity, logs and terminals beneath any page. What was shown once stays: a shell goes on while the drawer is closed. */
export function BottomDrawer({ tabs, project, services }: BottomDrawerProps): ReactElement {
  const drawer = useDrawer();
  const operations = useStore((state) => state.model.operations);
  const projects = useStore((state) => state.model.projects);
  const onScreen = useVisible();
  const section = useFocus(drawer.open, drawer.asked);
  const tab = tabs.includes(drawer.tab) ? drawer.tab : 'activity';
  const [seen, setSeen] = useState<readonly DrawerTab[]>([tab]);
  if (!seen.includes(tab)) setSeen([...seen, tab]);

  return (
    <section ref={section} className="bottom-drawer" style={{ height: drawer.height }} hidden={!drawer.open} aria-label={drawerWords.label} data-testid="bottom-drawer">
      <DrawerGrip height={drawer.height} lowest={MIN_DRAWER_HEIGHT} highest={() => highestDrawer(window.innerHeight)} onChange={setDrawerHeight} label={drawerWords.resize} />
      <Tabs.Root className="bottom-drawer-body" value={tab} onValueChange={(next) => chooseDrawerTab(tabs.find((one) => one === next) ?? 'activity')}>
        <header className="bottom-drawer-head">
          <Tabs.List className="bottom-drawer-tabs" aria-label={drawerWords.label}>
            {tabs.map((one) => (
              <Tabs.Trigger key={one} value={one} data-testid={`drawer-${one}`}>
                {drawerWords.tabs[one]}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <span className="grow" />
          <IconButton label={drawerWords.close} onClick={closeDrawer} data-testid="bottom-drawer-close">
            <X size={15} />
          </IconButton>
        </header>
        {tabs.map((one) => (
          <Tabs.Content key={one} className="bottom-drawer-panel" value={one} forceMount hidden={one !== tab} tabIndex={-1}>
            {seen.includes(one) && <Suspense fallback={<Skeleton rows={4} label={say.boot.loading} />}>{panel(one)}</Suspense>}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </section>
  );

  function panel(one: DrawerTab): ReactElement | null {
    const visible = drawer.open && one === tab && onScreen;
    if (one === 'activity') return <ActivityPanel operations={operations} projects={projects} operation={drawer.operation} asked={drawer.asked} />;
    const Panel = one === 'logs' ? LogsPanel : TerminalPanel;
    return project === null ? null : <Panel project={project} services={services} service={drawer.services[one]} asked={drawer.asked} visible={visible} />;
  }
}

/** Opening takes the focus into the drawer, closing gives it back to where it came from. */
function useFocus(open: boolean, asked: number): RefObject<HTMLElement | null> {
  const section = useRef<HTMLElement>(null);
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    const drawer = section.current;
    if (drawer === null || asked === 0) return;
    const focused = document.activeElement;
    if (open) {
      if (drawer.contains(focused)) return;
      opener.current = focused;
      drawer.querySelector<HTMLElement>('[role="tab"][data-state="active"]')?.focus();
    } else if (focused === document.body || focused === null || drawer.contains(focused)) {
      const back = opener.current?.isConnected === true && opener.current !== document.body ? opener.current : document.querySelector('[data-testid="drawer-toggle"]');
      if (back instanceof HTMLElement) back.focus();
    }
  }, [open, asked]);
  return section;
}
