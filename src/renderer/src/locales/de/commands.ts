import type { commandsWords } from '../en/commands';
import type { Translation } from '../translated';

export const commands: Translation<typeof commandsWords> = {
  palette: {
    projects: 'Zu einem Projekt gehen',
    recent: 'Zuletzt verwendet',
    all: 'Alle Befehle',
    copy: 'Dasselbe im Terminal',
    copyKey: 'kopiert es',
    closed: (name) => `${name} wieder öffnen`,
  },
  form: {
    loading: 'Befehl wird nachgeschlagen…',
    unknown: 'Diesen Befehl kennt Berth nicht.',
    project: 'Projekt',
    noProject: 'Zuerst ein Projekt öffnen: Dieser Befehl gilt für eines.',
    none: 'Keine Angaben nötig.',
    optional: 'freiwillig',
    onePerLine: 'eines je Zeile',
    unchanged: 'wie es ist',
    range: (from, to) => (from !== null && to !== null ? `${String(from)} bis ${String(to)}` : from !== null ? `mindestens ${String(from)}` : to !== null ? `höchstens ${String(to)}` : ''),
    missing: (names) => `Noch nötig: ${names.join(', ')}.`,
    notNumber: (name) => `${name} ist eine Zahl.`,
    asks: 'Der Knopf ändert sofort etwas.',
    run: 'Ausführen',
    show: 'Zeigen',
    running: 'Läuft…',
    failed: 'Das hat nicht funktioniert',
    result: 'Antwort',
    done: 'Fertig.',
  },
};
