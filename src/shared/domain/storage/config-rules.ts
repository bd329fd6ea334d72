import type { Finding } from '../findings/finding';
import type { S3Access } from './access';
import { containerKey, groupedBy, isSameContainer, listed, named, nameOf, overlapOf, pairsOf, report, SEPARATE_CONTAINERS, type AccessPair, type ConflictOptions } from './conflict-model';

/** C1, C2, C3 and I1: configurations, caches, credentials and images that containers share. */
export function configFindings(accesses: readonly S3Access[], options: ConflictOptions): readonly Finding[] {
  const pairs = pairsOf(accesses);
  const sharing = groupedBy(pairs.filter((pair) => !isSameContainer(pair) && sharesConfig(pair)), pairKey);
  return [
    ...sharing.flatMap((group) => configFinding(group)),
    ...groupedBy(sharing.flatMap((group) => group.filter(hasSameCredentials)), pairKey).flatMap((group) => credentialFinding(group)),
    ...groupedBy(pairs.filter((pair) => sharesCache(pair, options)), pairKey).flatMap((group) => cacheFinding(group, options)),
    ...imageFindings(accesses),
  ];
}

function pairKey([left, right]: AccessPair): string {
  return [containerKey(left), containerKey(right)].sort().join('|');
}

/** The same file by a volume both write to, or the same path in one pod. */
function sharesConfig([left, right]: AccessPair): boolean {
  if (left.configPath === null || right.configPath === null || !left.configWritable || !right.configWritable) return false;
  if (left.configStore !== null || right.configStore !== null) return left.configStore === right.configStore;
  return left.group === right.group && left.group.startsWith('pod:') && left.configPath === right.configPath;
}

/** The same key; or, where it is not seen, the same remote of the configuration they share. */
function hasSameCredentials([left, right]: AccessPair): boolean {
  if (left.credentials !== null || right.credentials !== null) return left.credentials === right.credentials;
  return left.remote !== null && left.remote === right.remote;
}

function sharesCache(pair: AccessPair, options: ConflictOptions): boolean {
  const [left, right] = pair;
  if (left.cacheDir === null || right.cacheDir === null) return false;
  const isShared = isSameContainer(pair) ? left.cacheDir === right.cacheDir : left.cacheStore !== null && left.cacheStore === right.cacheStore;
  const overlap = overlapOf(pair, options.endpointAliases);
  return isShared && (overlap.kind === 'same' || overlap.kind === 'nested') && left.bucket.certain === right.bucket.certain;
}

function configFinding(pairs: readonly AccessPair[]): readonly Finding[] {
  const [pair] = pairs;
  if (pair === undefined) return [];
  const path = pair[0].configPath ?? '';
  return [
    report({
      code: 'CONFIG_OVERLAP',
      rule: 'C1',
      severity: 'error',
      parties: pair,
      about: pair[0].configStore ?? path,
      isPossible: false,
      message: `${nameOf(pair[0], pair)} and ${nameOf(pair[1], pair)} both write their rclone configuration to ${path}.`,
      why: 'Whichever writes last decides which remotes and keys the other one works with; when both write at once the file may be broken for both.',
      fixes: [SEPARATE_CONTAINERS],
    }),
  ];
}

function credentialFinding(pairs: readonly AccessPair[]): readonly Finding[] {
  const [pair] = pairs;
  if (pair === undefined) return [];
  return [
    report({
      code: 'CONFIG_OVERLAP',
      rule: 'C3',
      severity: 'warning',
      parties: pair,
      about: 'credentials',
      isPossible: false,
      message: `${nameOf(pair[0], pair)} and ${nameOf(pair[1], pair)} use the same credentials from the same configuration.`,
      why: 'Either may write and delete everything the other one may, and one changed or leaked key stops or opens both.',
      fixes: [SEPARATE_CONTAINERS],
    }),
  ];
}

function cacheFinding(pairs: readonly AccessPair[], options: ConflictOptions): readonly Finding[] {
  const [pair] = pairs;
  if (pair === undefined) return [];
  return [
    report({
      code: 'CONFIG_OVERLAP',
      rule: 'C2',
      severity: 'error',
      parties: pair,
      about: pair[0].cacheStore ?? pair[0].cacheDir ?? '',
      isPossible: pairs.every((one) => overlapOf(one, options.endpointAliases).isPossible),
      message: `${named(pair[0], pair)} and ${named(pair[1], pair)} keep their cache of the bucket ${pair[0].bucket.text} in the same folder ${pair[0].cacheDir ?? ''}.`,
      why: 'rclone takes its cache folder for its own: two of them in one folder mix up what is not uploaded yet, and files are damaged.',
      fixes: [SEPARATE_CONTAINERS],
    }),
  ];
}

/** Containers of one pod or machine whose rclone is no version in particular, or not the same. */
function imageFindings(accesses: readonly S3Access[]): readonly Finding[] {
  return groupedBy(accesses.filter((one) => one.mode !== 'client' && !one.startup && one.image.includes('rclone') && !one.image.includes('$')), (one) => one.group).flatMap((group) => {
    const containers = groupedBy(group, containerKey).flatMap((own) => own.slice(0, 1));
    const floating = containers.filter((one) => versionOf(one.image) === 'latest');
    const versions = [...new Set(containers.map((one) => versionOf(one.image)))];
    const isFloating = floating.length >= 2;
    if (containers.length < 2 || (!isFloating && versions.length < 2)) return [];
    const parties = isFloating ? floating : containers;
    const images = [...new Set(parties.map((one) => one.image))];
    return [
      report({
        code: 'CONFIG_OVERLAP',
        rule: 'I1',
        severity: 'info',
        parties,
        about: 'image',
        isPossible: false,
        message: isFloating ? `${listed(parties.map((one) => one.container))} run ${listed(images)}: no version in particular.` : `${listed(parties.map((one) => one.container))} run different versions of rclone: ${listed(images)}.`,
        why: isFloating ? 'What is fetched tomorrow may be another rclone than today, for one of them or for both. A version or a digest keeps them as they are.' : 'Two versions may read the same configuration and the same cache differently.',
        fixes: [SEPARATE_CONTAINERS],
      }),
    ];
  });
}

/** The digest or tag of an image; `latest` without one. */
function versionOf(image: string): string {
  const digest = image.indexOf('@');
  if (digest !== -1) return image.slice(digest + 1);
  const name = image.slice(image.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  return colon === -1 ? 'latest' : name.slice(colon + 1);
}
