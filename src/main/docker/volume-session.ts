import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { fieldOf, listOf, numberOf, textOf } from '@shared/domain/engine/read-json';
import { VOLUME_RUN_LABEL, volumeRunPayload, type VolumeRun } from '@shared/domain/engine/volume-run';
import { frameHeader, FrameReader, type VolumeFrame } from '@shared/domain/snapshots/volume-frames';
import { AppError } from '@shared/kernel/app-error';
import { bindSource } from '../platform/bind-source';
import type { Containers } from './containers';
import type { Door } from './door';
import { containerPath } from './observe';
import { volumeFailure } from './volume-failure';
import { PieceReader } from './volume-pieces';
import { wireFailure, wireHello } from './volume-wire';

/** The program says something every two seconds, whatever its disk does. */
const SILENCE_MS = 30_000;
const LOOKS = 10;
const ATTACH_MS = 30_000;
const LOOK_MS = 2_000;
/** Younger ones may be about to be started by another Berth. */
const LEFTOVER_AGE_S = 5;
const PROTOCOL = 1;

/** What a session needs of the engine. */
export interface VolumeEngine {
  readonly door: Door;
  readonly containers: Containers;
  /** Whether host paths and inodes mean the same here and there. */
  readonly sharesKernel: () => Promise<boolean>;
}

/** One run of the volume program: its container, what goes in and what comes out. */
export class VolumeSession {
  private readonly pieces = new PieceReader();
  private readonly frames = new FrameReader();
  private readonly ready: VolumeFrame[] = [];
  private readonly source: AsyncIterator<Buffer>;
  private waiting = false;
  /** Looks in a row that found nobody had said anything. Counted, not timed: a computer that slept is no reason to give up. */
  private silent = 0;
  private broken: AppError | null = null;
  private readonly watch: NodeJS.Timeout;

  private constructor(
    private readonly engine: VolumeEngine,
    private readonly id: string,
    private readonly socket: Duplex,
    private readonly signal: AbortSignal,
  ) {
    this.source = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    socket.on('error', () => undefined);
    this.watch = setInterval(() => this.look(), SILENCE_MS / LOOKS);
    this.watch.unref();
    if (signal.aborted) this.abort();
    signal.addEventListener('abort', this.abort, { once: true });
  }

  /** Starts the program, lets `use` talk to it, and removes its container in any case, also after a crash of it or a cancel. */
  static async run<T>(engine: VolumeEngine, image: string, run: VolumeRun, signal: AbortSignal, use: (session: VolumeSession) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const { door, containers } = engine;
    const owner = door.onBehalfOf;
    const payload = volumeRunPayload(run, { image, projectName: owner?.projectName ?? '', projectDir: owner?.projectDir ?? '' });
    const expected = await expectedRoot(engine, run);
    const { id } = await containers.create(`berth-volume-${randomBytes(6).toString('hex')}`, payload);
    door.authorizer.noteVolumeRun(id);
    let session: VolumeSession | null = null;
    try {
      session = new VolumeSession(engine, id, await attach(door, id, signal), signal);
      await door.send({ method: 'POST', path: `${containerPath(id)}/start`, doing: 'start the volume program', signal });
      await session.greet(expected);
      return await use(session);
    } catch (error) {
      throw signal.aborted ? new AppError('cancelled', 'Cancelled.') : error;
    } finally {
      session?.close();
      // Its volumes are in use until it is gone.
      await containers.remove(id, { force: true, anonymousVolumes: true }).catch(() => undefined);
    }
  }

  /** Sends one frame; resolves when more may be sent. */
  async send(kind: string, ...parts: readonly Uint8Array[]): Promise<void> {
    if (this.broken !== null) throw this.broken;
    const { socket } = this;
    if (socket.destroyed || socket.writableEnded) return;
    socket.cork();
    socket.write(frameHeader(kind, parts.reduce((sum, part) => sum + part.length, 0)));
    let free = true;
    for (const part of parts) free = socket.write(part);
    process.nextTick(() => socket.uncork());
    if (!free) await this.drained();
  }

  sendJson(kind: string, value: unknown): Promise<void> {
    return this.send(kind, Buffer.from(JSON.stringify(value)));
  }

  /** The next frame that says something. Rejects with what the program gave up with. */
  async next(): Promise<VolumeFrame> {
    for (;;) {
      const frame = this.ready.shift() ?? (await this.received());
      if (frame.kind === 'B') continue;
      if (frame.kind === 'X') throw volumeFailure(wireFailure.parse(jsonOf(frame)));
      return frame;
    }
  }

  private async received(): Promise<VolumeFrame> {
    while (this.ready.length === 0) {
      this.waiting = true;
      const next = await this.source.next().catch(() => ({ done: true as const, value: undefined }));
      this.waiting = false;
      this.silent = 0;
      if (this.broken !== null) throw this.broken;
      if (this.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      if (next.done === true) throw this.ended();
      for (const piece of this.pieces.push(next.value)) this.ready.push(...this.frames.push(piece));
    }
    return this.ready.shift() as VolumeFrame;
  }

  private ended(): AppError {
    const said = this.pieces.said.trim();
    return new AppError('engine-lost', 'The volume program ended before its work was done.', { hint: 'The engine may have been restarted, or stopped it for want of memory. Try it once more.', ...(said === '' ? {} : { details: { said } }) });
  }

  private async greet(expected: string | null): Promise<void> {
    const frame = await this.next();
    const hello = frame.kind === 'H' ? wireHello.parse(jsonOf(frame)) : null;
    if (hello?.protocol !== PROTOCOL) throw new AppError('internal', 'The volume program speaks another language than Berth.');
    if (expected !== null && hello.root !== expected) throw new AppError('policy-refused', 'The folder was swapped for another one while it was being opened, so it was not read.', { hint: 'Find out what changes that folder, then try again.' });
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done);
        this.socket.off('close', done);
        resolve();
      };
      this.socket.on('drain', done);
      this.socket.on('close', done);
    });
  }

  private look(): void {
    if (!this.waiting || (this.silent += 1) <= LOOKS) return;
    this.broken = new AppError('engine-timeout', `The volume program was silent for ${String(SILENCE_MS / 1000)} seconds.`, { hint: 'Look whether the engine and its disk still answer.' });
    this.socket.destroy();
  }

  private readonly abort = (): void => {
    this.broken ??= new AppError('cancelled', 'Cancelled.');
    this.socket.destroy();
  };

  private close(): void {
    clearInterval(this.watch);
    this.signal.removeEventListener('abort', this.abort);
    this.socket.destroy();
  }
}

/** What a frame says as JSON. */
export function jsonOf(frame: VolumeFrame): unknown {
  return JSON.parse(Buffer.from(frame.data.buffer, frame.data.byteOffset, frame.data.byteLength).toString('utf8')) as unknown;
}

async function attach(door: Door, id: string, signal: AbortSignal): Promise<Duplex> {
  const life = new AbortController();
  const abort = (): void => life.abort();
  const timer = setTimeout(abort, ATTACH_MS);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await door.hijack({ method: 'POST', path: `${containerPath(id)}/attach`, query: { stream: true, stdin: true, stdout: true, stderr: true }, doing: 'connect to the volume program', signal: life.signal });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** What stands at the source of a bind just before it is mounted, to compare with what the program finds there; null where that cannot be known. */
async function expectedRoot(engine: VolumeEngine, run: VolumeRun): Promise<string | null> {
  if (!('source' in run) || !('bind' in run.source) || !(await engine.sharesKernel())) return null;
  const found = await bindSource(run.source.bind, LOOK_MS);
  return found === null || found.identity === '' ? null : found.identity;
}

/** Removes containers of this project that a crash left behind. One whose Berth is gone ends by itself, so only those are left that were never started. */
export async function removeLeftovers({ door, containers }: VolumeEngine): Promise<void> {
  const filters = JSON.stringify({ label: [VOLUME_RUN_LABEL, `dev.berth.project=${door.onBehalfOf?.projectName ?? ''}`], status: ['created', 'exited', 'dead'] });
  const rows = listOf(await door.read('/containers/json', 'look for what was left behind', { all: true, filters }));
  const before = Date.now() / 1000 - LEFTOVER_AGE_S;
  const old = rows.filter((row) => numberOf(fieldOf(row, 'Created')) < before);
  for (const row of old) await containers.remove(textOf(fieldOf(row, 'Id')), { force: true, anonymousVolumes: true }).catch(() => undefined);
}
