import type { KnownPack } from './pack-index';
import { packName } from './names';
import type { ObjectPlace } from './types';

const FIRST_BYTES = 256 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
const WINDOWS = 4;

interface Window {
  readonly hash: string;
  readonly offset: number;
  readonly length: number;
  readonly bytes: Promise<Uint8Array>;
  /** It reaches to the end of a pack that was read up to there. */
  readonly isLast: boolean;
}

/** Reads packs in windows, which grow while somebody reads on behind the last one: a restore reads in the order of writing, a comparison here and there. */
export class PackCache {
  /** The newest first. */
  private windows: Window[] = [];

  constructor(private readonly place: ObjectPlace) {}

  /** These bytes of a pack, fewer where it ends. */
  async read(pack: KnownPack, offset: number, length: number): Promise<Uint8Array> {
    const window = this.covering(pack.hash, offset, length) ?? this.open(pack, offset, length);
    this.windows = [window, ...this.ahead(pack, window, offset + length), ...this.windows.filter((one) => one !== window)].slice(0, WINDOWS);
    try {
      const bytes = await window.bytes;
      return bytes.subarray(offset - window.offset, offset - window.offset + length);
    } catch (error) {
      this.windows = this.windows.filter((one) => one !== window);
      throw error;
    }
  }

  /** What comes next is read while this is used, by whoever reads on and on. */
  private ahead(pack: KnownPack, window: Window, upTo: number): readonly Window[] {
    const next = window.offset + window.length;
    if (window.length < MOST_BYTES || next >= pack.size || upTo < window.offset + window.length / 2 || this.covering(pack.hash, next, 1) !== undefined) return [];
    const more = this.open(pack, next, 1, window);
    // Whoever needs it is told.
    more.bytes.catch(() => undefined);
    return [more];
  }

  private covering(hash: string, offset: number, length: number): Window | undefined {
    return this.windows.find((one) => one.hash === hash && one.offset <= offset && offset + length <= one.offset + one.length);
  }

  private open(pack: KnownPack, offset: number, length: number, before = this.windows.find((one) => one.hash === pack.hash && offset >= one.offset && offset <= one.offset + one.length)): Window {
    // Behind the end of one pack somebody who reads on begins another.
    const isReadOn = before === undefined && this.windows[0]?.isLast === true;
    const wanted = isReadOn ? MOST_BYTES : before === undefined ? FIRST_BYTES : Math.min(MOST_BYTES, before.length * 2);
    const size = Math.max(length, Math.min(wanted, pack.size - offset));
    return { hash: pack.hash, offset, length: size, isLast: offset + size >= pack.size && (before !== undefined || isReadOn), bytes: this.place.read(packName(pack.hash), { offset, length: size }) };
  }
}
