/** One value of git's configuration: section and variable in lower case, the part between as it was written. */
export interface GitSetting {
  readonly key: string;
  readonly value: string;
}

/** Reads `git config -z --list`. A key without a value is `true` to git. */
export function parseSettings(text: string): readonly GitSetting[] {
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const end = line.indexOf('\n');
      return end === -1 ? { key: line, value: 'true' } : { key: line.slice(0, end), value: line.slice(end + 1) };
    });
}

/** Reads `git config -z --list --show-scope`: only what the user's own files say. */
export function parseUserSettings(text: string): readonly GitSetting[] {
  const fields = text.split('\0');
  const found: string[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) if (fields[at] === 'global') found.push(fields[at + 1] ?? '');
  return parseSettings(found.join('\0'));
}

const TRUSTED_SECTIONS = new Set(['user', 'author', 'committer', 'credential', 'gpg', 'http', 'ssh']);
const TRUSTED_KEYS = new Set(['core.sshcommand', 'commit.gpgsign', 'tag.gpgsign', 'tag.forcesignannotated', 'core.autocrlf', 'core.eol', 'core.safecrlf']);

/** What the user's own configuration is believed: who they are, how they prove it, how they reach a server, how they sign, and how lines end. */
export function trustedSettings(settings: readonly GitSetting[]): readonly GitSetting[] {
  return settings.filter(({ key }) => {
    const section = key.slice(0, key.indexOf('.'));
    const variable = key.slice(key.lastIndexOf('.') + 1);
    if (section === 'url') return variable === 'insteadof' || variable === 'pushinsteadof';
    return TRUSTED_SECTIONS.has(section) || TRUSTED_KEYS.has(key);
  });
}

/** What of a repository's own configuration says how its files are written down. Nothing of it names a program, a place or an address. */
const HARMLESS = new Map([
  ['core.filemode', /^(true|false)$/],
  ['core.symlinks', /^(true|false)$/],
  ['core.ignorecase', /^(true|false)$/],
  ['core.precomposeunicode', /^(true|false)$/],
  ['core.autocrlf', /^(true|false|input)$/],
  ['core.eol', /^(lf|crlf|native)$/],
  ['core.safecrlf', /^(true|false|warn)$/],
  ['extensions.objectformat', /^(sha1|sha256)$/],
]);

/** The configuration file that stands in for a repository's own. */
export function viewConfig(settings: readonly GitSetting[], isBare: boolean): string {
  const kept = new Map<string, string>();
  for (const { key, value } of settings) if (HARMLESS.get(key)?.test(value.toLowerCase()) === true) kept.set(key, value.toLowerCase());
  const version = kept.has('extensions.objectformat') ? 1 : 0;
  const lines = ['[core]', `\trepositoryformatversion = ${String(version)}`, `\tbare = ${String(isBare)}`];
  for (const [key, value] of kept) if (key.startsWith('core.')) lines.push(`\t${key.slice('core.'.length)} = ${value}`);
  const format = kept.get('extensions.objectformat');
  if (format !== undefined) lines.push('[extensions]', `\tobjectformat = ${format}`);
  return `${lines.join('\n')}\n`;
}

/** Why Berth does not work with a repository that is set up so; null when it does. */
export function unsupportedSetup(settings: readonly GitSetting[]): string | null {
  const last = new Map(settings.map(({ key, value }) => [key, value]));
  const version = last.get('core.repositoryformatversion') ?? '0';
  if (version !== '0' && version !== '1') return `has format version ${version}, which is not known here`;
  if ((last.get('extensions.refstorage') ?? 'files') !== 'files') return 'keeps its branches in another way than in files';
  if (last.has('extensions.partialclone') || settings.some(({ key }) => /^remote\..*\.promisor$/.test(key))) return 'is a partial clone: what is missing would have to be fetched in between';
  if (isTrue(last.get('core.sparsecheckout'))) return 'has only a part of its files checked out';
  if (isTrue(last.get('core.bare'))) return 'has no work folder';
  const known = new Set(['extensions.objectformat', 'extensions.refstorage', 'extensions.worktreeconfig', 'extensions.noop', 'extensions.relativeworktrees', 'extensions.preciousobjects']);
  const unknown = version === '1' ? settings.find(({ key }) => key.startsWith('extensions.') && !known.has(key)) : undefined;
  return unknown === undefined ? null : `uses ${unknown.key}, which is not known here`;
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(true|yes|on|[1-9]\d*)$/i.test(value);
}

/** A remote as the repository names it. */
export interface GitRemote {
  readonly name: string;
  readonly url: string;
  readonly pushUrl: string;
}

/** The remotes of a repository, by name. */
export function remotesOf(settings: readonly GitSetting[]): readonly GitRemote[] {
  const found = new Map<string, { url: string | null; pushUrl: string | null }>();
  for (const { key, value } of settings) {
    const match = /^remote\.(.+)\.(url|pushurl)$/s.exec(key);
    if (match === null) continue;
    const name = match[1] ?? '';
    const one = found.get(name) ?? { url: null, pushUrl: null };
    found.set(name, one);
    // The first address is the one that is fetched from.
    if (match[2] === 'url') one.url ??= value;
    else one.pushUrl ??= value;
  }
  return [...found].flatMap(([name, { url, pushUrl }]) => (url === null ? [] : [{ name, url, pushUrl: pushUrl ?? url }]));
}

/** The branch of a remote that a branch follows; null when it follows none. */
export function upstreamOf(settings: readonly GitSetting[], branch: string): { readonly remote: string; readonly branch: string } | null {
  const last = new Map(settings.map(({ key, value }) => [key, value]));
  const remote = last.get(`branch.${branch}.remote`);
  const merge = last.get(`branch.${branch}.merge`);
  return remote === undefined || merge?.startsWith('refs/heads/') !== true ? null : { remote, branch: merge.slice('refs/heads/'.length) };
}
