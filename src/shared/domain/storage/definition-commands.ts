import type { ComposeService } from '../compose/model';
import { readFlags, type CommandFlags } from './command-flags';
import { splitAt } from './container-facts';
import type { JobDefinition, MountDefinition, StorageContainer } from './definition';
import { durationSeconds, rcloneSizeBytes } from './quantity';
import { RCLONE_BOOLEANS } from './rclone-command';
import { splitRemote } from './rclone-config';
import { splitBucketPath } from './s3-endpoint';

/** One service of a storage file, and how it is refused. `refuse` throws: one sentence, what to do, the key it is about. */
export interface CommandReader {
  readonly service: string;
  readonly definition: ComposeService;
  refuse(message: string, hint: string, key?: string): never;
}

/** The commands of a service, the name of the program left out. */
export interface StorageCommand {
  readonly backend: StorageContainer['backend'];
  readonly groups: readonly (readonly string[])[];
}

const CACHE = { maxBytes: 1024 ** 3, maxAgeSeconds: 3_600, dirSeconds: 300 };
const EVERY_SECONDS = 300;
const WEEK_SECONDS = 7 * 24 * 3_600;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const FORMS = 'Write "mount remote:bucket /folder/point", or "every 300 copy /folder remote:bucket", several of them with ";" between.';

/** What a service runs, if that is mounting or copying; undefined for every other service. */
export function storageCommand(reader: CommandReader): StorageCommand | undefined {
  const { definition } = reader;
  const words = [...(definition.entrypoint ?? []), ...(definition.command ?? [])].filter((word, index) => index > 0 || !/(?:^|\/)(?:rclone|s3fs)$/.test(word));
  const program = [...(definition.entrypoint ?? []), ...(definition.command ?? [])][0] ?? '';
  const isS3fs = /(?:^|\/)s3fs$/.test(program) || (definition.image ?? '').includes('s3fs');
  const [first = ''] = words;
  if (isS3fs) return { backend: 's3fs', groups: words.length === 0 ? [] : [first === 'mount' ? words.slice(1) : words] };
  if (['mount', 'every', 'copy', 'sync', 'idle'].includes(first)) return { backend: 'rclone', groups: splitAt(words, ';') };
  if (/rclone/.test(definition.image ?? '') || /(?:^|\/)rclone$/.test(program)) return reader.refuse(`${reader.service} runs "${words.slice(0, 2).join(' ')}", which Berth cannot read as mounts or copies.`, FORMS);
  return undefined;
}

/** The mounts of a service. */
export function mountsOf(reader: CommandReader, { backend, groups }: StorageCommand): readonly MountDefinition[] {
  if (backend === 's3fs') return s3fsMounts(reader, groups[0]);
  return groups.filter(([verb]) => verb === 'mount').map((words) => {
    const flags = readFlags(words.slice(1), RCLONE_BOOLEANS);
    const [target = '', point = ''] = flags.positional;
    if (flags.positional.length !== 2) reader.refuse(`A mount of ${reader.service} names ${flags.positional.length < 2 ? 'no folder' : 'more than a bucket and a folder'}: "${words.join(' ')}".`, FORMS);
    const mountPoint = mountPointOf(reader, point);
    return { id: `${reader.service}:${mountPoint}`, service: reader.service, ...bucketOf(reader, target, mountPoint), mountPoint, readOnly: flags.has('read-only') || reader.definition.environment?.['RCLONE_READ_ONLY'] === 'true', ...cacheOf(reader, flags) };
  });
}

function cacheOf(reader: CommandReader, flags: CommandFlags): Pick<MountDefinition, 'cacheMaxBytes' | 'cacheMaxAgeSeconds' | 'dirCacheSeconds'> {
  const read = (name: string, parse: (text: string) => number | undefined, usual: number): number => {
    const text = flags.value(name) ?? reader.definition.environment?.[`RCLONE_${name.toUpperCase().replaceAll('-', '_')}`] ?? undefined;
    if (text === undefined) return usual;
    const value = parse(text);
    return value !== undefined && Number.isFinite(value) && value >= 0 ? value : reader.refuse(`--${name} of ${reader.service} is "${text}".`, 'A size is written as 1G or 500M, a time as 5m or 1h.');
  };
  return {
    cacheMaxBytes: read('vfs-cache-max-size', rcloneSizeBytes, CACHE.maxBytes),
    cacheMaxAgeSeconds: read('vfs-cache-max-age', durationSeconds, CACHE.maxAgeSeconds),
    dirCacheSeconds: read('dir-cache-time', durationSeconds, CACHE.dirSeconds),
  };
}

function s3fsMounts(reader: CommandReader, words: readonly string[] | undefined): readonly MountDefinition[] {
  const environment = reader.definition.environment ?? {};
  const flags = readFlags(words ?? [], new Set(['f', 'd', 's']));
  const options = flags.values('o').flatMap((text) => text.split(','));
  const [target = environment['AWS_S3_BUCKET'] ?? '', point = environment['AWS_S3_MOUNT'] ?? ''] = flags.positional;
  const [bucket = '', prefix = ''] = target.split(':');
  const mountPoint = mountPointOf(reader, point);
  const readOnly = options.includes('ro') || /(?:^|[\s,])ro(?:$|[\s,])/.test(environment['S3FS_ARGS'] ?? '');
  const stale = options.map((one) => /^stat_cache_expire=(\d+)$/.exec(one)?.[1]).find((one) => one !== undefined);
  return [
    {
      id: `${reader.service}:${mountPoint}`,
      service: reader.service,
      // s3fs has no remotes: the project's own S3 has this name everywhere else.
      ...bucketOf(reader, `minio:${bucket}${prefix}`, mountPoint),
      mountPoint,
      readOnly,
      cacheMaxBytes: CACHE.maxBytes,
      cacheMaxAgeSeconds: CACHE.maxAgeSeconds,
      dirCacheSeconds: stale === undefined ? CACHE.dirSeconds : Number(stale),
    },
  ];
}

/** The sync jobs of a service. `every` counts for all that stand behind it. */
export function jobsOf(reader: CommandReader, { backend, groups }: StorageCommand): readonly JobDefinition[] {
  if (backend === 's3fs') return [];
  let everySeconds = EVERY_SECONDS;
  return groups.flatMap((given) => {
    let words = given;
    if (words[0] === 'every') {
      everySeconds = durationSeconds(words[1] ?? '') ?? 0;
      if (!Number.isInteger(everySeconds) || everySeconds < 1 || everySeconds > WEEK_SECONDS) reader.refuse(`${reader.service} copies every "${words[1] ?? ''}", which is not a number of seconds up to a week.`, FORMS);
      words = words.slice(2);
    }
    const [verb = ''] = words;
    if (verb === 'mount' || verb === 'idle') return [];
    if (verb !== 'copy' && verb !== 'sync') return reader.refuse(`${reader.service} runs "${words.slice(0, 2).join(' ')}"; Berth copies one way only.`, 'Use copy, which never deletes, or sync, which makes the bucket like the folder.');
    const { positional } = readFlags(words.slice(1), RCLONE_BOOLEANS);
    const [source = '', target = ''] = positional;
    if (positional.length !== 2) reader.refuse(`A copy of ${reader.service} needs a folder and a bucket: "${words.join(' ')}".`, FORMS);
    if (!isPlainPath(source)) reader.refuse(`${reader.service} copies "${source}", which is not an absolute folder.`, 'Berth copies folders to S3, never back: write the folder first.');
    return [{ id: `${reader.service}:${source}`, service: reader.service, source, ...bucketOf(reader, target, source), semantics: verb === 'copy' ? ('archive' as const) : ('mirror' as const), everySeconds }];
  });
}

function mountPointOf(reader: CommandReader, path: string): string {
  if (!isPlainPath(path)) return reader.refuse(`The mount point "${path}" of ${reader.service} is not an absolute folder.`, 'Write it as /mnt/s3/data, for example.');
  if (path.split('/').length < 3) return reader.refuse(`The mount point ${path} of ${reader.service} is not two folders deep.`, 'Containers share the folder above it: write it as /mnt/data, for example.');
  // What is mounted there is shared with everybody who looks: never beside the sockets that mounts are controlled by.
  if (path.startsWith('/run/')) return reader.refuse(`The mount point ${path} of ${reader.service} lies in /run, where the container has its control.`, 'Write it as /mnt/s3/data, for example.');
  return path;
}

/** An absolute path without tricks: no `..`, nothing that means something to an engine or a shell. */
function isPlainPath(path: string): boolean {
  return /^(?:\/[\w.@+ -]+)+$/.test(path) && path.split('/').every((part) => part !== '.' && part !== '..');
}

function bucketOf(reader: CommandReader, text: string, about: string): Pick<MountDefinition, 'remote' | 'bucket' | 'prefix'> {
  const split = splitRemote(text);
  if (split === undefined || split.remote.startsWith(':') || split.options.size > 0 || !/^[A-Za-z0-9][\w-]*$/.test(split.remote)) return reader.refuse(`"${text}" of ${reader.service} is not a bucket of a remote.`, 'Write it as s3-data:bucket or s3-data:bucket/folder.');
  const { bucket, prefix } = splitBucketPath(split.path);
  if (bucket === '') return reader.refuse(`${reader.service} names no bucket for ${about}.`, 'The variable it is written with may have no value: set it in .env.');
  if (!BUCKET.test(bucket)) return reader.refuse(`"${bucket}" cannot be the name of a bucket.`, 'A bucket has 3 to 63 small letters, digits, dots and dashes.');
  if (prefix.split('/').some((part) => part === '.' || part === '..') || [...prefix].some((char) => char < ' ')) return reader.refuse(`The folder "${prefix}" of ${reader.service} is not a plain path in a bucket.`, 'Write folders by their names.');
  return { remote: split.remote, bucket, prefix };
}
