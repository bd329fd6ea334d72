import { textHash } from '../../kernel/text-hash';
import type { Lookup } from '../compose/environment';
import { amazonEndpoint, normalEndpoint, splitBucketPath } from './s3-endpoint';
import { storageText } from './symbolic';

/** A place in S3 that a remote stands for. */
export interface S3Location {
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly credentials: string | null;
  /** A part of a union that is never written. */
  readonly readOnly: boolean;
}

/** Sections of a configuration file: options by remote. */
export type RcloneSections = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Where the options of remotes come from. */
export interface RcloneRemotes {
  readonly sections: RcloneSections;
  /** Variables of the container: `RCLONE_CONFIG_<REMOTE>_<OPTION>`, `AWS_…`. */
  readonly environment: Lookup;
  /** Options of the s3 backend given as flags, without `s3-`. */
  readonly flags: ReadonlyMap<string, string>;
  /** What a remote is that nothing defines: the project's own S3. */
  readonly fallback?: { readonly endpoint: string; readonly credentials: string | null } | undefined;
}

const DEPTH_MAX = 8;
const WRAPPERS = new Set(['crypt', 'chunker', 'compress', 'hasher', 'cache']);

/** Reads `rclone.conf`: sections, `key = value`, comments with `#` and `;`. What is encrypted has no sections. */
export function parseRcloneConfig(text: string): RcloneSections {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const head = /^\[(.+)\]$/.exec(line);
    if (head !== null) {
      section = new Map();
      sections.set(head[1] ?? '', section);
    } else if (section !== undefined && !/^[#;]/.test(line) && line.includes('=')) {
      const equals = line.indexOf('=');
      section.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
    }
  }
  return sections;
}

/** A remote and a path from `remote:path`; undefined for a path of this machine. `:s3,option=value:path` is a remote without a name. */
export function splitRemote(text: string): { readonly remote: string; readonly options: ReadonlyMap<string, string>; readonly path: string } | undefined {
  const options = new Map<string, string>();
  const found = /^(:?[^:/,]+)/.exec(text);
  if (found === null) return undefined;
  const remote = found[1] ?? '';
  let rest = text.slice(remote.length);
  while (rest.startsWith(',')) {
    const option = /^,([\w-]+)(?:=("(?:[^"]|"")*"|'(?:[^']|'')*'|[^,:]*))?/.exec(rest);
    if (option === null) return undefined;
    options.set((option[1] ?? '').toLowerCase(), (option[2] ?? 'true').replace(/^(["'])([\s\S]*)\1$/, '$2'));
    rest = rest.slice(option[0].length);
  }
  return rest.startsWith(':') ? { remote, options, path: rest.slice(1) } : undefined;
}

/** Where a remote really is: wrappers are followed, a union is all of its parts. Empty for what is certainly no S3. */
export function locationsOf(text: string, remotes: RcloneRemotes, depth = 0): readonly S3Location[] {
  const split = splitRemote(text);
  if (split === undefined || depth > DEPTH_MAX) return [];
  const option = optionsOf(split.remote, split.options, remotes);
  const type = split.remote.startsWith(':') ? split.remote.slice(1) : option('type');
  const onwards = (base: string, path: string): readonly S3Location[] => locationsOf(joined(base, path), remotes, depth + 1);
  if (type === undefined) return remotes.fallback === undefined ? [unknownLocation(split.path)] : [location(remotes.fallback.endpoint, split.path, remotes.fallback.credentials)];
  if (type === 'alias') return onwards(option('remote') ?? '', split.path);
  if (WRAPPERS.has(type)) {
    const isHidden = type === 'crypt' && option('filename_encryption') !== 'off';
    // Names are encrypted beneath the folder that crypt wraps: equal paths stay equal, and never equal to plain ones.
    const path = isHidden ? split.path.split('/').filter((one) => one !== '').map((one) => `crypt(${split.remote}):${one}`).join('/') : split.path;
    return onwards(option('remote') ?? '', path);
  }
  if (type === 'union') {
    return upstreams(option('upstreams') ?? option('remotes') ?? '').flatMap((one) => {
      const readOnly = /:(?:ro|nc)$/.exec(one);
      return onwards(one.replace(/:(?:ro|nc|writeback)$/, ''), split.path).map((found) => (readOnly?.[0] === ':ro' ? { ...found, readOnly: true } : found));
    });
  }
  if (type === 'combine') return combined(option('upstreams') ?? '', split.path, onwards);
  return type === 's3' ? [s3Location(option, split.path, remotes)] : [];
}

function combined(text: string, path: string, onwards: (base: string, path: string) => readonly S3Location[]): readonly S3Location[] {
  const [folder = '', ...rest] = path.split('/').filter((one) => one !== '');
  return upstreams(text).flatMap((one) => {
    const equals = one.indexOf('=');
    const name = one.slice(0, Math.max(0, equals));
    if (folder !== '' && name !== folder) return [];
    return onwards(one.slice(equals + 1), folder === '' ? '' : rest.join('/'));
  });
}

function s3Location(option: (name: string) => string | undefined, path: string, remotes: RcloneRemotes): S3Location {
  const value = (name: string): string | undefined => option(name) ?? remotes.flags.get(name) ?? remotes.environment(`RCLONE_S3_${name.toUpperCase()}`);
  const { bucket } = splitBucketPath(path);
  const region = value('region') ?? remotes.environment('AWS_REGION') ?? remotes.environment('AWS_DEFAULT_REGION') ?? '';
  const endpoint = value('endpoint');
  const provider = (value('provider') ?? 'AWS').toLowerCase();
  const usesEnvironment = value('env_auth') === 'true' || value('access_key_id') === undefined;
  const key = usesEnvironment ? environmentCredentials(remotes.environment) : credentialName(value('access_key_id'));
  return location(endpoint !== undefined && endpoint !== '' ? normalEndpoint(endpoint, bucket, region) : provider === 'aws' ? amazonEndpoint(region) : '', path, key);
}

/** The credentials that the variables of a container name, as AWS's own tools look for them. */
export function environmentCredentials(environment: Lookup): string | null {
  const key = environment('AWS_ACCESS_KEY_ID');
  if (key !== undefined && key !== '') return credentialName(key);
  const named = environment('AWS_PROFILE') ?? environment('AWS_ROLE_ARN') ?? environment('AWS_SHARED_CREDENTIALS_FILE');
  return named === undefined || named === '' ? null : `profile:${named}`;
}

/** A name for an access key that says nothing of its value: the variable or secret it comes from, or a hash. */
export function credentialName(accessKey: string | undefined): string | null {
  if (accessKey === undefined || accessKey === '') return null;
  return storageText(accessKey).certain ? `key:${textHash(accessKey)}` : accessKey;
}

/** An option of a remote from the environment. rclone keeps the dash of a remote's name; a shell cannot write one, so an underscore is read as well. */
export function remoteVariable(remote: string, option: string, environment: Lookup): string | undefined {
  const [name, tail] = [remote.toUpperCase(), option.toUpperCase()];
  return environment(`RCLONE_CONFIG_${name}_${tail}`) ?? environment(`RCLONE_CONFIG_${name.replaceAll('-', '_')}_${tail}`);
}

function optionsOf(remote: string, given: ReadonlyMap<string, string>, remotes: RcloneRemotes): (name: string) => string | undefined {
  // rclone keeps the dash of a name; files that were written for a shell have an underscore in its place.
  const prefixes = [remote.toUpperCase(), remote.toUpperCase().replaceAll('-', '_')].map((name) => `RCLONE_CONFIG_${name}_`);
  const variable = (name: string): string | undefined => prefixes.map((prefix) => remotes.environment(`${prefix}${name.toUpperCase()}`)).find((one) => one !== undefined);
  const section = remotes.sections.get(remote);
  return (name) => given.get(name) ?? variable(name) ?? section?.get(name);
}

function location(endpoint: string, path: string, credentials: string | null): S3Location {
  return { endpoint, ...splitBucketPath(path), credentials, readOnly: false };
}

function unknownLocation(path: string): S3Location {
  return location('', path, null);
}

function joined(base: string, path: string): string {
  if (path === '') return base;
  return base.endsWith(':') || base.endsWith('/') ? `${base}${path}` : `${base}/${path}`;
}

/** A list of upstreams: separated by blanks, quoted where they hold some. */
function upstreams(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '').filter((one) => one !== '');
}
