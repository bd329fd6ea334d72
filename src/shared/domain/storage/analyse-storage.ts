import { AppError, type Where } from '../../kernel/app-error';
import type { Finding, Severity } from '../findings/finding';
import type { S3Access } from './access';
import { bucketFindings } from './bucket-rules';
import { configFindings } from './config-rules';
import { inOrder, type ConflictOptions } from './conflict-model';
import { addedResources, mountFindings, resourceFindings, resourceShares, scheduleFindings } from './place-rules';
import { sameEndpoint } from './s3-endpoint';

/** What `storage conflicts` answers. */
export interface StorageConflicts {
  readonly findings: readonly Finding[];
  readonly mountBuckets: readonly string[];
  readonly syncBuckets: readonly string[];
  /** Buckets that are mounted and synced. */
  readonly overlap: readonly string[];
  readonly added: { readonly memoryBytes: number; readonly cpuMillis: number; readonly containers: number };
  readonly shares: ReturnType<typeof resourceShares>;
  readonly accesses: readonly {
    readonly container: string;
    readonly mode: S3Access['mode'];
    readonly verbs: ('read' | 'write' | 'delete')[];
    readonly endpoint: string;
    readonly bucket: string;
    readonly prefix: string;
    readonly place: string;
    readonly certain: boolean;
    readonly where?: Where | undefined;
  }[];
}

const RANK: { readonly [severity in Severity]: number } = { error: 0, warning: 1, info: 2 };

/** Every access is compared with every other one. */
const ACCESSES_MAX = 1_000;

/** Who reads and writes which bucket, and where that goes wrong. The order of the accesses does not matter; the same access from two sources counts once. Throws `input-invalid` for more than can be compared. */
export function analyseStorage(given: readonly S3Access[], options: ConflictOptions = {}): StorageConflicts {
  const accesses = once(inOrder(given));
  if (accesses.length > ACCESSES_MAX) throw new AppError('input-invalid', `The project has ${String(accesses.length)} accesses to S3; conflicts are looked for among ${String(ACCESSES_MAX)} at most.`);
  const findings = [...bucketFindings(accesses, options), ...configFindings(accesses, options), ...mountFindings(accesses, options), ...resourceFindings(accesses, options), ...scheduleFindings(accesses, options)];
  const mounts = accesses.filter((one) => one.mode === 'mount');
  const syncs = accesses.filter((one) => one.mode === 'sync');
  const shared = mounts.filter((mount) => syncs.some((sync) => sync.bucket.text === mount.bucket.text && sameEndpoint(mount.endpoint, sync.endpoint, options.endpointAliases) !== 'different'));
  return {
    findings: firstOfEach(findings.sort((a, b) => RANK[a.severity] - RANK[b.severity] || (a.rule ?? '').localeCompare(b.rule ?? '') || (a.id < b.id ? -1 : 1))),
    mountBuckets: bucketsOf(mounts),
    syncBuckets: bucketsOf(syncs),
    overlap: bucketsOf(shared),
    added: addedResources(accesses),
    shares: resourceShares(accesses),
    accesses: accesses.map(({ container, mode, verbs, endpoint, bucket, prefix, place, where }) => ({
      container,
      mode,
      verbs: [...verbs],
      endpoint,
      bucket: bucket.text,
      prefix: prefix.text,
      place,
      certain: bucket.certain && prefix.certain && !endpoint.includes('$'),
      ...(where === undefined ? {} : { where }),
    })),
  };
}

/** Two accesses may have the same thing to say of their containers. */
function firstOfEach(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((one, index) => findings.findIndex((other) => other.id === one.id) === index);
}

function bucketsOf(accesses: readonly S3Access[]): readonly string[] {
  return [...new Set(accesses.map((one) => one.bucket.text))].sort();
}

/** A container that is described by a file and seen running is one party, not two. */
function once(accesses: readonly S3Access[]): readonly S3Access[] {
  const seen = new Map<string, S3Access>();
  for (const one of accesses) {
    const key = JSON.stringify([one.group, one.container, one.mode, one.place, one.direction, one.bucket.text, one.prefix.text]);
    const known = seen.get(key);
    if (known === undefined || (known.where === undefined && one.where !== undefined)) seen.set(key, one);
  }
  return [...seen.values()];
}
