import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { AppWords } from './words/words';

/** The application menu: what a system expects (copy, zoom, window), nothing that changes a project. */
export function installMenu(developer: boolean, { menu }: AppWords): void {
  const mac = process.platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? ([{ role: 'appMenu' }] as const) : []),
    ...(mac ? [] : [{ label: menu.file, submenu: [{ role: 'quit' as const, label: menu.quit }] }]),
    {
      label: menu.edit,
      submenu: [{ role: 'undo', label: menu.undo }, { role: 'redo', label: menu.redo }, separator, { role: 'cut', label: menu.cut }, { role: 'copy', label: menu.copy }, { role: 'paste', label: menu.paste }, { role: 'selectAll', label: menu.selectAll }],
    },
    {
      label: menu.view,
      submenu: [
        { role: 'resetZoom', label: menu.actualSize },
        { role: 'zoomIn', label: menu.zoomIn },
        { role: 'zoomOut', label: menu.zoomOut },
        separator,
        { role: 'togglefullscreen', label: menu.fullScreen },
        ...(developer ? [separator, { role: 'reload' as const }, { role: 'toggleDevTools' as const }] : []),
      ],
    },
    { role: 'windowMenu', label: menu.window, ...(mac ? {} : { submenu: [{ role: 'minimize', label: menu.minimize }, { role: 'close', label: menu.close }] }) },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
