import type { ComposeService } from '../compose/model';
import { isIgnored, parseDockerignore, type IgnorePattern } from '../engine/dockerignore';
import { hookOf, type ServiceHook } from '../modes/hooks';

/** What a change of a file leads to. */
export type WatchAction = 'sync' | 'sync+restart' | 'sync+exec' | 'rebuild' | 'restart';

const ACTIONS: readonly string[] = ['sync', 'sync+restart', 'sync+exec', 'rebuild', 'restart'];

/** One entry of `develop.watch`. Paths are absolute, with forward slashes. */
export interface WatchRule {
  readonly service: string;
  readonly path: string;
  readonly action: WatchAction;
  /** Where in the container it goes; empty for those that copy nothing. */
  readonly target: string;
  readonly ignore: readonly IgnorePattern[];
  /** Empty: everything. */
  readonly include: readonly IgnorePattern[];
  readonly exec: ServiceHook | null;
  readonly initialSync: boolean;
}

/** What .dockerignore leaves out of a folder that a service is built from. */
export interface LeftOut {
  readonly dir: string;
  readonly patterns: readonly IgnorePattern[];
}

/** A path that is another one than before, as it is now. */
export interface WatchedChange {
  readonly path: string;
  readonly exists: boolean;
}

/** What a batch of changes asks of one service. A rebuild makes everything else superfluous. */
export interface WatchBatch {
  readonly copy: readonly { readonly from: string; readonly to: string }[];
  readonly remove: readonly string[];
  readonly exec: readonly ServiceHook[];
  readonly restart: boolean;
  readonly rebuild: boolean;
}

/** What editors leave for a moment, and what version control keeps: never worth anything, as in docker compose. */
const EPHEMERAL = patternsOf(['**/.git', '**/*___jb_old___', '**/*___jb_tmp___', '**/.idea/**', '**/.#*', '**/#*#', '**/4913', '**/*~', '**/.*.swp', '**/.*.swx', '**/.*.swo', '**/.*.swn', '**/*.kate-swp']);

/** The rules of a service, in the order of the file. An action that is not known is left out: loading says so. */
export function watchRulesOf(service: string, definition: Pick<ComposeService, 'develop'>): readonly WatchRule[] {
  const watch = definition.develop?.['watch'];
  if (!Array.isArray(watch)) return [];
  return watch.flatMap((value: unknown) => {
    const node = (value ?? {}) as { readonly [key: string]: unknown };
    const { path, action } = node;
    if (typeof path !== 'string' || typeof action !== 'string' || !ACTIONS.includes(action)) return [];
    return [
      {
        service,
        path: withoutSlash(path),
        action: action as WatchAction,
        target: typeof node['target'] === 'string' ? withoutSlash(node['target']) : '',
        ignore: patternsOf(textsOf(node['ignore'])),
        include: patternsOf(textsOf(node['include'])),
        exec: node['exec'] === undefined || node['exec'] === null ? null : hookOf(node['exec']),
        initialSync: node['initial_sync'] === true,
      },
    ];
  });
}

/** Why a rule cannot be followed; null when it can. */
export function ruleObstacle(rule: WatchRule): string | null {
  if (rule.action.startsWith('sync') && !rule.target.startsWith('/')) return `${rule.service} is to be synced from ${rule.path}, but the file does not say where to: \`target\` must be an absolute path.`;
  if (rule.action === 'sync+exec' && (rule.exec === null || rule.exec.command.length === 0)) return `${rule.service} is to run a command after a sync from ${rule.path}, but the file does not say which: \`exec\` is missing.`;
  if (rule.exec?.privileged === true) return `${rule.service} is to run a command with more rights than its container has: Berth does not do that.`;
  return null;
}

/** Whether a rule is about this path. `leftOut`: what the build of the service does not see. */
export function concernsPath(rule: WatchRule, path: string, leftOut: LeftOut | undefined): boolean {
  const within = beneath(rule.path, path);
  if (within === null) return false;
  if (isIgnored(EPHEMERAL, path.replace(/^(?:[A-Za-z]:)?\/+/, ''))) return false;
  if (within !== '' && isIgnored(rule.ignore, within)) return false;
  const inContext = leftOut === undefined ? null : beneath(leftOut.dir, path);
  if (leftOut !== undefined && inContext !== null && inContext !== '' && isIgnored(leftOut.patterns, inContext)) return false;
  return within === '' || rule.include.length === 0 || isIgnored(rule.include, within);
}

/** True for a folder of which no rule wants to know anything, so that it need not be watched. */
export function isUnwatched(rules: readonly WatchRule[], path: string, leftOut: (service: string) => LeftOut | undefined): boolean {
  return rules.every((rule) => {
    // What leads to the path of a rule is looked at in any case, and what is included may lie deeper.
    if (beneath(path, rule.path) !== null) return false;
    const everything = { ...rule, include: [] };
    return !concernsPath(everything, path, leftOut(rule.service));
  });
}

/** What these changes ask for, by service. */
export function planWatchBatch(rules: readonly WatchRule[], changes: readonly WatchedChange[], leftOut: (service: string) => LeftOut | undefined): ReadonlyMap<string, WatchBatch> {
  const batches = new Map<string, WatchBatch>();
  for (const rule of rules) {
    const concerned = changes.filter((one) => concernsPath(rule, one.path, leftOut(rule.service)));
    if (concerned.length === 0) continue;
    const before = batches.get(rule.service) ?? NOTHING;
    const synced = rule.action.startsWith('sync') ? concerned.map((one) => ({ ...one, to: `${rule.target}${tail(beneath(rule.path, one.path) ?? '')}` })) : [];
    batches.set(rule.service, {
      copy: [...before.copy, ...synced.filter((one) => one.exists).map((one) => ({ from: one.path, to: one.to }))],
      remove: [...before.remove, ...synced.filter((one) => !one.exists).map((one) => one.to)],
      exec: [...before.exec, ...(rule.action === 'sync+exec' && rule.exec !== null ? [rule.exec] : [])],
      restart: before.restart || rule.action === 'restart' || rule.action === 'sync+restart',
      rebuild: before.rebuild || rule.action === 'rebuild',
    });
  }
  return new Map([...batches].map(([service, batch]) => [service, batch.rebuild ? { ...NOTHING, rebuild: true } : batch]));
}

const NOTHING: WatchBatch = { copy: [], remove: [], exec: [], restart: false, rebuild: false };

/** The path relative to a folder, '' for the folder itself, null outside of it. */
function beneath(folder: string, path: string): string | null {
  if (path === folder) return '';
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  return path.startsWith(start) ? path.slice(start.length) : null;
}

function tail(within: string): string {
  return within === '' ? '' : `/${within}`;
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : [];
}

function patternsOf(lines: readonly string[]): readonly IgnorePattern[] {
  const parsed = parseDockerignore(lines.join('\n'));
  return parsed.ok ? parsed.patterns : [];
}
