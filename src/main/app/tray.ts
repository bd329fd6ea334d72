import { join } from 'node:path';
import { Menu, nativeImage, Tray, type MenuItemConstructorOptions, type NativeImage } from 'electron';
import type { Disposable } from '@shared/kernel/disposable';
import type { TrayAction, TrayIcon, TrayItem, TrayModel } from './tray-model';

/** Draws the model. Systems without a tray area are fine: then there is no icon and nothing else changes. */
export interface TrayView extends Disposable {
  draw(model: TrayModel): void;
}

/** The picture a system wants: a template that macOS colours itself, a file with every size for Windows, elsewhere one for each scale. */
export function trayIconFile(name: TrayIcon, platform: NodeJS.Platform): string {
  return platform === 'darwin' ? `${name}Template.png` : platform === 'win32' ? `${name}.ico` : `${name}.png`;
}

export function createTrayView(options: { readonly iconsDir: string; readonly onAction: (action: TrayAction) => void; readonly onClick: () => void }): TrayView {
  const icons = new Map<TrayIcon, NativeImage>();
  let tray: Tray | null = null;
  let drawn = '';

  function icon(name: TrayIcon): NativeImage {
    const known = icons.get(name);
    if (known !== undefined) return known;
    const image = nativeImage.createFromPath(join(options.iconsDir, 'tray', trayIconFile(name, process.platform)));
    if (process.platform === 'darwin') image.setTemplateImage(true);
    icons.set(name, image);
    return image;
  }

  function entry(item: TrayItem): MenuItemConstructorOptions {
    if (item.kind === 'separator') return { type: 'separator' };
    const action = item.action;
    return {
      id: item.id,
      label: item.label,
      type: item.kind,
      enabled: item.enabled,
      ...(item.kind === 'radio' ? { checked: item.checked } : {}),
      ...(item.kind === 'submenu' ? { submenu: item.items.map(entry) } : {}),
      ...(action === null ? {} : { click: () => options.onAction(action) }),
    };
  }

  return {
    draw(model) {
      // Rebuilding an open menu closes it on some systems: only when something differs.
      const text = JSON.stringify(model);
      if (text === drawn) return;
      drawn = text;
      try {
        if (tray === null) {
          tray = new Tray(icon(model.icon));
          tray.on('click', options.onClick);
        } else tray.setImage(icon(model.icon));
        tray.setToolTip(model.tooltip);
        tray.setContextMenu(Menu.buildFromTemplate(model.items.map(entry)));
      } catch {
        tray = null;
      }
    },
    dispose() {
      tray?.destroy();
      tray = null;
    },
  };
}
