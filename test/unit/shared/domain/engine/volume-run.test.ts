import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '@shared/kernel/json';
import { claimsVolumeRun, parentOfVolumes, volumeRunOf, volumeRunPayload, volumesOfRun, type VolumeRun } from '@shared/domain/engine/volume-run';

const owner = { image: `sha256:${'a'.repeat(64)}`, projectName: 'shop', projectDir: '/home/me/shop' };
const name = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,20}$/);
const path = fc.stringMatching(/^(?:\/[a-z .:é]{1,8}){1,4}$/);
const run: fc.Arbitrary<VolumeRun> = fc.oneof(
  fc.record({ command: fc.constantFrom('read' as const, 'digest' as const, 'measure' as const), source: fc.oneof(fc.record({ volume: name }), fc.record({ bind: path })), socket: path }, { requiredKeys: ['command', 'source'] }),
  fc.record({ command: fc.constant('write' as const), volume: name, socket: path }, { requiredKeys: ['command', 'volume'] }),
  fc.record({ command: fc.constant('copy' as const), from: name, to: name }),
  fc.record({ command: fc.constant('merge' as const), from: name, aside: name, bind: path }),
  fc.record({ command: fc.constant('take-back' as const), aside: name, bind: path }),
  fc.record({ command: fc.constant('identities' as const), volumes: fc.array(name, { minLength: 1, maxLength: 12 }) }),
  fc.record({ command: fc.constant('exchange' as const), parent: path, one: name, other: name }),
);

/** Every payload that differs from this one in one place: a value replaced, a field left out, a field more, an item more. */
function variants(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    const list = value as readonly unknown[];
    return [[...list, 'more'], ...list.flatMap((item, index) => [list.filter((_item, at) => at !== index), ...variants(item).map((changed) => list.map((one, at) => (at === index ? changed : one)))])];
  }
  if (typeof value === 'object' && value !== null) {
    const fields = value as JsonObject;
    const without = Object.keys(fields).map((field) => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== field)));
    const changed = Object.entries(fields).flatMap(([field, inner]) => variants(inner).map((other) => ({ ...fields, [field]: other })));
    return [{ ...fields, Privileged: true }, ...without, ...changed];
  }
  return typeof value === 'boolean' ? [!value] : [null];
}

describe('the payload of the volume program', () => {
  it('is recognised as the run it was made for', () => {
    fc.assert(
      fc.property(run, (one) => {
        const payload = volumeRunPayload(one, owner);
        expect(claimsVolumeRun(payload)).toBe(true);
        expect(volumeRunOf(JSON.parse(JSON.stringify(payload)))).toEqual({ run: one, owner });
      }),
    );
  });

  it('is not recognised when anything of it is otherwise', () => {
    fc.assert(
      fc.property(run, (one) => {
        for (const variant of variants(volumeRunPayload(one, owner))) {
          const found = volumeRunOf(variant);
          // What is another run or another owner is judged as that.
          if (found !== null) expect(volumeRunPayload(found.run, found.owner)).toEqual(variant);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('asks for no network, no logs, nothing writable but what it writes, and never for more rights than it names', () => {
    fc.assert(
      fc.property(run, (one) => {
        const host = volumeRunPayload(one, owner)['HostConfig'] as { readonly CapAdd: readonly string[]; readonly Mounts: readonly { readonly Type: string; readonly Source: string; readonly Target: string; readonly ReadOnly: boolean }[] };
        expect(volumeRunPayload(one, owner)['NetworkDisabled']).toBe(true);
        expect(host).toMatchObject({ NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], LogConfig: { Type: 'none' }, AutoRemove: true });
        expect(host.CapAdd).not.toContain('SYS_ADMIN');
        const writable = host.Mounts.filter((mount) => !mount.ReadOnly).map((mount) => mount.Source);
        expect(writable).toEqual(one.command === 'write' ? [one.volume] : one.command === 'copy' ? [one.to] : one.command === 'merge' ? [one.aside, one.bind] : one.command === 'take-back' ? [one.bind] : one.command === 'exchange' ? [one.parent] : []);
        if (one.command !== 'exchange') expect(host.Mounts.filter((mount) => mount.Type === 'volume').map((mount) => mount.Source)).toEqual(volumesOfRun(one));
      }),
    );
  });

  it('takes no name that is none of a volume', () => {
    for (const bad of ['', '..', '/etc', 'a/b', '-v', 'a b']) expect(volumeRunOf(volumeRunPayload({ command: 'write', volume: bad }, owner))).toBeNull();
  });
});

describe('the folder in which the engine keeps its volumes', () => {
  const volume = (one: string, more: JsonObject = {}): JsonObject => ({ Name: one, Driver: 'local', Mountpoint: `/var/lib/docker/volumes/${one}/_data`, Options: null, ...more });

  it('is that of both, when they are plain folders side by side', () => {
    expect(parentOfVolumes([volume('a'), volume('b')])).toBe('/var/lib/docker/volumes');
  });

  it.each([
    ['of another driver', volume('b', { Driver: 'rclone' })],
    ['with options', volume('b', { Options: { type: 'tmpfs' } })],
    ['elsewhere', volume('b', { Mountpoint: '/mnt/volumes/b/_data' })],
    ['that is another folder', volume('b', { Mountpoint: '/var/lib/docker/volumes/c/_data' })],
    ['that is the root', volume('b', { Mountpoint: '/b/_data' })],
    ['of which nothing is known', {}],
  ])('is none with a volume %s', (_what, other) => {
    expect(parentOfVolumes([volume('a'), other])).toBeNull();
    expect(parentOfVolumes([other, other])).toBe(other['Mountpoint'] === '/mnt/volumes/b/_data' ? '/mnt/volumes' : null);
  });
});
