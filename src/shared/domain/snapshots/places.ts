import type { ObservedContainer, ObservedMount, ObservedVolume } from '../engine/observed';
import { isInside } from '../engine/host-path';
import { isAlive } from '../modes/active-mode';

/** Something whose contents are read: a volume, or a folder of the engine's machine. */
export interface ReadPlace {
  readonly kind: 'volume' | 'bind';
  /** Of a volume its name, of a bind the absolute folder. */
  readonly name: string;
  /** The folder a volume is made of, where its driver was told one. */
  readonly device: string | null;
}

/** A container as far as it matters for reading: whether it writes there, and what it is. */
export interface Writer {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly service: string;
  /** Of the project itself: only such a one is stopped, or has a command run in it. */
  readonly own: boolean;
  readonly imageRef: string;
}

/** The folder behind a volume of the local driver that was told one. */
export function deviceOf(volume: Pick<ObservedVolume, 'options'>): string | null {
  const device = volume.options?.['device'] ?? '';
  return /(?:^|,)r?bind(?:,|$)/.test(volume.options?.['o'] ?? '') && device.startsWith('/') ? device : null;
}

/** Whether a file system in memory is behind a volume: its contents are gone with the last container. */
export function isInMemory(volume: Pick<ObservedVolume, 'options'>): boolean {
  return volume.options?.['type'] === 'tmpfs';
}

/** Whether this mount shows what is at a place, or a part of it. */
export function shows(mount: ObservedMount, place: ReadPlace, deviceOfVolume: (name: string) => string | null): boolean {
  if (mount.type === 'volume' && place.kind === 'volume' && mount.source === place.name) return true;
  const there = place.kind === 'bind' ? place.name : place.device;
  const here = mount.type === 'bind' ? mount.source : mount.type === 'volume' ? deviceOfVolume(mount.source) : null;
  return there !== null && here !== null && (isInside(here, there) || isInside(there, here));
}

/** Everything that runs and may write to a place, whoever's it is. One that somebody paused does not write. */
export function writersOf(place: ReadPlace, containers: readonly ObservedContainer[], isOwn: (container: ObservedContainer) => boolean, deviceOfVolume: (name: string) => string | null): readonly Writer[] {
  return containers
    .filter((one) => isAlive(one) && one.state !== 'paused')
    .filter((one) => one.mounts.some((mount) => !mount.readOnly && shows(mount, place, deviceOfVolume)))
    .map((one) => ({ id: one.id, name: one.name, project: one.project, service: one.service, own: isOwn(one), imageRef: one.imageRef }));
}
