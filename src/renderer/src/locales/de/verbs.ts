import type { verbsWords } from '../en/verbs';
import type { Translation } from '../translated';

export const verbs: Translation<typeof verbsWords> = {
  up: 'Anlegen und starten',
  pull: 'Image holen',
  scaleItem: 'Skalieren…',
  removeItem: 'Entfernen…',
  count: 'Container',
  loading: 'Es wird nachgesehen, was das bedeutet…',
  nothing: 'Es gibt nichts zu tun.',
  volumeGoes: (service, target) => `Was ${service} in ${target} ablegt, geht mit: Dieses Volume hat keinen Namen.`,
  remove: { title: 'Container entfernen', lead: 'Sie werden gestoppt und entfernt. Volumes mit Namen, Netze, Images und Dateien bleiben.', confirm: 'Entfernen' },
  scale: { title: 'Dienst skalieren', lead: 'So viele Container laufen von ihm, bis der nächste Wechsel zu dem zurückkehrt, was in den Dateien steht.', confirm: 'Skalieren' },
};
