import { translated } from '../translated';

/** The words of the drawer at the bottom of the window and of the status line beneath it. */
export const drawerWords = translated('drawer', {
  label: 'Drawer',
  tabs: { activity: 'Activity', logs: 'Logs', terminal: 'Terminal' },
  resize: 'Height of the drawer',
  open: 'Open the drawer',
  close: 'Close the drawer',
  line: 'What runs now',
  more: (number: number) => `and ${String(number)} more`,
  nothingYet: 'Nothing happened yet',
} as const);
