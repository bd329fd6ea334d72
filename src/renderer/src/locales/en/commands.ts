import { translated } from '../translated';

/** The words of the palette and of the form that any command gets. They come with them. */
export const commandsWords = translated('commands', {
  palette: {
    projects: 'Go to a project',
    recent: 'Used last',
    all: 'Every command',
    copy: 'The same in a terminal',
    copyKey: 'copies it',
    closed: (name: string) => `Open ${name} again`,
  },
  form: {
    loading: 'Looking up the command…',
    unknown: 'Berth has no such command.',
    project: 'Project',
    noProject: 'Open a project first: this command is about one.',
    none: 'It takes nothing.',
    optional: 'optional',
    onePerLine: 'one a line',
    unchanged: 'as it is',
    range: (from: number | null, to: number | null) => (from !== null && to !== null ? `${String(from)} to ${String(to)}` : from !== null ? `at least ${String(from)}` : to !== null ? `at most ${String(to)}` : ''),
    missing: (names: readonly string[]) => `Still needed: ${names.join(', ')}.`,
    notNumber: (name: string) => `${name} is a number.`,
    asks: 'It changes something as soon as you press the button.',
    run: 'Run',
    show: 'Show',
    running: 'Running…',
    failed: 'That did not work',
    result: 'Answer',
    done: 'Done.',
  },
} as const);
