import { vi } from 'vitest';
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

/** While an operation runs, and until what it left was looked at, most items cannot be clicked. */
const CLICKABLE_MS = 60_000;

type Holder = { readonly berthTray?: TestTray };

/** The tray of a running app: systems without a tray area have the same model and the same click handlers. */
export interface TrayDriver {
  /** Resolves once there is a tray. */
  ready(): Promise<void>;
  model(): Promise<TrayModel>;
  item(id: string): Promise<TrayItem | undefined>;
  /** Waits until the item can be clicked, as a person does. */
  click(id: string): Promise<void>;
  notifications(): Promise<readonly News[]>;
  openNotification(index: number): Promise<void>;
  /** A click on one of its buttons, by its place. */
  actOnNotification(index: number, at: number): Promise<void>;
}

export function trayDriver({ app }: Pick<RunningApp, 'app'>): TrayDriver {
  const model = (): Promise<TrayModel> => answered(() => app.evaluate(() => (globalThis as unknown as Required<Holder>).berthTray.model()));
  const item: TrayDriver['item'] = async (id) => (await model()).items.flatMap((one) => [one, ...one.items]).find((one) => one.id === id);
  return {
    async ready() {
      while (!(await answered(() => app.evaluate(() => (globalThis as unknown as Holder).berthTray !== undefined))));
    },
    model,
    item,
    async click(id) {
      await vi.waitFor(async () => {
        if ((await item(id))?.enabled !== true) throw new Error(`The item ${id} of the tray cannot be clicked.`);
      }, { timeout: CLICKABLE_MS, interval: 100 });
      await app.evaluate((_electron, clicked) => (globalThis as unknown as Required<Holder>).berthTray.click(clicked), id);
    },
    notifications: () => answered(() => app.evaluate(() => (globalThis as unknown as Required<Holder>).berthTray.notifications())),
    actOnNotification: (index, at) => app.evaluate((_electron, [news, button]) => (globalThis as unknown as Required<Holder>).berthTray.actOnNotification(news, button), [index, at] as const),
    openNotification: (index) => app.evaluate((_electron, at) => (globalThis as unknown as Required<Holder>).berthTray.openNotification(at), index),
  };
}
