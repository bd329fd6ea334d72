import { create } from 'zustand';
import type { Project, Service } from './model';
import { remember, remembered } from './remember';

/** The tabs of the drawer at the bottom of the window. */
export const DRAWER_TABS = ['activity', 'logs', 'terminal'] as const;
export type DrawerTab = (typeof DRAWER_TABS)[number];

/** What the drawer is asked to show. */
export type DrawerRequest = { readonly tab: 'activity'; readonly operation?: string } | { readonly tab: 'logs' | 'terminal'; readonly service?: string };

/** What a panel of the drawer is given. It stays mounted once it was shown: `visible` says whether it can be seen now. */
export interface DrawerPanelProps {
  readonly project: Project;
  readonly services: readonly Service[];
  /** Whose log or shell was asked for last; null: nobody's in particular. */
  readonly service: string | null;
  /** Rises with every request, so that the same one can be asked for again. */
  readonly asked: number;
  readonly visible: boolean;
}

/** The drawer: what it shows, and how high it is. */
export interface DrawerState {
  readonly open: boolean;
  readonly tab: DrawerTab;
  /** Pixels. */
  readonly height: number;
  /** The operation whose steps are shown. */
  readonly operation: string | null;
  readonly services: { readonly logs: string | null; readonly terminal: string | null };
  readonly asked: number;
}

const KEY = 'berth.drawer';
/** The lowest drawer that still shows a few rows. */
export const MIN_DRAWER_HEIGHT = 160;
/** What header, page and status line keep for themselves. */
export const KEPT_ABOVE_DRAWER = 288;
const FIRST_HEIGHT = 280;

/** The highest the drawer may be in a window of this height. */
export function highestDrawer(windowHeight: number): number {
  return Math.max(MIN_DRAWER_HEIGHT, windowHeight - KEPT_ABOVE_DRAWER);
}

/** What was kept of the drawer, as far as it makes sense. */
export function keptDrawer(text: string | null): Pick<DrawerState, 'open' | 'tab' | 'height' | 'operation'> {
  const kept = parsed(text);
  const height = kept['height'];
  return {
    open: kept['open'] === true,
    tab: DRAWER_TABS.find((one) => one === kept['tab']) ?? 'activity',
    height: typeof height === 'number' && Number.isFinite(height) ? Math.max(MIN_DRAWER_HEIGHT, Math.round(height)) : FIRST_HEIGHT,
    operation: typeof kept['operation'] === 'string' ? kept['operation'] : null,
  };
}

function parsed(text: string | null): { readonly [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : {};
  } catch {
    return {};
  }
}

/** The drawer of the window. */
export const useDrawer = create<DrawerState>()(() => ({ ...keptDrawer(remembered(KEY)), services: { logs: null, terminal: null }, asked: 0 }));

function change(part: Partial<DrawerState>): void {
  useDrawer.setState(part);
  const { open, tab, height, operation } = useDrawer.getState();
  remember(KEY, JSON.stringify({ open, tab, height, operation }));
}

/** Opens the drawer on a tab, for an operation or a service where one is meant. */
export function openDrawer(request: DrawerRequest): void {
  const { asked, services, operation } = useDrawer.getState();
  if (request.tab === 'activity') change({ open: true, tab: 'activity', asked: asked + 1, operation: request.operation ?? operation });
  else change({ open: true, tab: request.tab, asked: asked + 1, services: request.service === undefined ? services : { ...services, [request.tab]: request.service } });
}

/** The panel of the terminals has opened what was asked for: showing the drawer again asks for nothing. */
export function takeTerminalRequest(): void {
  useDrawer.setState(({ services }) => ({ services: { ...services, terminal: null } }));
}

export function closeDrawer(): void {
  change({ open: false });
}

/** Opens the drawer where it was left, or closes it. */
export function toggleDrawer(): void {
  const { open, asked } = useDrawer.getState();
  change(open ? { open: false } : { open: true, asked: asked + 1 });
}

/** Shows another tab of the open drawer. */
export function chooseDrawerTab(tab: DrawerTab): void {
  change({ tab });
}

/** The operation whose steps are open in the drawer; null closes them. */
export function showOperationSteps(operation: string | null): void {
  change({ operation });
}

export function setDrawerHeight(height: number): void {
  change({ height });
}
