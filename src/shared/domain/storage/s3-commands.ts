import { cleanContainerPath } from '../compose/go-values';
import type { Lookup } from '../compose/environment';
import { readFlags } from './command-flags';
import { durationSeconds } from './quantity';
import { credentialName, environmentCredentials, type S3Location } from './rclone-config';
import { amazonEndpoint, normalEndpoint, splitBucketPath } from './s3-endpoint';
import { READ, READ_WRITE_DELETE, WRITE, type ToolAccess, type ToolContext } from './tool-access';

const AWS_BOOLEANS = new Set('delete dryrun quiet recursive size-only exact-timestamps follow-symlinks no-follow-symlinks no-progress only-show-errors no-guess-mime-type no-verify-ssl no-sign-request no-paginate debug no-cli-pager force-glacier-transfer ignore-glacier-warnings no-overwrite'.split(' '));
const MC_BOOLEANS = new Set('overwrite remove watch w preserve a active-active fake dry-run json quiet q insecure no-color recursive r debug md5 disable-multipart skip-errors retry force versions continue c summary'.split(' '));
const S3FS_BOOLEANS = new Set(['f', 'd', 's']);
const S3FS_STALE_SECONDS = 900;

/** Reads `aws … s3 sync|cp|mv|rm …`, the name of the program left out. */
export function awsAccesses(words: readonly string[], { environment }: ToolContext): readonly ToolAccess[] {
  const flags = readFlags(words, AWS_BOOLEANS);
  const [service, verb = '', from = '', to = ''] = flags.positional;
  if (service !== 's3' || !['sync', 'cp', 'mv', 'rm'].includes(verb)) return [];
  const region = flags.value('region') ?? environment('AWS_REGION') ?? environment('AWS_DEFAULT_REGION') ?? '';
  const url = flags.value('endpoint-url') ?? environment('AWS_ENDPOINT_URL_S3') ?? environment('AWS_ENDPOINT_URL') ?? '';
  const profile = flags.value('profile');
  const credentials = profile === undefined ? environmentCredentials(environment) : `profile:${profile}`;
  const at = (text: string): S3Location | undefined => {
    if (!text.startsWith('s3://')) return undefined;
    const path = splitBucketPath(text.slice('s3://'.length));
    return { endpoint: url === '' ? amazonEndpoint(region) : normalEndpoint(url, path.bucket, region), ...path, credentials, readOnly: false };
  };
  const deletes = verb === 'sync' && flags.has('delete');
  if (verb === 'rm') return accessesOf([[at(from), ['delete'], null, '']], null, 'client');
  return accessesOf(
    [
      [at(to), deletes ? ['write', 'delete'] : WRITE, 'to-s3', from],
      [at(from), verb === 'mv' ? ['read', 'delete'] : READ, 'from-s3', to],
    ],
    null,
    'sync',
  );
}

/** An alias made by `mc alias set name url key secret`. */
export function createdAlias(words: readonly string[]): readonly [string, ReadonlyMap<string, string>] | undefined {
  const [group, set, name, url, key] = readFlags(words, MC_BOOLEANS).positional;
  const isAlias = (group === 'alias' && (set === 'set' || set === 's')) || (group === 'config' && set === 'host');
  if (!isAlias || name === undefined || url === undefined) return undefined;
  return [name, new Map([['type', 's3'], ['endpoint', url], ['access_key_id', key ?? '']])];
}

/** Reads `mc mirror|cp|mv …`, the name of the program left out. */
export function mcAccesses(words: readonly string[], context: ToolContext): readonly ToolAccess[] {
  const flags = readFlags(words, MC_BOOLEANS);
  const [verb = '', from = '', to = ''] = flags.positional;
  if (!['mirror', 'cp', 'mv'].includes(verb)) return [];
  const at = (text: string): S3Location | undefined => {
    const [alias = '', ...path] = text.split('/');
    const host = mcHost(alias, context);
    return host === undefined ? undefined : { ...host, ...splitBucketPath(path.join('/')), endpoint: normalEndpoint(host.endpoint, path[0]), readOnly: false };
  };
  const deletes = verb === 'mirror' && flags.has('remove');
  const alias = (text: string): string | null => text.split('/')[0] ?? null;
  return [
    ...accessesOf([[at(to), deletes ? ['write', 'delete'] : WRITE, 'to-s3', from]], alias(to), 'sync'),
    ...accessesOf([[at(from), verb === 'mv' ? ['read', 'delete'] : READ, 'from-s3', to]], alias(from), 'sync'),
  ];
}

function mcHost(alias: string, { environment, created }: ToolContext): { readonly endpoint: string; readonly credentials: string | null } | undefined {
  if (alias === '' || alias === '.') return undefined;
  const made = created.get(alias);
  if (made !== undefined) return { endpoint: made.get('endpoint') ?? '', credentials: credentialName(made.get('access_key_id')) };
  const host = environment(`MC_HOST_${alias}`);
  if (host === undefined) return undefined;
  const found = /^(https?:\/\/)(?:([^:@]*):[^@]*@)?(.*)$/.exec(host);
  return found === null ? { endpoint: host, credentials: null } : { endpoint: `${found[1] ?? ''}${found[3] ?? ''}`, credentials: credentialName(found[2]) };
}

/** Reads `s3fs bucket[:/prefix] /mount/point -o url=…,ro`, the name of the program left out; Berth's image has the word `mount` in its place. */
export function s3fsAccesses(words: readonly string[], { environment }: ToolContext): readonly ToolAccess[] {
  const flags = readFlags(words[0] === 'mount' ? words.slice(1) : words, S3FS_BOOLEANS);
  const [target = '', mountPoint = ''] = flags.positional;
  const options = new Map(
    flags.values('o').flatMap((text) => text.split(',')).map((one): [string, string] => {
      const equals = one.indexOf('=');
      return equals === -1 ? [one, ''] : [one.slice(0, equals), one.slice(equals + 1)];
    }),
  );
  const [bucket = '', prefix = ''] = target === '' ? [options.get('bucket') ?? ''] : splitOnce(target, ':');
  if (bucket === '' || mountPoint === '') return [];
  return [s3fsMount({ bucket, prefix, mountPoint, url: options.get('url') ?? options.get('host') ?? environment('AWS_S3_URL') ?? '', region: options.get('endpoint') ?? '', readOnly: options.has('ro'), staleSeconds: durationSeconds(options.get('stat_cache_expire') ?? ''), cacheDir: options.get('use_cache'), credentials: s3fsCredentials(options, environment) })];
}

/** The mount that the s3fs images make of their variables alone (`AWS_S3_BUCKET`, `AWS_S3_MOUNT`, `AWS_S3_URL`). */
export function s3fsFromEnvironment({ environment }: ToolContext): readonly ToolAccess[] {
  const bucket = environment('AWS_S3_BUCKET') ?? environment('S3_BUCKET') ?? '';
  if (bucket === '') return [];
  const readOnly = /(?:^|[\s,])ro(?:$|[\s,])/.test(environment('S3FS_ARGS') ?? '');
  const prefix = environment('AWS_S3_ROOT_DIR') ?? '';
  return [s3fsMount({ bucket, prefix, mountPoint: environment('AWS_S3_MOUNT') ?? '/opt/s3fs/bucket', url: environment('AWS_S3_URL') ?? '', region: '', readOnly, staleSeconds: undefined, cacheDir: undefined, credentials: credentialName(environment('AWS_S3_ACCESS_KEY_ID')) })];
}

interface S3fsMount {
  readonly bucket: string;
  readonly prefix: string;
  readonly mountPoint: string;
  readonly url: string;
  readonly region: string;
  readonly readOnly: boolean;
  readonly staleSeconds: number | undefined;
  readonly cacheDir: string | undefined;
  readonly credentials: string | null;
}

function s3fsMount(of: S3fsMount): ToolAccess {
  const prefix = of.prefix.replace(/^\/+|\/+$/g, '');
  return {
    mode: 'mount',
    verbs: of.readOnly ? READ : READ_WRITE_DELETE,
    direction: null,
    remote: null,
    location: { endpoint: of.url === '' ? amazonEndpoint(of.region) : normalEndpoint(of.url, of.bucket, of.region), bucket: of.bucket, prefix, credentials: of.credentials, readOnly: of.readOnly },
    place: cleanContainerPath(of.mountPoint),
    configPath: null,
    cacheDir: of.cacheDir === undefined ? null : cleanContainerPath(of.cacheDir),
    staleSeconds: of.staleSeconds ?? S3FS_STALE_SECONDS,
  };
}

function s3fsCredentials(options: ReadonlyMap<string, string>, environment: Lookup): string | null {
  const file = options.get('passwd_file');
  return file === undefined ? (credentialName(environment('AWS_S3_ACCESS_KEY_ID') ?? environment('AWSACCESSKEYID')) ?? environmentCredentials(environment)) : `file:${file}`;
}

function splitOnce(text: string, by: string): readonly string[] {
  const at = text.indexOf(by);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

type Half = readonly [location: S3Location | undefined, verbs: ToolAccess['verbs'], direction: ToolAccess['direction'], place: string];

function accessesOf(halves: readonly Half[], remote: string | null, mode: 'sync' | 'client'): readonly ToolAccess[] {
  return halves.flatMap(([location, verbs, direction, place]) =>
    location === undefined ? [] : [{ mode, verbs, direction, remote, location, place: /^s3:/.test(place) ? place : cleanContainerPath(place), configPath: null, cacheDir: null, staleSeconds: null }],
  );
}
