import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { fieldOf, listOf, numberOf, textOf } from '@shared/domain/engine/read-json';
import { takesSocket, VOLUME_RUN_LABEL, volumeRunPayload, type VolumeRun } from '@shared/domain/engine/volume-run';
import { frameHeader, FrameReader, type VolumeFrame } from '@shared/domain/snapshots/volume-frames';
import { AppError } from '@shared/kernel/app-error';
import { bindSource } from '../platform/bind-source';
import type { Containers } from './containers';
import type { Door } from './door';
import { containerPath } from './observe';
import { volumeFailure } from './volume-failure';
import { FrameRoom } from './volume-room';
import { VolumeSocket } from './volume-socket';
import { VolumeWay } from './volume-way';
import { wireFailure, wireHello } from './volume-wire';

/** The program says something every two seconds, whatever its disk does. */
const SILENCE_MS = 30_000;
const LOOKS = 10;
const ATTACH_MS = 30_000;
const LOOK_MS = 2_000;
/** Younger ones may be about to be started by another Berth. */
const LEFTOVER_AGE_S = 5;
const PROTOCOL = 1;
/** Frames that nobody took yet; what the program has beyond that waits with it. */
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

/** What a session needs of the engine. */
export interface VolumeEngine {
  readonly door: Door;
  readonly containers: Containers;
  /** Whether host paths and inodes mean the same here and there. */
  readonly sharesKernel: () => Promise<boolean>;
}

/** One run of the volume program: its container, what goes in and what comes out. */
export class VolumeSession {
  private readonly room = new FrameRoom();
  private readonly frames = new FrameReader((length) => this.room.take(length));
  private readonly ready: VolumeFrame[] = [];
  private readyBytes = 0;
  private ended = false;
  private wake: () => void = () => undefined;
  private waiting = false;
  /** Looks in a row that found nobody had said anything. Counted, not timed: a computer that slept is no reason to give up. */
  private silent = 0;
  private broken: AppError | null = null;
  private readonly watch: NodeJS.Timeout;

  private constructor(
    private readonly end: () => Promise<void>,
    private readonly way: VolumeWay,
    private readonly signal: AbortSignal,
    /** Whether the program has the folder for packs. */
    readonly hasPacks: boolean,
  ) {
    way.listen(
      (piece) => this.heard(piece),
      () => {
        this.ended = true;
        this.wake();
      },
    );
    this.watch = setInterval(() => this.look(), SILENCE_MS / LOOKS);
    this.watch.unref();
    if (signal.aborted) this.abort();
    signal.addEventListener('abort', this.abort, { once: true });
  }

  /** Starts the program, lets `use` talk to it, and removes its container in any case, also after a crash of it or a cancel. */
  static async run<T>(engine: VolumeEngine, image: string, run: VolumeRun, signal: AbortSignal, use: (session: VolumeSession) => Promise<T>): Promise<T> {
    const session = await VolumeSession.open(engine, image, run, signal);
    try {
      return await use(session);
    } catch (error) {
      throw signal.aborted ? new AppError('cancelled', 'Cancelled.') : error;
    } finally {
      await session.close();
    }
  }

  /** Starts the program. Whoever opens a session closes it. */
  static async open(engine: VolumeEngine, image: string, run: VolumeRun, signal: AbortSignal): Promise<VolumeSession> {
    if (signal.aborted) throw new AppError('cancelled', 'Cancelled.');
    const { door, containers } = engine;
    const expected = await expectedRoot(engine, run);
    const { id, socket } = await createRun(engine, image, run);
    door.authorizer.noteVolumeRun(id);
    // Its volumes are in use until it is gone.
    const end = async (): Promise<void> => {
      await Promise.all([socket?.close(), containers.remove(id, { force: true, anonymousVolumes: true }).catch(() => undefined)]);
    };
    let session: VolumeSession | null = null;
    try {
      session = new VolumeSession(end, new VolumeWay(await attach(door, id, signal), socket), signal, socket !== null && 'packs' in run);
      await door.send({ method: 'POST', path: `${containerPath(id)}/start`, doing: 'start the volume program', signal });
      await session.greet(expected);
      return session;
    } catch (error) {
      await (session === null ? end() : session.close());
      throw signal.aborted ? new AppError('cancelled', 'Cancelled.') : error;
    }
  }

  /** Ends the program. Resolves when its container is gone; never rejects. */
  async close(): Promise<void> {
    clearInterval(this.watch);
    this.signal.removeEventListener('abort', this.abort);
    this.way.destroy();
    await this.end();
  }

  /** Sends one frame; resolves when more may be sent. */
  async send(kind: string, ...parts: readonly Uint8Array[]): Promise<void> {
    if (this.broken !== null) throw this.broken;
    await this.way.send([frameHeader(kind, parts.reduce((sum, part) => sum + part.length, 0)), ...parts]);
  }

  sendJson(kind: string, value: unknown): Promise<void> {
    return this.send(kind, Buffer.from(JSON.stringify(value)));
  }

  /** The next frame that says something. Rejects with what the program gave up with. */
  async next(): Promise<VolumeFrame> {
    for (;;) {
      const frame = this.ready.shift() ?? (await this.received());
      this.readyBytes -= frame.data.length;
      if (this.readyBytes <= MOST_WAITING_BYTES) this.way.resume();
      if (frame.kind === 'B') continue;
      if (frame.kind === 'X') throw volumeFailure(wireFailure.parse(jsonOf(frame)));
      return frame;
    }
  }

  /** The data of a frame is needed no more. */
  giveBack(frame: VolumeFrame): void {
    this.room.give(frame.data);
  }

  private async received(): Promise<VolumeFrame> {
    for (;;) {
      if (this.broken !== null) throw this.broken;
      if (this.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
      const frame = this.ready.shift();
      if (frame !== undefined) return frame;
      if (this.ended) throw this.lost();
      this.waiting = true;
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.waiting = false;
    }
  }

  private heard(piece: Buffer): void {
    this.silent = 0;
    try {
      for (const frame of this.frames.push(piece)) {
        this.ready.push(frame);
        this.readyBytes += frame.data.length;
      }
    } catch (error) {
      this.breakWith(new AppError('internal', 'The volume program sent something that is no frame.', { cause: error }));
    }
    if (this.readyBytes > MOST_WAITING_BYTES) this.way.pause();
    if (this.ready.length > 0) this.wake();
  }

  private lost(): AppError {
    const said = this.way.said.trim();
    return new AppError('engine-lost', 'The volume program ended before its work was done.', { hint: 'The engine may have been restarted, or stopped it for want of memory. Try it once more.', ...(said === '' ? {} : { details: { said } }) });
  }

  private async greet(expected: string | null): Promise<void> {
    const frame = await this.next();
    const hello = frame.kind === 'H' ? wireHello.parse(jsonOf(frame)) : null;
    if (hello?.protocol !== PROTOCOL) throw new AppError('internal', 'The volume program speaks another language than Berth.');
    if (expected !== null && hello.root !== expected) throw new AppError('policy-refused', 'The folder was swapped for another one while it was being opened, so it was not read.', { hint: 'Find out what changes that folder, then try again.' });
  }

  private look(): void {
    if (!this.waiting || (this.silent += 1) <= LOOKS) return;
    this.breakWith(new AppError('engine-timeout', `The volume program was silent for ${String(SILENCE_MS / 1000)} seconds.`, { hint: 'Look whether the engine and its disk still answer.' }));
  }

  private readonly abort = (): void => this.breakWith(new AppError('cancelled', 'Cancelled.'));

  private breakWith(error: AppError): void {
    this.broken ??= error;
    this.way.destroy();
    this.wake();
  }
}

/** What a frame says as JSON. */
export function jsonOf(frame: VolumeFrame): unknown {
  return JSON.parse(Buffer.from(frame.data.buffer, frame.data.byteOffset, frame.data.byteLength).toString('utf8')) as unknown;
}

/** Makes the container, with a socket of Berth's in it where the engine runs on this very machine. */
async function createRun(engine: VolumeEngine, image: string, run: VolumeRun): Promise<{ readonly id: string; readonly socket: VolumeSocket | null }> {
  const { door, containers } = engine;
  const owner = { image, projectName: door.onBehalfOf?.projectName ?? '', projectDir: door.onBehalfOf?.projectDir ?? '' };
  const name = `berth-volume-${randomBytes(6).toString('hex')}`;
  const socket = takesSocket(run) && (await engine.sharesKernel()) ? await VolumeSocket.open() : null;
  if (!takesSocket(run) || socket === null) return { ...(await containers.create(name, volumeRunPayload(run, owner))), socket: null };
  try {
    door.authorizer.noteVolumeSocket(socket.path);
    if ('packs' in run && run.packs !== undefined) door.authorizer.notePackFolder(run.packs);
    return { ...(await containers.create(name, volumeRunPayload({ ...run, socket: socket.path }, owner))), socket };
  } catch (error) {
    await socket.close();
    // An engine with a view of its own on temporary folders does not find it there.
    if (!(error instanceof AppError) || error.code !== 'engine-refused') throw error;
    return { ...(await containers.create(name, volumeRunPayload(run, owner))), socket: null };
  }
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
  const bind = 'bind' in run ? run.bind : 'source' in run && 'bind' in run.source ? run.source.bind : null;
  if (bind === null || !(await engine.sharesKernel())) return null;
  const found = await bindSource(bind, LOOK_MS);
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
