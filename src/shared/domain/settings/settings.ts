import { LANGUAGES } from './language';
import type { TextRule } from './text-rules';

/**
 * Every setting with its default. Intervals that no document of the specification gives are marked as Berth's own.
 * Whole numbers unless they are switches or one of a few words.
 */
export interface SettingDefinition {
  readonly default: number | boolean | string;
  /** What a text may be. */
  readonly choices?: readonly string[];
  /** Free text that keeps to a rule; empty always may be. */
  readonly text?: TextRule;
  /** Inclusive, for numbers. */
  readonly min?: number;
  readonly max?: number;
  /** Behind the number in words: seconds, days, operations. */
  readonly unit?: string;
  readonly title: string;
  readonly description: string;
}

export const SETTINGS = {
  'status.everySeconds': { default: 10, min: 2, max: 600, unit: 'seconds', title: 'Full look at services', description: 'How often all services are looked at even when no event asks for it.' },
  'drift.everySeconds': { default: 30, min: 5, max: 3_600, unit: 'seconds', title: 'Look for drift', description: 'How often what runs is compared with what is wanted; events make it sooner.' },
  'heal.maxTries': { default: 5, min: 1, max: 100, unit: 'tries', title: 'Healing tries', description: 'How often a service is started again within the window below before Berth gives up with an alert.' },
  'heal.windowSeconds': { default: 600, min: 10, max: 86_400, unit: 'seconds', title: 'Healing window', description: 'The time over which healing tries are counted.' },
  'stats.everySeconds': { default: 30, min: 5, max: 600, unit: 'seconds', title: 'Sample resource use', description: 'How often CPU, memory, network and block I/O go into the history of 24 hours.' },
  'mounts.everySeconds': { default: 5, min: 1, max: 60, unit: 'seconds', title: 'Look at mounts', description: 'How often bind sources and mounts of running services are looked at.' },
  'operations.keepCount': { default: 200, min: 0, max: 10_000, unit: 'operations', title: 'Operations kept', description: 'How many ended operations stay with their journal and log.' },
  'operations.keepDays': { default: 30, min: 1, max: 3_650, unit: 'days', title: 'Operations kept for', description: 'Ended operations older than this go.' },
  'operations.keepFailedDays': { default: 90, min: 1, max: 3_650, unit: 'days', title: 'Failed operations kept for', description: 'Failed ones stay longer, beside the count above.' },
  'operations.keepResolutions': { default: 20, min: 1, max: 1_000, unit: 'resolutions', title: 'Resolutions kept', description: 'How many resolutions of duplicates in one folder can be taken back; the backups of older ones go with the next one.' },
  'api.tcp': { default: false, title: 'Local API on 127.0.0.1', description: 'Offers the local API to other programs of this machine, with a token. The socket is always there.' },
  'api.port': { default: 8_000, min: 1_024, max: 65_535, unit: '', title: 'Port of the local API', description: 'When it is taken, the next free one is used and said so.' },
  'alerts.taskSeconds': { default: 30, min: 1, max: 3_600, unit: 'seconds', title: 'Slow background task', description: 'A background task that takes longer raises an alert.' },
  'alerts.scanSeconds': { default: 5, min: 1, max: 600, unit: 'seconds', title: 'Slow scan', description: 'A scan that takes longer raises an alert.' },
  'services.settleSeconds': { default: 5, min: 0, max: 600, unit: 'seconds', title: 'Watch what was started', description: 'How long a service without a health check must stay up before a switch, a start, a restart, a rebuild, a test or a deploy has succeeded: one that ends or begins anew meanwhile has failed.' },
  'builds.atOnce': { default: 2, min: 1, max: 16, unit: 'images', title: 'Images at once', description: 'How many images a switch or a rebuild builds and pulls at the same time. More is faster where processor and disk are idle meanwhile.' },
  'workspaces.uploadsAtOnce': { default: 10, min: 1, max: 32, unit: 'uploads', title: 'Uploads at once', description: 'How many files of workspaces are sent to S3 at the same time.' },
  'workspaces.gatewayPort': { default: 8_080, min: 1_024, max: 65_535, unit: '', title: 'Port of the gateway', description: 'Where http://127.0.0.1:<port>/<workspace>/ answers. When it is taken, the next free one is used and said so.' },
  'window.language': { default: 'system', choices: LANGUAGES, title: 'Language', description: 'What window and tray are written in; system takes the language of this machine where Berth has it. The command line is English.' },
  'window.closeToTray': { default: true, title: 'Closing the window keeps Berth running', description: 'In the tray; where this desktop has none, closing ends Berth. Projects are watched, mounted and synced as long as it runs.' },
  'window.freeAfterMinutes': { default: 5, min: 0, max: 1_440, unit: 'minutes', title: 'Free the closed window', description: 'After this time in the tray the memory of the window is given back; it opens again on the same page. While files are not saved it is kept.' },
  'window.startAtLogin': { default: false, title: 'Start at login', description: 'Berth starts when you log in to this machine.' },
  'window.startHidden': { default: false, title: 'Start in the tray', description: 'When it starts at login, no window opens; where this desktop has no tray, it does.' },
  'notifications.show': { default: 'failures', choices: ['all', 'failures', 'none'], title: 'Notifications', description: 'What this system tells you while the window is hidden or another one is in front: all that ended, only alerts and what went wrong, or nothing.' },
  'window.theme': { default: 'system', choices: ['system', 'light', 'dark'], title: 'Theme', description: 'Light or dark; system follows this machine.' },
  'window.contrast': { default: 'system', choices: ['system', 'more'], title: 'Contrast', description: 'More draws stronger lines and texts; system follows this machine.' },
  'engine.endpoint': { default: '', text: 'engine', title: 'Engine', description: 'Which Docker engine Berth works with, by its name in the list of engines; empty takes the first that answers. DOCKER_HOST and DOCKER_CONTEXT come before it.' },
  'editor.command': { default: '', text: 'editor', title: 'Editor', description: 'The command that opens a file at a line, with {file} and {line}; empty takes the first editor found. No shell is used.' },
  'updates.check': { default: false, title: 'Look for new versions', description: 'Asks the update source when the window starts and once a day. Nothing is sent with it, nothing is installed.' },
  'updates.source': { default: '', text: 'address', title: 'Update source', description: 'The address that says which version is the newest. While it is empty, nothing is asked.' },
  'changes.rollBack': { default: true, title: 'Go back after a failed deploy', description: 'Brings files and services back to the last good state when changes of running services fail.' },
} as const satisfies { readonly [key: string]: SettingDefinition };

/** Names under which values were kept before. */
export const FORMER_KEYS: { readonly [key in SettingKey]?: string } = { 'services.settleSeconds': 'changes.settleSeconds' };

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<K extends SettingKey> = (typeof SETTINGS)[K]['default'] extends boolean ? boolean : (typeof SETTINGS)[K] extends { readonly choices: readonly (infer Choice)[] } ? Choice : (typeof SETTINGS)[K] extends { readonly text: TextRule } ? string : number;
