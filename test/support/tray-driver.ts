import { answered, type RunningApp } from './electron-app';
import type { News } from '../../src/main/app/news';
import type { TrayItem, TrayModel } from '../../src/main/app/tray-model';

/** What the app offers of its tray while BERTH_TEST is 1. */
interface TestTray {
  model(): TrayModel;
  click(id: string): Promise<void>;
  notifications(): readonly News[];
  openNotification(index: number): void;
  actOnNotification(index: number, at: number): Promise<void>;
}

type Holder = { readonly berthTray?: TestTray };

/** The tray of a running app: systems without a tray area have the same model and the same click handlers. */
export interface TrayDriver {
  /** Resolves once there is a tray. */
  ready(): Promise<void>;
  model(): Promise<TrayModel>;
  item(id: string): Promise<TrayItem | undefined>;
  click(id: string): Promise<void>;
  notifications(): Promise<readonly News[]>;
  openNotification(index: number): Promise<void>;
  /** A click on one of its buttons, by its place. */
  actOnNotification(index: number, at: number): Promise<void>;
}

export function trayDriver({ app }: Pick<RunningApp, 'app'>): TrayDriver {
  const model = (): Promise<TrayModel> => answered(() => app.evaluate(() => (globalThis as unknown as Required<Holder>).berthTray.model()));
  return {
    async ready() {
      while (!(await answered(() => app.evaluate(() => (globalThis as unknown as Holder).berthTray !== undefined))));
    },
    model,
    item: async (id) => (await model()).items.flatMap((one) => [one, ...one.items]).find((one) => one.id === id),
    click: (id) => app.evaluate((_electron, item) => (globalThis as unknown as Required<Holder>).berthTray.click(item), id),
    notifications: () => answered(() => app.evaluate(() => (globalThis as unknown as Required<Holder>).berthTray.notifications())),
    actOnNotification: (index, at) => app.evaluate((_electron, [news, button]) => (globalThis as unknown as Required<Holder>).berthTray.actOnNotification(news, button), [index, at] as const),
    openNotification: (index) => app.evaluate((_electron, at) => (globalThis as unknown as Required<Holder>).berthTray.openNotification(at), index),
  };
}
