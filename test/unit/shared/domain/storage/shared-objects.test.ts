import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedObjectsOf } from '@shared/domain/storage/decisions';
import { heldFindings } from '@shared/domain/storage/held-objects';
import { asideName, ASIDE_PATTERN, sharedPlan, sharedSentence } from '@shared/domain/storage/sync-ledger';
import { asideCommand, newerCommand, syncCommand } from '@shared/domain/storage/sync-log';

const AT = '2026-01-02T03:04:05.678Z';
const job = { id: 's3-sync:/mnt/efs/logs', service: 's3-sync', source: '/mnt/efs/logs', remote: 's3-logs', bucket: 'shop-logs', prefix: 'sync', semantics: 'archive' as const };

describe('an object that was written from both sides', () => {
  it('is held, unless buckets are shared on purpose and something else was chosen', () => {
    expect(sharedObjectsOf({})).toBe('hold');
    expect(sharedObjectsOf({ sharedObjects: 'newest' })).toBe('hold');
    expect(sharedObjectsOf({ bucketStrategy: 'B', sharedObjects: 'newest' })).toBe('hold');
    expect(sharedObjectsOf({ bucketStrategy: 'C' })).toBe('hold');
    expect(sharedObjectsOf({ bucketStrategy: 'C', sharedObjects: 'newest' })).toBe('newest');
    expect(sharedObjectsOf({ bucketStrategy: 'C', sharedObjects: 'keep-both' })).toBe('keep-both');
  });

  it('is in exactly one part of the plan, whatever was chosen', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), fc.constantFrom('hold' as const, 'keep-both' as const, 'newest' as const), (changed, way) => {
        const plan = sharedPlan(changed, way, AT);
        expect([...plan.held, ...plan.keptAside.map((one) => one.key), ...plan.compared]).toEqual(changed);
        for (const { key, as } of plan.keptAside) expect(as).not.toBe(key);
      }),
    );
  });

  it('is kept beside its name, in its folder, with its ending', () => {
    expect(asideName('notes/a.txt', AT)).toBe('notes/a.conflict-20260102T030405Z.txt');
    expect(asideName('a.tar.gz', AT)).toBe('a.tar.conflict-20260102T030405Z.gz');
    expect(asideName('v1.2/.env', AT)).toBe('v1.2/.env.conflict-20260102T030405Z');
    expect(asideName('line\nbreak', AT)).toBe('line\nbreak.conflict-20260102T030405Z');
    expect(asideCommand(job, 'a b.txt', 'a b.conflict-x.txt').slice(0, 4)).toEqual(['rclone', 'copyto', 's3-logs:shop-logs/sync/a b.txt', 's3-logs:shop-logs/sync/a b.conflict-x.txt']);
    expect(syncCommand({ ...job, semantics: 'mirror' }, '/tmp/one.sock', [])).toContain(`--exclude=${ASIDE_PATTERN}`);
    expect(syncCommand(job, '/tmp/one.sock', [])).not.toContain(`--exclude=${ASIDE_PATTERN}`);
  });

  it('is compared by its time by itself, and nothing is deleted by that', () => {
    const words = newerCommand({ ...job, semantics: 'mirror' }, '/tmp/one.sock', ['a*.txt']);
    expect(words.slice(0, 4)).toEqual(['rclone', 'copy', '/mnt/efs/logs', 's3-logs:shop-logs/sync']);
    expect(words).toEqual(expect.arrayContaining(['--update', '--use-server-modtime', '--include=/a\\*.txt']));
    expect(words.some((one) => one.startsWith('--exclude') || one.startsWith('--max-delete'))).toBe(false);
  });

  it('is said in a sentence', () => {
    const said = (changed: readonly string[], way: 'hold' | 'keep-both' | 'newest', written: readonly string[] = []) => sharedSentence(sharedPlan(changed, way, AT), new Set(written));
    expect(said(['a'], 'hold')).toBe('');
    expect(said([], 'newest')).toBe('');
    expect(said(['a.txt'], 'keep-both')).toBe('One object changed in the bucket by somebody else is kept there by another name (a.conflict-20260102T030405Z.txt).');
    expect(said(['a', 'b'], 'newest')).toBe('2 objects changed in the bucket by somebody else: what is there is newer and stays.');
    expect(said(['a', 'b'], 'newest', ['a', 'c'])).toContain('newer for 1');
    expect(said(['a', 'b'], 'newest', ['a', 'b'])).toContain('the folder was newer and was copied');
  });

  it('is a finding as long as it is held', () => {
    expect(heldFindings([{ job, keys: [] }])).toEqual([]);
    const [one] = heldFindings([{ job, keys: ['a', 'b', 'c', 'd', 'e'] }]);
    expect(one).toMatchObject({ code: 'WRITTEN_TWICE', severity: 'warning', area: 'storage', service: 's3-sync' });
    expect(one?.message).toBe('a, b, c and 2 more in shop-logs/sync were written by somebody else too, so s3-sync does not copy over them.');
    expect(heldFindings([{ job, keys: ['x'] }])[0]?.id).toBe(one?.id);
  });
});
