import type { Duplex } from 'node:stream';
import { PieceReader } from './volume-pieces';
import type { VolumeSocket } from './volume-socket';

/** What is no longer is put together before it is written. */
const SHORT_BYTES = 4096;

/** How the volume program is reached: by Berth's socket when it comes there, otherwise by its input and output through the engine. */
export class VolumeWay {
  private readonly pieces = new PieceReader();
  private stream: Duplex;
  private isOver = false;

  constructor(
    private readonly attached: Duplex,
    private readonly socket: VolumeSocket | null,
  ) {
    this.stream = attached;
  }

  /** The beginning of what the program wrote for people. */
  get said(): string {
    return this.pieces.said;
  }

  /** Hands on what the program says; `onEnd` once, when it says no more. */
  listen(onPiece: (piece: Buffer) => void, onEnd: () => void): void {
    const { attached } = this;
    attached.on('error', () => undefined);
    attached.on('data', (chunk: Buffer) => {
      for (const piece of this.pieces.push(chunk)) onPiece(piece);
    });
    attached.once('close', () => {
      // With a socket its end counts: what it holds may not be read yet.
      if (this.stream === attached) onEnd();
    });
    attached.once('end', () => attached.destroy());
    void this.socket?.connected.then((direct) => {
      if (direct === null) return;
      direct.on('error', () => undefined);
      if (this.isOver) {
        direct.destroy();
        return;
      }
      this.stream = direct;
      direct.on('data', onPiece);
      direct.once('close', onEnd);
    });
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    if (this.stream.isPaused()) this.stream.resume();
  }

  /** Writes all of these; resolves when more may be sent. What nobody takes any more goes nowhere. */
  async send(parts: readonly Uint8Array[]): Promise<void> {
    const { stream } = this;
    if (stream.destroyed || stream.writableEnded) return;
    if (!written(stream, parts)) await drained(stream);
  }

  destroy(): void {
    this.isOver = true;
    this.attached.destroy();
    this.stream.destroy();
  }
}

/** One call to the system for each frame. False when the stream has enough for now. */
function written(stream: Duplex, parts: readonly Uint8Array[]): boolean {
  if (parts.reduce((sum, part) => sum + part.length, 0) <= SHORT_BYTES) return stream.write(Buffer.concat(parts));
  stream.cork();
  let free = true;
  for (const part of parts) free = stream.write(part);
  process.nextTick(() => stream.uncork());
  return free;
}

function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
