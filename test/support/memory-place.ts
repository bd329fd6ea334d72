import { AppError } from '@shared/kernel/app-error';
import type { ObjectPlace } from '@main/platform/snapshots/types';

interface Held {
  readonly bytes: Buffer;
  modifiedMs: number;
}

/** What was asked of a place. */
export interface PlaceCall {
  readonly verb: 'read' | 'write' | 'remove' | 'list';
  readonly name: string;
}

/** A repository in memory. `before` may throw, and sees each call; `after` sees each change. */
export class MemoryPlace implements ObjectPlace {
  readonly where = 'memory';
  readonly held = new Map<string, Held>();
  nowMs = Date.parse('2026-01-01T00:00:00Z');
  before: (call: PlaceCall) => void | Promise<void> = () => undefined;
  after: (call: PlaceCall) => void = () => undefined;

  /** The same objects, to be changed by themselves. */
  copy(): MemoryPlace {
    const copy = new MemoryPlace();
    copy.nowMs = this.nowMs;
    for (const [name, held] of this.held) copy.held.set(name, { ...held });
    return copy;
  }

  /** The same with other bytes for one object; null without it. */
  with(name: string, bytes: Buffer | null): MemoryPlace {
    const copy = this.copy();
    if (bytes === null) copy.held.delete(name);
    else copy.held.set(name, { bytes, modifiedMs: this.held.get(name)?.modifiedMs ?? this.nowMs });
    return copy;
  }

  async read(name: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array> {
    await this.before({ verb: 'read', name });
    const held = this.held.get(name);
    if (held === undefined) throw new AppError('not-found', `There is no ${name}.`);
    return range === undefined ? held.bytes : held.bytes.subarray(range.offset, range.offset + range.length);
  }

  size(name: string): Promise<number | null> {
    return Promise.resolve(this.held.get(name)?.bytes.length ?? null);
  }

  async write(name: string, data: readonly Uint8Array[], options: { readonly replace?: boolean } = {}): Promise<void> {
    await this.before({ verb: 'write', name });
    if (options.replace === true || !this.held.has(name)) this.held.set(name, { bytes: Buffer.concat(data), modifiedMs: this.nowMs });
    this.after({ verb: 'write', name });
  }

  async remove(name: string): Promise<void> {
    await this.before({ verb: 'remove', name });
    this.held.delete(name);
    this.after({ verb: 'remove', name });
  }

  async *list(folder: string): AsyncIterable<{ readonly name: string; readonly size: number; readonly modifiedMs: number }> {
    await this.before({ verb: 'list', name: folder });
    for (const [name, { bytes, modifiedMs }] of [...this.held]) if (name.startsWith(folder)) yield { name, size: bytes.length, modifiedMs };
  }

  sweep(): Promise<void> {
    return Promise.resolve();
  }

  free(): Promise<number | null> {
    return Promise.resolve(null);
  }
}
