import type { Where } from '../../kernel/app-error';
import { isWithin } from '../checks/host-path';
import type { Lookup } from '../compose/environment';
import { cleanContainerPath } from '../compose/go-values';
import type { S3Access } from './access';
import type { StorageResources } from './definition';
import { durationSeconds } from './quantity';
import { createdRemote, rcloneAccesses, RCLONE_VERBS } from './rclone-command';
import type { RcloneRemotes } from './rclone-config';
import { awsAccesses, createdAlias, mcAccesses, s3fsAccesses, s3fsFromEnvironment } from './s3-commands';
import { readArguments, type ShellCommand } from './shell-script';
import { resolveText, storageText } from './symbolic';
import type { ToolAccess, ToolContext } from './tool-access';

/** Something mounted into a container. `store` says what it is, so that two containers with the same one are seen to share it. */
export interface FactMount {
  readonly target: string;
  /** `volume:<name>`, `host:<absolute path>`, `pod:…`, with a path behind it where only a part is mounted. */
  readonly store: string;
  readonly readOnly: boolean;
}

/** A container as every source says it: what it runs, with which variables and files, beside what. */
export interface ContainerFacts extends Pick<S3Access, 'container' | 'service' | 'group' | 'startup' | 'image' | 'resources'> {
  /** Null when the image's own is used. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly FactMount[];
  /** Texts of files in it, as far as they are known, by absolute path. */
  readonly files: ReadonlyMap<string, string>;
  /** When all of it runs by a schedule. */
  readonly schedule: { readonly everySeconds: number | null; readonly exclusive: boolean } | null;
  readonly where: Where | undefined;
}

/** What is known beside the container. */
export interface AccessOptions {
  /** Variables of the project (`.env`), for what a shell would take from its surroundings. */
  readonly variables: Lookup;
  /** What a remote is that nothing defines: the project's own S3. */
  readonly fallback?: RcloneRemotes['fallback'] | undefined;
}

export const NO_RESOURCES: StorageResources = { requestMemoryBytes: null, requestCpuMillis: null, limitMemoryBytes: null, limitCpuMillis: null };

/** Every access to S3 that the commands of a container make. */
export function accessesOf(facts: ContainerFacts, options: AccessOptions): readonly S3Access[] {
  const words = argumentsOf(facts);
  const lookup: Lookup = (name) => facts.environment.get(name) ?? options.variables(name);
  const reading = readArguments(words, lookup);
  const files = new Map([...facts.files, ...reading.files]);
  const commands = reading.commands.flatMap(separated);
  const created = new Map(commands.flatMap((one) => [createdRemote(programOf(one.words) === 'rclone' ? one.words.slice(1) : []), createdAlias(programOf(one.words) === 'mc' ? one.words.slice(1) : [])].filter((made) => made !== undefined)));
  const context = (own: Lookup): ToolContext => ({ environment: own, files, image: facts.image, created, fallback: options.fallback, isMounted: (path) => mountAt(facts.mounts, path) !== undefined });
  const found = commands.flatMap((one) => {
    const own: Lookup = (name) => one.environment.get(name) ?? facts.environment.get(name);
    // What no shell has read still holds its variables.
    const resolved = one.words.map((word) => resolveText(word, (name) => one.environment.get(name) ?? lookup(name)).text);
    return toolAccesses(resolved, context(own)).map((access) => placed(access, one, facts));
  });
  if (found.length > 0 || words.length > 0 || !isS3fs(facts.image)) return found;
  const once: ShellCommand = { words: [], environment: new Map(), everySeconds: null, exclusive: true };
  return s3fsFromEnvironment(context((name) => facts.environment.get(name))).map((access) => placed(access, once, facts));
}

/** What the container runs; images of rclone begin with its name, and take `mount …` and `every 300 copy …` as they are. */
function argumentsOf({ entrypoint, command, image }: ContainerFacts): readonly string[] {
  if (entrypoint !== null && entrypoint.length > 0) return [...entrypoint, ...(command ?? [])];
  const words = command ?? [];
  const [first = ''] = words;
  if (words.length > 0 && isS3fs(image) && programOf(words) !== 's3fs' && !/^(?:ba|da|a)?sh$/.test(programOf(words))) return ['s3fs', ...words];
  if (/(?:^|\/)mc(?:[:@]|$)/.test(image) && /^(?:mirror|cp|mv|alias)$/.test(first)) return ['mc', ...words];
  if (/aws-cli/.test(image) && /^s3$|^-/.test(first)) return ['aws', ...words];
  return words;
}

function isS3fs(image: string): boolean {
  return /s3fs/.test(image);
}

function programOf(words: readonly string[]): string {
  return (words[0] ?? '').replace(/^.*\//, '');
}

/** One command of Berth's images holds several, with `;` between them; `every 300` in front sets how often those behind it run. */
function separated(command: ShellCommand): readonly ShellCommand[] {
  const program = programOf(command.words);
  const isOwnForm = program === 'every' || program === 'idle' || program === 'rclone' || program === 'berth-rclone' || RCLONE_VERBS.has(program) || program.startsWith('--');
  if (!isOwnForm) return [command];
  let { everySeconds } = command;
  return splitAt(command.words, ';').flatMap((given) => {
    let words = given[0] === 'rclone' || programOf(given) === 'rclone' || given[0] === 'berth-rclone' ? given.slice(1) : given;
    if (words[0] === 'idle') words = words.slice(1);
    if (words[0] === 'every') {
      everySeconds = durationSeconds(words[1] ?? '') ?? everySeconds;
      words = words.slice(2);
    }
    return words.length === 0 ? [] : [{ ...command, words: ['rclone', ...words], everySeconds }];
  });
}

/** Groups of words between the separators, none of them empty. */
export function splitAt(words: readonly string[], separator: string): readonly (readonly string[])[] {
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === separator) groups.push([]);
    else groups.at(-1)?.push(word);
  }
  return groups.filter((group) => group.length > 0);
}

function toolAccesses(words: readonly string[], context: ToolContext): readonly ToolAccess[] {
  const rest = words.slice(1);
  switch (programOf(words)) {
    case 'rclone':
      return rcloneAccesses(rest, context);
    case 'aws':
      return awsAccesses(rest, context);
    case 'mc':
    case 'mcli':
      return mcAccesses(rest, context);
    case 's3fs':
      return s3fsAccesses(rest, context);
    default:
      return [];
  }
}

function placed(access: ToolAccess, command: ShellCommand, facts: ContainerFacts): S3Access {
  const { location, configPath, cacheDir, ...rest } = access;
  const config = configPath === null ? undefined : mountAt(facts.mounts, configPath);
  const place = access.place === '' ? undefined : mountAt(facts.mounts, access.place);
  return {
    container: facts.container,
    service: facts.service,
    group: facts.group,
    startup: facts.startup,
    image: facts.image,
    resources: facts.resources,
    ...rest,
    endpoint: location.endpoint,
    bucket: storageText(location.bucket),
    prefix: storageText(location.prefix),
    credentials: location.credentials,
    placeStore: place?.store ?? null,
    configPath,
    configStore: config?.store ?? null,
    configWritable: config?.readOnly !== true,
    cacheDir,
    cacheStore: cacheDir === null ? null : (mountAt(facts.mounts, cacheDir)?.store ?? null),
    everySeconds: access.mode === 'sync' ? (command.everySeconds ?? facts.schedule?.everySeconds ?? null) : null,
    exclusive: command.everySeconds === null && facts.schedule !== null ? facts.schedule.exclusive : command.exclusive,
    where: facts.where,
  };
}

/** What lies at a path of a container: the innermost mount, with the rest of the path behind it. */
function mountAt(mounts: readonly FactMount[], path: string): { readonly store: string; readonly readOnly: boolean } | undefined {
  const fitting = mounts.filter((one) => isWithin(one.target, path)).sort((a, b) => b.target.length - a.target.length);
  const [mount] = fitting;
  if (mount === undefined) return undefined;
  const target = cleanContainerPath(mount.target);
  const rest = cleanContainerPath(path).slice(target === '/' ? 0 : target.length);
  return { store: `${mount.store.replace(/\/$/, '')}${rest}`, readOnly: mount.readOnly };
}
