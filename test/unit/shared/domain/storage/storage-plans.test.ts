import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storagePlan } from '@shared/contract/schemas/storage';
import { choicesOf, chosenOf, decisionCards, withChoice } from '@shared/domain/storage/decisions';
import { definitionOf } from '@shared/domain/storage/definition-of';
import { readDiskFree } from '@shared/domain/storage/disk-free';
import { presetFile } from '@shared/domain/storage/presets';
import { startSteps } from '@shared/domain/storage/start-order';
import { syncFactKeys, syncPayload } from '@shared/domain/storage/sync-payload';
import { driftOf, driftSentence, nextLedger } from '@shared/domain/storage/sync-ledger';
import { literalGlob, SyncLog, syncCommand } from '@shared/domain/storage/sync-log';
import { TUNING_PRESETS, tuneMount } from '@shared/domain/storage/tuning';
import { AppError } from '@shared/kernel/app-error';
import { loadText } from '../compose/virtual-files';

const PRESET = presetFile({ preset: 'complementary', backend: 'rclone', only: 'all', project: 'shop' });

describe('decisions', () => {
  it('are A, A, both, A, A with four of five until it is chosen how buckets are shared', () => {
    const before = decisionCards({});
    expect(before.decisions.slice(0, 5).map((one) => one.chosen)).toEqual(['A', 'A', 'both', 'A', 'A']);
    expect([before.score, before.of]).toEqual([4, 5]);
    expect(before.decisions[2]?.standing).toBe('needs conflict resolution');
    const after = decisionCards(withChoice({}, 'bucketStrategy', 'A'));
    expect(after.score).toBe(5);
    expect(storagePlan.parse(after).score).toBe(5);
    expect(decisionCards(withChoice(withChoice({}, 'bucketStrategy', 'A'), 'networking', 'combined')).score).toBe(4);
  });

  it('have a reason for every option and one recommendation each', () => {
    for (const one of decisionCards({}).decisions) {
      expect(one.options.filter((option) => option.recommended)).toHaveLength(1);
      for (const option of one.options) expect(option.reason).not.toBe('');
    }
    expect(decisionCards({}).decisions.map((one) => one.chosen).slice(5)).toEqual(['A', 'hold', 'A', 'A']);
  });

  it('refuse what is none, and forget what is none any more', () => {
    expect(() => withChoice({}, 'colour', 'A')).toThrow(AppError);
    expect(() => withChoice({}, 'bucketStrategy', 'Z')).toThrow(/no option/);
    expect(choicesOf({ bucketStrategy: 'Z', implementationOrder: 'C', other: 1 })).toEqual({ implementationOrder: 'C' });
    expect(chosenOf({ implementationOrder: 'C' }, 'implementationOrder')).toBe('C');
  });
});

describe('the order of starting', () => {
  const both = { mounts: true, jobs: true };
  it('A: conflicts, S3, buckets, folders, mounts, sync', () => {
    expect(startSteps('A', 'all', both)).toEqual([['conflicts'], ['s3'], ['buckets'], ['folders'], ['mounts'], ['sync']]);
  });
  it('B: mounts and sync at once; C: each tested by itself before both', () => {
    expect(startSteps('B', 'all', both)).toEqual([['s3'], ['buckets'], ['folders'], ['mounts', 'sync']]);
    expect(startSteps('C', 'all', both)).toEqual([['conflicts'], ['s3'], ['buckets'], ['folders'], ['test-mounts'], ['test-sync'], ['mounts'], ['sync']]);
  });
  it('leaves out what is not there or not asked for', () => {
    expect(startSteps('A', 's3', both)).toEqual([['s3'], ['buckets']]);
    expect(startSteps('A', 'mounts', both).flat()).not.toContain('sync');
    expect(startSteps('C', 'all', { mounts: true, jobs: false }).flat()).toEqual(['conflicts', 's3', 'buckets', 'test-mounts', 'mounts']);
  });
});

describe('the container of copies', () => {
  it('has exactly the limits of its definition, reads its sources only, and waits', async () => {
    const definition = definitionOf(await loadText(PRESET.text, { environment: PRESET.variables }), PRESET.file);
    const container = definition.containers.find((one) => one.role === 'sync');
    if (container === undefined) throw new Error('There is no sync.');
    const payload = syncPayload({ container, jobs: definition.jobs, image: 'berth/rclone:local', owner: { projectId: 'p_1', projectName: 'shop-storage', dir: '/state' }, place: { origin: 'local', endpointInside: 'http://s3:9000', network: 'berth-s3', hostGateway: false, region: 'us-east-1', accessKey: 'a', secretKey: 'b' } });
    expect(syncFactKeys(container)).toEqual(['foreign-volume:s3-sync:shop_efs']);
    expect(payload).toMatchObject({ Cmd: ['idle'], HostConfig: { Memory: 134_217_728, MemoryReservation: 67_108_864, NanoCpus: 100_000_000, CpuShares: 51, NetworkMode: 'berth-s3', RestartPolicy: { Name: 'no' } } });
    const host = payload['HostConfig'] as { Mounts: { Target: string; ReadOnly?: boolean; Source: string }[] };
    expect(host.Mounts).toEqual([
      { Type: 'volume', Source: 'shop_efs', Target: '/mnt/efs', ReadOnly: true },
      { Type: 'volume', Source: 'shop-storage_s3-sync-config', Target: '/root/.config/rclone-sync' },
      { Type: 'volume', Source: 'shop-storage_s3-sync-cache', Target: '/root/.cache/rclone-sync' },
    ]);
    expect(payload['Env']).toContain('RCLONE_CONFIG_S3-ARCHIVE_TYPE=s3');
    expect(payload['Env']).toContain('RCLONE_CONFIG=/root/.config/rclone-sync/rclone.conf');
  });
});

describe('a run', () => {
  const job = { source: '/mnt/efs/logs', remote: 's3-logs', bucket: 'shop-logs', prefix: '', semantics: 'archive' as const };
  it('copies one way, never deletes in an archive, leaves what is held', () => {
    const words = syncCommand(job, '/tmp/one.sock', ['a*b.txt']);
    expect(words.slice(0, 4)).toEqual(['rclone', 'copy', '/mnt/efs/logs', 's3-logs:shop-logs']);
    expect(words).toContain('--exclude=/a\\*b.txt');
    // Logs grow while they are copied: that is no error.
    expect(words).toContain('--local-no-check-updated');
    expect(syncCommand({ ...job, semantics: 'mirror' }, '/tmp/one.sock', [])).toContain('--max-delete=1000');
  });

  it('is read from its log in pieces of any size', () => {
    const lines = [
      { level: 'info', msg: 'Copied (new)', object: 'a.txt' },
      { level: 'info', msg: 'Copied (replaced existing)', object: 'ü/b.txt' },
      { level: 'error', msg: 'Failed to copy: NoSuchBucket', object: 'c.txt' },
      { level: 'info', msg: 'stats', stats: { bytes: 12, errors: 1, transfers: 2 } },
    ];
    const text = `${lines.map((one) => JSON.stringify(one)).join('\n')}\n`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const log = new SyncLog();
        const said: string[] = [];
        for (let at = 0, index = 0; at < text.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1;
          said.push(...log.push(text.slice(at, at + size)));
          at += size;
        }
        expect(log.tally).toEqual({ files: 2, bytes: 12, errors: 1, lastError: 'c.txt: Failed to copy: NoSuchBucket' });
        expect([...log.objects]).toEqual(['a.txt', 'ü/b.txt']);
        expect(said).toEqual(['c.txt: Failed to copy: NoSuchBucket']);
      }),
    );
  });

  it('a file above the size that is copied in several parts at once was copied too', () => {
    const log = new SyncLog();
    log.push('{"level":"info","msg":"Multi-thread Copied (new)","object":"big.bin"}\n{"level":"error","msg":"Failed to copy: multi-thread copy: NoSuchBucket","object":"other.bin"}\n');
    expect([...log.objects]).toEqual(['big.bin']);
  });

  it('names of objects mean themselves in patterns', () => {
    expect(literalGlob('a[1]{x}*?\\')).toBe('a\\[1\\]\\{x\\}\\*\\?\\\\');
  });
});

describe('what others changed in the bucket', () => {
  it('is held and said until it is gone, what they deleted is copied again', () => {
    const ledger = { 'a.txt': '1', 'b.txt': '2', 'c.txt': '3' };
    const drift = driftOf(ledger, new Map([['a.txt', '1'], ['b.txt', 'other'], ['new.txt', '9']]));
    expect(drift).toEqual({ changed: ['b.txt'], removed: ['c.txt'] });
    expect(driftSentence(drift)).toContain('One object changed in the bucket by somebody else stays as it is there');
    const after = nextLedger(ledger, new Map([['a.txt', '1b'], ['b.txt', 'other'], ['c.txt', '3b'], ['new.txt', '9']]), new Set(['a.txt', 'c.txt']), drift.changed);
    expect(after).toEqual({ 'a.txt': '1b', 'b.txt': '2', 'c.txt': '3b' });
    expect(driftOf(after, new Map([['a.txt', '1b'], ['b.txt', 'other'], ['c.txt', '3b']])).changed).toEqual(['b.txt']);
  });

  it('is nothing on the first run: what lies there is where it begins', () => {
    expect(nextLedger(null, new Map([['x', '1']]), new Set(), [])).toEqual({ x: '1' });
    expect(driftSentence({ changed: [], removed: [] })).toBe('');
  });

  it('never loses sight of anything: whatever is neither ours now nor as we wrote it is named', () => {
    const keys = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3'));
    fc.assert(
      fc.property(keys, keys, (ledger, now) => {
        const { changed, removed } = driftOf(ledger, new Map(Object.entries(now)));
        for (const key of Object.keys(ledger)) expect(changed.includes(key) || removed.includes(key)).toBe(now[key] !== ledger[key]);
      }),
    );
  });
});

describe('df', () => {
  it('is read from its last line', () => {
    expect(readDiskFree('Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 100 40 60 40% /mnt/efs\n')).toEqual({ usedBytes: 40_960, freeBytes: 61_440 });
    expect(readDiskFree('df: no such file')).toBeNull();
  });
});

describe('tuning a mount', () => {
  const writable = PRESET.text.replaceAll(/^ +- --read-only\n/gm, '');
  const tuned = (tuning: Parameters<typeof tuneMount>[3], points = ['/mnt/s3/index'], text = PRESET.text): string => {
    const outcome = tuneMount(text, 'rclone-mount', points, tuning);
    if (outcome.kind === 'by-hand') throw new Error(outcome.reason);
    return outcome.text;
  };
  it('changes the flags of that mount only', async () => {
    const definition = definitionOf(await loadText(tuned(TUNING_PRESETS['bigger-cache']), { environment: PRESET.variables }), PRESET.file);
    expect(definition.mounts.map((one) => one.cacheMaxBytes)).toEqual([1024 ** 3, 5 * 1024 ** 3, 1024 ** 3]);
  });
  it('adds what is missing, in the right command', async () => {
    const definition = definitionOf(await loadText(tuned({ readOnly: true, dirCacheTime: '1m' }, undefined, writable), { environment: PRESET.variables }), PRESET.file);
    expect(definition.mounts.map((one) => [one.readOnly, one.dirCacheSeconds])).toEqual([[false, 300], [true, 60], [false, 300]]);
    const last = definitionOf(await loadText(tuned({ readOnly: true }, ['/mnt/s3/realtime'], writable), { environment: PRESET.variables }), PRESET.file);
    expect(last.mounts.map((one) => one.readOnly)).toEqual([false, false, true]);
    const first = definitionOf(await loadText(tuned({ readOnly: false }, ['/mnt/s3/data']), { environment: PRESET.variables }), PRESET.file);
    expect(first.mounts.map((one) => one.readOnly)).toEqual([false, true, true]);
  });
  it('touches no word that is not its own: quotes, comments and spaces of the rest stay', () => {
    const own = `services:\n  rclone-mount:\n    command:\n      - mount   # the first\n      - 's3-data:one two'\n      - /mnt/s3/data\n      - --vfs-cache-max-size=1G # room\n\n      # the second\n      - ";"\n      - mount\n      - "s3-index:b"\n      - /mnt/s3/index\n      - --exclude=/*.tmp\n    image: a:1\n`;
    const changed = tuned({ dirCacheTime: '1m', readOnly: true, cacheMaxSize: '5G' }, ['/mnt/s3/data'], own);
    expect(changed).toBe(own.replace('--vfs-cache-max-size=1G # room\n', '--vfs-cache-max-size=5G # room\n      - --dir-cache-time=1m\n      - --read-only\n'));
    expect(tuned({ cacheMaxAge: '2h' }, ['/mnt/s3/index'], own)).toBe(own.replace('--exclude=/*.tmp\n', '--exclude=/*.tmp\n      - --vfs-cache-max-age=2h\n'));
    const flow = 'services:\n  rclone-mount:\n    command: [mount, "a:b", /mnt/s3/data, ";", mount, "a:c", /mnt/s3/index] # both\n';
    expect(tuned({ dirCacheTime: '1m' }, ['/mnt/s3/data'], flow)).toBe(flow.replace('/mnt/s3/data,', '/mnt/s3/data, --dir-cache-time=1m,'));
  });
  it('keeps every comment, and says when it cannot be done', () => {
    for (const comment of PRESET.text.split('\n').filter((line) => line.trim().startsWith('#'))) expect(tuned({ readOnly: true })).toContain(comment);
    expect(tuneMount('services:\n  a:\n    command: mount a:b /c/d\n', 'a', ['/c/d'], { dirCacheTime: '1m' }).kind).toBe('by-hand');
    expect(tuneMount(PRESET.text, 'rclone-mount', ['/nowhere/at'], { dirCacheTime: '1m' }).kind).toBe('by-hand');
  });
});
