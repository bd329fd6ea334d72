import { isWithin } from '../checks/host-path';
import type { Finding, FindingFix } from '../findings/finding';
import type { S3Access } from './access';
import {
  bucketName,
  containerKey,
  groupedBy,
  isSameContainer,
  listed,
  named,
  namedTogether,
  overlapOf,
  pairsOf,
  report,
  SEPARATE_BUCKETS,
  SEPARATE_FOLDERS,
  writes,
  type AccessPair,
  type ConflictOptions,
  type ConflictRule,
} from './conflict-model';

/** Two accesses that meet in S3, and what that is. */
interface Meeting {
  readonly pair: AccessPair;
  readonly rule: ConflictRule;
  readonly level: 'error' | 'warning' | 'info';
  readonly isPossible: boolean;
  readonly isApart: boolean;
}

/** B1, B2, B3, B5 and B4: who writes where somebody else reads or writes. One finding for each two containers and their bucket. */
export function bucketFindings(accesses: readonly S3Access[], options: ConflictOptions): readonly Finding[] {
  const meetings = pairsOf(accesses).flatMap((pair) => {
    const meeting = meetingOf(pair, options);
    return meeting === undefined ? [] : [meeting];
  });
  const told = withoutWeaker(meetings);
  return groupedBy(told, (one) => `${pairKey(one.pair)}|${one.rule === 'B2' ? 'B1' : one.rule}|${one.level === 'info' ? 'info' : ''}|${one.rule === 'B5' ? '' : one.pair[0].bucket.text}`).map((group) => findingOf(group, options));
}

function pairKey([left, right]: AccessPair): string {
  return [containerKey(left), containerKey(right)].sort().join('|');
}

/** Of unknown variables those count first that belong to the same remote; folders that lie apart only matter where nothing worse was found. */
function withoutWeaker(meetings: readonly Meeting[]): readonly Meeting[] {
  const remotes = new Set(meetings.filter((one) => one.rule === 'B5' && one.pair[0].remote !== null && one.pair[0].remote === one.pair[1].remote).map((one) => pairKey(one.pair)));
  const worse = new Set(meetings.filter((one) => !one.isApart && one.level !== 'info').map((one) => `${pairKey(one.pair)}|${one.pair[0].bucket.text}`));
  return meetings.filter((one) => {
    if (one.rule === 'B5' && remotes.has(pairKey(one.pair))) return one.pair[0].remote === one.pair[1].remote;
    return !(one.isApart || one.level === 'info') || !worse.has(`${pairKey(one.pair)}|${one.pair[0].bucket.text}`);
  });
}

function meetingOf(pair: AccessPair, options: ConflictOptions): Meeting | undefined {
  const [left, right] = pair;
  const overlap = overlapOf(pair, options.endpointAliases);
  const { isPossible } = overlap;
  const meeting = (rule: ConflictRule, level: Meeting['level']): Meeting => ({ pair, rule, level, isPossible, isApart: overlap.kind === 'apart' });
  if (overlap.kind === 'none' || !(writes(left) || writes(right))) return undefined;
  if (overlap.kind === 'apart') {
    const isBoth = writes(left) && writes(right) && !isSameContainer(pair);
    return options.bucketStrategy === 'B' && isBoth && left.bucket.certain === right.bucket.certain ? meeting('B1', 'warning') : undefined;
  }
  if (isLoop(pair)) return meeting('B4', 'error');
  if (writes(left) && writes(right)) {
    const deletes = pair.some((one) => one.mode !== 'mount' && one.verbs.includes('delete'));
    // Jobs of one container run one after the other: only what one of them deletes does the other harm.
    if (isSameContainer(pair) && (left.bucket.certain !== right.bucket.certain || (!deletes && pair.every((one) => one.mode !== 'mount')))) return undefined;
    return meeting(left.bucket.certain === right.bucket.certain ? (deletes ? 'B2' : 'B1') : 'B5', 'error');
  }
  return readingMeeting(pair, meeting);
}

/** One writer and a view that is only read: allowed, and old for as long as the view keeps what it knows. */
function readingMeeting(pair: AccessPair, meeting: (rule: ConflictRule, level: Meeting['level']) => Meeting): Meeting | undefined {
  const reader = pair.find((one) => !writes(one));
  const writer = pair.find(writes);
  if (reader?.mode !== 'mount' || writer === undefined) return undefined;
  const isStale = writer.mode === 'sync' && writer.everySeconds !== null && reader.staleSeconds !== null && reader.staleSeconds > writer.everySeconds;
  const found = meeting('B3', isStale ? 'warning' : 'info');
  return found.isPossible && !isStale ? undefined : found;
}

/** Whether a copy reads what it writes: its folder is a view of the place it writes to. */
function isLoop([left, right]: AccessPair): boolean {
  const [mount, sync] = left.mode === 'mount' ? [left, right] : [right, left];
  if (mount.mode !== 'mount' || sync.mode !== 'sync' || sync.direction !== 'to-s3') return false;
  const within = isSameContainer([mount, sync]) && isWithin(mount.place, sync.place) ? sync.place.slice(mount.place.length) : beneath(mount.placeStore, sync.placeStore);
  if (within === undefined) return false;
  const source = [mount.prefix.text, ...within.split('/')].filter((one) => one !== '').join('/');
  const target = sync.prefix.text;
  return source === target || source === '' || target === '' || target.startsWith(`${source}/`) || source.startsWith(`${target}/`);
}

function beneath(parent: string | null, child: string | null): string | undefined {
  if (parent === null || child === null) return undefined;
  return child === parent || child.startsWith(`${parent}/`) ? child.slice(parent.length) : undefined;
}

/** Who shares a bucket on purpose is offered folders in it. */
function waysOut({ bucketStrategy }: ConflictOptions, isApart: boolean): readonly FindingFix[] {
  if (isApart || bucketStrategy === undefined || bucketStrategy === 'A') return [SEPARATE_BUCKETS];
  return bucketStrategy === 'B' ? [SEPARATE_FOLDERS] : [SEPARATE_BUCKETS, SEPARATE_FOLDERS];
}

function findingOf(group: readonly Meeting[], options: ConflictOptions): Finding {
  const [first] = group;
  if (first === undefined) throw new Error('A group has at least one member.');
  const parties = [...new Set(group.flatMap((one) => one.pair))];
  const rule = group.some((one) => one.rule === 'B2') ? 'B2' : first.rule;
  const isPossible = group.every((one) => one.isPossible);
  const base = { rule, parties, isPossible, severity: first.level, about: rule === 'B5' ? '' : first.pair[0].bucket.text } as const;
  if (rule === 'B4') {
    const sync = parties.filter((one) => one.mode === 'sync');
    const mount = parties.filter((one) => one.mode === 'mount');
    return report({ ...base, code: 'SYNC_LOOP', message: `${namedTogether(sync, parties)} copies to ${buckets(sync)} what ${namedTogether(mount, parties)} shows of the same bucket.`, why: 'Each run copies what the last one wrote, again and again, until the disk or the bucket is full.', fixes: [SEPARATE_BUCKETS] });
  }
  return report({ ...base, code: 'BUCKET_OVERLAP', message: messageOf(rule, first, parties), why: whyOf(rule, first, parties), fixes: first.level === 'info' || rule === 'B3' ? [] : waysOut(options, first.isApart) });
}

function buckets(parties: readonly S3Access[]): string {
  return listed([...new Set(parties.map(bucketName))]);
}

function messageOf(rule: ConflictRule, first: Meeting, parties: readonly S3Access[]): string {
  if (rule === 'B3') {
    const readers = parties.filter((one) => !writes(one));
    const writers = parties.filter(writes);
    return `${namedTogether(writers, parties)} writes to ${buckets(writers)}, which ${namedTogether(readers, parties)} only reads.`;
  }
  const who = namedTogether(parties);
  if (first.isApart) return `${who} write to different folders of the bucket ${first.pair[0].bucket.text}: ${buckets(parties)}.`;
  if (rule === 'B5') {
    const open = parties.filter((one) => !one.bucket.certain);
    const known = parties.filter((one) => one.bucket.certain);
    return `${namedTogether(open, parties)} writes to ${buckets(open)}, which may be the bucket ${listed([...new Set(known.map((one) => one.bucket.text))])} that ${namedTogether(known, parties)} writes to.`;
  }
  const deleter = parties.find((one) => one.mode !== 'mount' && one.verbs.includes('delete'));
  const also = rule === 'B2' && deleter !== undefined ? `, and ${named(deleter, parties)} deletes there what its source does not have` : '';
  return `${who} write to the same bucket ${first.pair[0].bucket.text}${also}.`;
}

function whyOf(rule: ConflictRule, first: Meeting, parties: readonly S3Access[]): string {
  if (first.isApart) return 'Nothing is overwritten as long as each stays in its folder; one wrong path is enough for that to end.';
  if (rule === 'B2') return 'What one of them writes is deleted by the next run of the other: data is lost without a word.';
  if (rule === 'B5') return 'A variable is not set, so it is not known which bucket is meant. If it is the same one, each overwrites what the other wrote.';
  if (rule === 'B1') return 'Neither knows of the other: each overwrites what the other wrote, and may read files that are half written.';
  if (first.level === 'info') return 'One writer beside views that only read is safe. The views show a change as soon as they look again.';
  const reader = parties.find((one) => !writes(one));
  const writer = parties.find(writes);
  return `The view may be ${String(reader?.staleSeconds ?? 0)} s old while the bucket changes every ${String(writer?.everySeconds ?? 0)} s: what is read may be missing, old or a mix of both. A shorter --dir-cache-time helps.`;
}
