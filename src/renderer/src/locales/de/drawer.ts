import type { drawerWords } from '../en/drawer';
import type { Translation } from '../translated';
import { gruppiert } from './numbers';

export const drawer: Translation<typeof drawerWords> = {
  label: 'Leiste unten',
  tabs: { activity: 'Aktivität', logs: 'Logs', terminal: 'Terminal' },
  resize: 'Höhe der Leiste',
  open: 'Leiste öffnen',
  close: 'Leiste schließen',
  line: 'Was gerade läuft',
  more: (number) => `und ${gruppiert(number)} weitere`,
  nothingYet: 'Noch nichts geschehen',
};
