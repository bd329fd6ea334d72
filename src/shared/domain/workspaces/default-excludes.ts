/**
 * What never leaves the machine, in the order in which people know it. No ignore file brings any of it back; a setting of the project can, but
 * for `.env*`: those hold secrets.
 */
export const DEFAULT_EXCLUDES = ['node_modules/', '.git/', '*.log', '.env*', 'dist/', 'build/', '__pycache__/', 'vendor/', '*.pyc', '.DS_Store', 'Thumbs.db'] as const;

const SECRETS = '.env*';
/** What Berth itself keeps beside files of a project: backups of what it changed there. */
const OWN_FOLDER = '.berth/';

/** True for the default excludes that a project may send all the same. */
export function isAllowableDefault(rule: string): boolean {
  return rule !== SECRETS && (DEFAULT_EXCLUDES as readonly string[]).includes(rule);
}

/** The default excludes as a function of name and kind: one look in a table, and three at the ends of the name. */
export type DefaultExcludes = (name: string, isDirectory: boolean) => string | null;

/** Compiles the default excludes but those that the project allows. */
export function compileDefaultExcludes(allowed: readonly string[] = []): DefaultExcludes {
  const active = DEFAULT_EXCLUDES.filter((rule) => !(isAllowableDefault(rule) && allowed.includes(rule)));
  const directories = new Map<string, string>([[OWN_FOLDER.slice(0, -1), OWN_FOLDER]]);
  const names = new Map<string, string>();
  const endings: (readonly [ending: string, rule: string])[] = [];
  for (const rule of active) {
    if (rule.endsWith('/')) directories.set(rule.slice(0, -1), rule);
    else if (rule.startsWith('*')) endings.push([rule.slice(1), rule]);
    else if (rule !== SECRETS) names.set(rule, rule);
  }
  return (name, isDirectory) => {
    const exact = names.get(name) ?? (isDirectory ? directories.get(name) : undefined);
    if (exact !== undefined) return exact;
    if (name.startsWith('.env')) return SECRETS;
    for (const [ending, rule] of endings) if (name.endsWith(ending)) return rule;
    return null;
  };
}
