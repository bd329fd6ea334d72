import type { settingsWords } from '../en/settings';
import type { Translation } from '../translated';
import { anzahl } from './numbers';

export const settings: Translation<typeof settingsWords> = {
  settings: {
    sentence: 'Wie Berth aussieht und womit es arbeitet',
    endpoint: 'Endpunkt',
    version: 'Version',
    state: 'Status',
    states: { connecting: 'wird gesucht', connected: 'verbunden', unreachable: 'antwortet nicht' },
    projects: 'Projekte',
    forget: 'Entfernen',
    forgetHint: 'Entfernt das Projekt nur aus dieser Liste. Container, Volumes und Dateien bleiben.',
    trusted: 'vertraut',
    notTrusted: 'noch nicht vertraut',
    about: 'Über',
    appVersion: 'Berth',
    stateDir: 'Statusordner',
    noProjects: 'Kein Projekt ist offen.',
    choices: { system: 'System', light: 'Hell', dark: 'Dunkel', more: 'Mehr', all: 'Alles Beendete', failures: 'Misslungenes', none: 'Nichts', en: 'English', zh: '中文', de: 'Deutsch', on: 'An', off: 'Aus' },
    groups: { window: 'Allgemein', engine: 'Engine', editor: 'Editor', updates: 'Updates', watch: 'Hintergrundarbeit', heal: 'Selbstheilung', operations: 'Beendete Vorgänge', changes: 'Test, Übernahme', workspaces: 'Workspaces', api: 'Lokale API', alerts: 'Alarme', other: 'Weiteres' },
    filter: 'Einstellungen filtern',
    nothingMatches: (filter) => `Keine Einstellung passt zu „${filter}“`,
    clearFilter: 'Filter leeren',
    failed: 'Einstellungen nicht lesbar',
    changed: (number) => (number === 0 ? 'Alle Einstellungen haben ihren Standardwert' : `${anzahl(number, 'Einstellung weicht', 'Einstellungen weichen')} vom Standard ab`),
    may: (range, initial) => (range === '' ? `Standard: ${initial}` : `${range}, Standard ${initial}`),
    reset: (title, initial) => `${title}: zurück zum Standard, ${initial}`,
    on: 'an',
    off: 'aus',
  },
};
