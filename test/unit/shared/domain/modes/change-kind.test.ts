import { describe, expect, it } from 'vitest';
import { pendingServices } from '@shared/domain/changes/pending-services';
import { buildPartsOf, joinBuildIdentity } from '@shared/domain/modes/build-identity';
import { changeKind, type KindFacts } from '@shared/domain/modes/change-kind';
import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import type { ChangeAction, FieldDifference } from '@shared/domain/modes/plan';
import { container } from './world';

const OLD = { place: 'here', names: 'a b', manifests: 'one' };
const identity = (everything: string, change: Partial<typeof OLD> = {}): string => joinBuildIdentity(everything, { ...OLD, ...change });

function step(action: ChangeAction, more: { readonly reasons?: readonly string[]; readonly differences?: readonly FieldDifference[] } = {}): ContainerStep {
  return { service: 'api', number: 1, action, reasons: more.reasons ?? ['image changes'], differences: more.differences ?? [], old: container('api', { labels: { 'dev.berth.build': identity('1') } }), finalName: 'x', createName: 'x', strategyReason: '', startsAfterStopOf: [], inherited: [] };
}
const mount = (from: string, to: string): readonly FieldDifference[] => [{ field: 'mount', from, to: '' }, { field: 'mount', from: '', to }];
const kindOf = (action: ChangeAction, facts: Partial<KindFacts> = {}, more: Parameters<typeof step>[1] = {}): string => changeKind(step(action, more), { isInFiles: true, hasOthers: false, builtNow: identity('1'), ...facts });

describe('the kind of an edit', () => {
  it('is that a service went or came', () => {
    expect([kindOf('remove', { isInFiles: false }), kindOf('create'), kindOf('start')]).toEqual(['removed', 'added', 'stopped']);
    // One container more or less of a service that stays.
    expect([kindOf('remove'), kindOf('create', { hasOthers: true })]).toEqual(['settings', 'settings']);
  });

  it('is told by which part of what it is built from is another', () => {
    const built = (change: Partial<typeof OLD>): string => kindOf('recreate', { builtNow: identity('2', change) });
    expect(built({ place: 'there', manifests: 'two', names: 'c' })).toBe('directories');
    expect(built({ manifests: 'two', names: 'c' })).toBe('dependencies');
    expect(built({ names: 'a c' })).toBe('restructured');
    expect(built({})).toBe('rebuilt');
    expect(kindOf('recreate', { builtNow: 'of something else' })).toBe('rebuilt');
  });

  it('is a new order of the code where the same is mounted from another place', () => {
    const mounted = (from: string, to: string): string => kindOf('recreate', {}, { reasons: ['2 mounts change'], differences: mount(from, to) });
    expect(mounted('./ai-brain/orchestration:/app/orchestration', './ai-brain/core/orchestration:/app/core/orchestration')).toBe('restructured');
    expect(mounted('./a:/app/a:ro', './b:/app/a:ro')).toBe('restructured');
    expect(mounted('./a:/app/a', './b:/app/b')).toBe('settings');
    expect(mounted('data:/app/a', 'other:/app/a')).toBe('settings');
  });

  it('is none of its own where it only follows another service', () => {
    expect(kindOf('recreate', {}, { reasons: ['db is replaced, and the file asks for a restart with it'] })).toBe('follows');
    expect(kindOf('recreate', {}, { reasons: ['db, whose namespace it shares, is replaced', 'its definition changes'] })).toBe('settings');
  });
});

describe('an identity of a build', () => {
  it('is equal exactly where everything is, and tells its parts', () => {
    expect(identity('1')).toBe(identity('1'));
    expect(identity('1')).not.toBe(identity('2'));
    expect(buildPartsOf(identity('1'))).toEqual(OLD);
    expect([buildPartsOf(''), buildPartsOf('a'.repeat(64))]).toEqual([null, null]);
  });
});

it('counts services once, and none that merely stopped or follows', () => {
  expect(pendingServices([{ service: 'a', kind: 'settings' }, { service: 'a', kind: 'settings' }, { service: 'b', kind: 'stopped' }, { service: 'c', kind: 'follows' }, { service: 'd' }, { service: 'e', kind: 'removed' }])).toEqual([
    { service: 'a', kind: 'settings' },
    { service: 'e', kind: 'removed' },
  ]);
});
