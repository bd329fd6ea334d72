import { translated } from '../translated';
import { count } from '../../lib/format';

/** The words of the settings page. */
export const settingsWords = translated('settings', {
  settings: {
    sentence: 'How Berth looks and what it works with',
    endpoint: 'Endpoint',
    version: 'Version',
    state: 'State',
    states: { connecting: 'looking for it', connected: 'connected', unreachable: 'does not answer' },
    projects: 'Projects',
    forget: 'Forget',
    forgetHint: 'Forgetting removes the project from this list. Containers, volumes and files stay.',
    trusted: 'trusted',
    notTrusted: 'not trusted yet',
    about: 'About',
    appVersion: 'Berth',
    stateDir: 'State folder',
    noProjects: 'No project is open.',
    // A language is named in itself, so that it is found from any other.
    choices: { system: 'System', light: 'Light', dark: 'Dark', more: 'More', all: 'All that ended', failures: 'What went wrong', none: 'Nothing', en: 'English', zh: '中文', de: 'Deutsch', on: 'On', off: 'Off' } as { readonly [choice: string]: string },
    groups: { window: 'General', engine: 'Engine', editor: 'Editor', updates: 'Updates', watch: 'Background work', heal: 'Healing', operations: 'Ended operations', changes: 'Test and deploy', workspaces: 'Workspaces', api: 'Local API', alerts: 'Alerts', other: 'More' },
    filter: 'Filter settings',
    nothingMatches: (filter: string) => `No setting matches “${filter}”`,
    clearFilter: 'Clear the filter',
    failed: 'The settings could not be read',
    changed: (number: number) => (number === 0 ? 'Every setting is at its default' : `${count(number, 'setting')} not at ${number === 1 ? 'its' : 'their'} default`),
    may: (range: string, initial: string) => (range === '' ? `Default: ${initial}` : `${range}, default ${initial}`),
    reset: (title: string, initial: string) => `${title}: back to the default, ${initial}`,
    on: 'on',
    off: 'off',
  },
} as const);
