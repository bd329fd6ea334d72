import { AppError } from '../../../kernel/app-error';
import type { HierarchyConfig } from './rules';

/** One state of the rules of a project. Versions are only ever added: going back adds the old one again. */
export interface HierarchyVersion {
  readonly version: number;
  readonly config: HierarchyConfig;
  /** ISO time; null for the rules Berth brings. */
  readonly at: string | null;
  readonly note: string;
}

/** So many are kept; the first of all, the defaults, need no entry. */
const MOST_VERSIONS = 100;
/** Written in place of no time before. */
const NO_TIME = '1970-01-01T00:00:00.000Z';
const FIRST: HierarchyVersion = { version: 1, config: {}, at: null, note: 'The default rules' };

/** All versions, oldest first. A project that never changed its rules has the defaults as its one version. */
export function versionsOf(stored: readonly HierarchyVersion[]): readonly HierarchyVersion[] {
  return stored.length === 0 ? [FIRST] : stored.map((one) => (one.at === NO_TIME ? { ...one, at: null } : one));
}

/** The version that counts. */
export function currentVersion(stored: readonly HierarchyVersion[]): HierarchyVersion {
  return versionsOf(stored).at(-1) ?? FIRST;
}

/** The versions with one more; the same ones where nothing changed. */
export function withVersion(stored: readonly HierarchyVersion[], config: HierarchyConfig, at: string, note: string): readonly HierarchyVersion[] {
  const all = versionsOf(stored);
  const last = currentVersion(stored);
  if (JSON.stringify(last.config) === JSON.stringify(config)) return all;
  return [...all, { version: last.version + 1, config, at, note }].slice(-MOST_VERSIONS);
}

/** The configuration of an earlier version. Rejects with `not-found`. */
export function configOfVersion(stored: readonly HierarchyVersion[], version: number): HierarchyConfig {
  const found = versionsOf(stored).find((one) => one.version === version);
  if (found === undefined) throw new AppError('not-found', `There is no version ${String(version)} of the rules.`, { hint: `There are: ${versionsOf(stored).map((one) => one.version).join(', ')}.` });
  return found.config;
}
