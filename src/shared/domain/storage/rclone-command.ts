import { cleanContainerPath } from '../compose/go-values';
import { readFlags, type CommandFlags } from './command-flags';
import { durationSeconds } from './quantity';
import { locationsOf, parseRcloneConfig, remoteVariable, splitRemote, type RcloneRemotes, type RcloneSections } from './rclone-config';
import { READ, READ_WRITE_DELETE, WRITE, type ToolAccess, type ToolContext } from './tool-access';

/** Flags of rclone that never take the next word. */
export const RCLONE_BOOLEANS: ReadonlySet<string> = new Set(
  [
    'P n q c u i L l M I v vv vvv h progress dry-run quiet checksum update interactive copy-links links metadata ignore-times verbose daemon read-only allow-other allow-non-empty allow-root default-permissions',
    'async-read write-back-cache no-checksum no-modtime no-seek fast-list size-only ignore-existing ignore-size ignore-errors immutable inplace delete-before delete-during delete-after delete-excluded',
    'create-empty-src-dirs delete-empty-src-dirs track-renames use-server-modtime use-json-log stats-one-line resync force no-traverse no-check-dest no-check-certificate rc rc-no-auth rc-web-gui',
    's3-env-auth s3-force-path-style s3-no-check-bucket s3-no-head vfs-case-insensitive vfs-fast-fingerprint vfs-refresh vfs-used-is-size human-readable one-way server-side-across-configs resilient recover',
    'no-update-modtime no-update-dir-modtime skip-links one-file-system refresh-times auto-confirm ignore-case no-unicode-normalization',
  ].flatMap((line) => line.split(' ')),
);
const MOUNTS = new Set(['mount', 'mount2', 'cmount', 'nfsmount']);
const COPIES = new Set(['copy', 'copyto', 'sync', 'move', 'moveto', 'bisync']);
const DIR_CACHE_SECONDS = 300;

/** Commands of rclone that reach S3 for longer than a look: everything else says nothing about conflicts. */
export const RCLONE_VERBS: ReadonlySet<string> = new Set([...MOUNTS, ...COPIES, 'serve', 'delete', 'purge', 'deletefile', 'rcat']);

/** Reads one rclone command, the name of the program left out. */
export function rcloneAccesses(words: readonly string[], context: ToolContext): readonly ToolAccess[] {
  const flags = readFlags(words, RCLONE_BOOLEANS);
  const [verb = '', first = '', second = ''] = flags.positional;
  if (!RCLONE_VERBS.has(verb)) return [];
  const command: RcloneCommand = { flags, context, verb, option: (name) => flags.value(name) ?? context.environment(`RCLONE_${name.toUpperCase().replaceAll('-', '_')}`) };
  if (MOUNTS.has(verb)) return mountOf(command, first, second);
  if (COPIES.has(verb)) return copyOf(command, first, second);
  if (verb === 'serve') return accessesTo(command, second, { mode: 'client', verbs: isReadOnly(command) ? READ : READ_WRITE_DELETE, direction: null, place: '', isCached: true });
  return accessesTo(command, first, { mode: 'client', verbs: verb === 'rcat' ? WRITE : ['delete'], direction: null, place: '', isCached: false });
}

/** Remotes made by `rclone config create name type key value …`. */
export function createdRemote(words: readonly string[]): readonly [string, ReadonlyMap<string, string>] | undefined {
  const flags = readFlags(words, new Set([...RCLONE_BOOLEANS, 'non-interactive', 'obscure', 'no-obscure', 'all']));
  const [config, create, name, type, ...rest] = flags.positional;
  if (config !== 'config' || create !== 'create' || name === undefined || type === undefined) return undefined;
  const options = new Map([['type', type]]);
  for (let index = 0; index < rest.length; index += 1) {
    const [key = '', ...value] = (rest[index] ?? '').split('=');
    if (value.length > 0) options.set(key, value.join('='));
    else {
      options.set(key, rest[index + 1] ?? '');
      index += 1;
    }
  }
  return [name, options];
}

interface RcloneCommand {
  readonly flags: CommandFlags;
  readonly context: ToolContext;
  readonly verb: string;
  option(name: string): string | undefined;
}

interface Use extends Pick<ToolAccess, 'mode' | 'verbs' | 'direction' | 'place'> {
  readonly isCached: boolean;
}

function mountOf(command: RcloneCommand, remote: string, mountPoint: string): readonly ToolAccess[] {
  const verbs = isReadOnly(command) ? READ : READ_WRITE_DELETE;
  return accessesTo(command, remote, { mode: 'mount', verbs, direction: null, place: cleanContainerPath(mountPoint), isCached: true });
}

function copyOf(command: RcloneCommand, from: string, to: string): readonly ToolAccess[] {
  const deletes = command.verb === 'sync' && command.option('max-delete') !== '0';
  const sync = { mode: 'sync', isCached: false } as const;
  if (command.verb === 'bisync') {
    const [s3, local] = splitRemote(to) === undefined ? [from, to] : [to, from];
    return accessesTo(command, s3, { ...sync, verbs: READ_WRITE_DELETE, direction: 'to-s3', place: placeOf(local) });
  }
  return [
    ...accessesTo(command, to, { ...sync, verbs: deletes ? ['write', 'delete'] : WRITE, direction: 'to-s3', place: placeOf(from) }),
    ...accessesTo(command, from, { ...sync, verbs: command.verb.startsWith('move') ? ['read', 'delete'] : READ, direction: 'from-s3', place: placeOf(to) }),
  ];
}

function placeOf(text: string): string {
  return splitRemote(text) === undefined ? cleanContainerPath(text) : text;
}

function accessesTo(command: RcloneCommand, text: string, use: Use): readonly ToolAccess[] {
  const split = splitRemote(text);
  if (split === undefined) return [];
  const { context, option } = command;
  const file = configFile(command);
  const sections: RcloneSections = new Map([...parseRcloneConfig(context.files.get(file.path) ?? ''), ...context.created]);
  const s3Flags = new Map(command.flags.names.filter((name) => name.startsWith('s3-')).map((name) => [name.slice(3).replaceAll('-', '_'), command.flags.value(name) ?? '']));
  const remotes: RcloneRemotes = { sections, environment: context.environment, flags: s3Flags, fallback: context.fallback };
  const fromElsewhere = split.remote.startsWith(':') || remoteVariable(split.remote, 'type', context.environment) !== undefined;
  const cacheMode = option('vfs-cache-mode') ?? 'off';
  const { isCached, ...rest } = use;
  return locationsOf(text, remotes).map((location): ToolAccess => {
    const verbs = location.readOnly ? rest.verbs.filter((one) => one === 'read') : rest.verbs;
    return {
      ...rest,
      verbs: verbs.length === 0 ? READ : verbs,
      remote: split.remote,
      location,
      configPath: file.isUsed || !fromElsewhere ? file.path : null,
      cacheDir: isCached && cacheMode !== 'off' ? cacheFolder(command) : null,
      staleSeconds: rest.mode === 'mount' ? (durationSeconds(option('dir-cache-time') ?? '') ?? DIR_CACHE_SECONDS) : null,
    };
  });
}

/** Where rclone looks for its configuration; `isUsed` when it is named, known or something is mounted there. */
function configFile({ flags, context }: RcloneCommand): { readonly path: string; readonly isUsed: boolean } {
  const named = flags.value('config') ?? context.environment('RCLONE_CONFIG');
  if (named !== undefined && named !== '') return { path: cleanContainerPath(named), isUsed: true };
  const home = context.environment('HOME') ?? '/root';
  // The official image keeps its configuration in a folder of its own.
  const xdg = context.environment('XDG_CONFIG_HOME') ?? (/(?:^|\/)rclone\/rclone(?:[:@]|$)/.test(context.image) ? '/config' : `${home}/.config`);
  const candidates = [`${xdg}/rclone/rclone.conf`, `${home}/.config/rclone/rclone.conf`, `${home}/.rclone.conf`];
  const known = candidates.find((path) => context.files.has(path)) ?? candidates.find((path) => context.isMounted(path));
  const made = context.created.size > 0;
  return { path: known ?? candidates[0] ?? '', isUsed: known !== undefined || made };
}

function cacheFolder({ option, context }: RcloneCommand): string {
  const named = option('cache-dir');
  if (named !== undefined && named !== '') return cleanContainerPath(named);
  const home = context.environment('XDG_CACHE_HOME') ?? `${context.environment('HOME') ?? '/root'}/.cache`;
  return cleanContainerPath(`${home}/rclone`);
}

function isReadOnly({ flags, option }: RcloneCommand): boolean {
  return flags.has('read-only') || (flags.value('read-only') === undefined && option('read-only') === 'true');
}

