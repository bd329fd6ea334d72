/** Shorter ones cost nothing to make. */
const LEAST_BYTES = 16 * 1024;
const MOST_KEPT_BYTES = 16 * 1024 * 1024;

/** Memory for the data of frames, used again: a new piece for each would keep the garbage collector busier than all the rest. */
export class FrameRoom {
  /** By length, which is a power of two. */
  private readonly free = new Map<number, Buffer[]>();
  private keptBytes = 0;

  /** May hold anything yet. */
  take(length: number): Uint8Array {
    if (length < LEAST_BYTES) return Buffer.allocUnsafeSlow(length);
    const bytes = 2 ** Math.ceil(Math.log2(length));
    const kept = this.free.get(bytes)?.pop();
    if (kept !== undefined) this.keptBytes -= bytes;
    return (kept ?? Buffer.allocUnsafeSlow(bytes)).subarray(0, length);
  }

  /** Only what `take` handed out, once, when nobody looks at it any more. */
  give(data: Uint8Array): void {
    const bytes = data.buffer.byteLength;
    if (data.length < LEAST_BYTES || this.keptBytes + bytes > MOST_KEPT_BYTES) return;
    this.keptBytes += bytes;
    const kept = this.free.get(bytes);
    if (kept === undefined) this.free.set(bytes, [Buffer.from(data.buffer)]);
    else kept.push(Buffer.from(data.buffer));
  }
}
