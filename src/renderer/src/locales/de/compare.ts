import type { compareWords } from '../en/compare';
import type { Translation } from '../translated';
import { anzahl } from './numbers';

export const compare: Translation<typeof compareWords> = {
  how: 'Wie der Unterschied gezeigt wird',
  text: 'Text',
  meaning: 'Bedeutung',
  side: 'Nebeneinander',
  unified: 'Untereinander',
  layout: 'Anordnung',
  same: 'Kein Unterschied',
  sameText: 'Beide sind Zeichen für Zeichen gleich.',
  sameMeaning: 'Nur Reihenfolge, Kommentare und Schreibweise unterscheiden sich: beide bedeuten dasselbe.',
  differs: (places) => `${anzahl(places, 'Stelle ist', 'Stellen sind')} verschieden`,
  previous: 'Vorheriger Unterschied (Umschalt+F7)',
  next: 'Nächster Unterschied (F7)',
  loading: 'Wird verglichen…',
  unchanged: '$ unveränderte Zeilen',
  merge: {
    result: 'Was geschrieben wird',
    open: (number) => `${anzahl(number, 'Konflikt ist', 'Konflikte sind')} nicht entschieden`,
    decided: 'Alle Konflikte sind entschieden',
    take: (side) => `${side} nehmen`,
    both: 'Beides nehmen',
    conflict: (number, of) => `Konflikt ${String(number)} von ${String(of)}`,
    next: 'Nächster Konflikt',
    restart: 'Von vorn',
  },
};
