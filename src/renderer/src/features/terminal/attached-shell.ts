import type { InputOf, OutputOf } from '@shared/contract/contract';
import type { AppError } from '@shared/kernel/app-error';

type Item = OutputOf<'services.attach'>;

/** The size of a terminal, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** The door as a shell needs it. */
export interface ShellDoor {
  stream(input: InputOf<'services.attach'>, onItems: (items: readonly Item[]) => void, onEnd: (error: AppError | null) => void): () => void;
  give(input: InputOf<'services.attach-input'>): Promise<{ readonly open: boolean }>;
  resize(input: InputOf<'services.attach-resize'>): Promise<unknown>;
  taken(input: InputOf<'services.attach-taken'>): Promise<unknown>;
}

/** How it ended; both are null when the stream was cut. */
export interface ShellEnd {
  readonly exitCode: number | null;
  readonly error: AppError | null;
}

interface ShellOptions {
  readonly project: string;
  readonly service: string;
  /** The shell of the container when there are no words. */
  readonly command: readonly string[];
  /** Null: no terminal, and no input. */
  readonly size: Size | null;
  /** `done` is called once the bytes were taken in. */
  readonly onOutput: (bytes: Uint8Array, done: () => void) => void;
  readonly onStarted: () => void;
  readonly onEnd: (end: ShellEnd) => void;
}

/** A command in a container that this window is attached to. */
export interface Shell {
  type(data: string): void;
  /** Bytes as they are, one a character. */
  typeBinary(data: string): void;
  resize(size: Size): void;
  /** Ends it in the container. Nothing is told after this. */
  close(): void;
}

/** One message of the window has a limit. */
const PIECE_BYTES = 48 * 1024;
/** So much is taken in before it is told, so that not every line is a message. */
const TELL_BYTES = 16 * 1024;

/** Attaches to a command: input in order and in pieces, the newest size only, output acknowledged as it is taken in. */
export function attachShell(door: ShellDoor, options: ShellOptions): Shell {
  const input = randomName();
  let waiting: Uint8Array[] = [];
  let giving = false;
  let started = false;
  let over = false;
  let size = options.size;
  let sizing = false;
  let behindBytes = 0;
  let exitCode: number | null = null;

  async function give(): Promise<void> {
    if (giving || !started || over) return;
    giving = true;
    try {
      while (waiting.length > 0 && !over) {
        const piece = takePiece();
        await door.give({ input, base64: toBase64(piece) });
      }
    } catch {
      // It has ended: the stream says so.
    }
    giving = false;
  }

  function takePiece(): Uint8Array {
    const all = joined(waiting);
    waiting = all.length > PIECE_BYTES ? [all.subarray(PIECE_BYTES)] : [];
    return all.subarray(0, PIECE_BYTES);
  }

  async function tellSize(): Promise<void> {
    if (sizing || !started || over) return;
    sizing = true;
    for (let told: Size | null = null; size !== null && told !== size && !over; ) {
      told = size;
      await door.resize({ input, ...size }).catch(() => undefined);
    }
    sizing = false;
  }

  function taken(bytes: number): void {
    behindBytes += bytes;
    if (over || behindBytes < TELL_BYTES) return;
    const told = behindBytes;
    behindBytes = 0;
    door.taken({ input, bytes: told }).catch(() => undefined);
  }

  function onItem(item: Item): void {
    if (over) return;
    if (item.type === 'exit') exitCode = item.code;
    else if (item.type === 'started') {
      started = true;
      options.onStarted();
      if (options.size === null) void door.give({ input, end: true }).catch(() => undefined);
      else void give();
      if (size !== options.size) void tellSize();
    } else {
      const bytes = fromBase64(item.base64);
      options.onOutput(bytes, () => taken(bytes.length));
    }
  }

  const stop = door.stream({ project: options.project, service: options.service, command: [...options.command], input, owned: true, paced: true, ...(options.size === null ? {} : { tty: { ...options.size } }) }, (items) => items.forEach(onItem), (error) => {
    if (over) return;
    over = true;
    options.onEnd({ exitCode, error });
  });

  return {
    type(data) {
      waiting.push(new TextEncoder().encode(data));
      void give();
    },
    typeBinary(data) {
      waiting.push(Uint8Array.from(data, (character) => character.charCodeAt(0) & 255));
      void give();
    },
    resize(next) {
      if (size?.columns === next.columns && size.rows === next.rows) return;
      size = next;
      void tellSize();
    },
    close() {
      if (over) return;
      over = true;
      stop();
    },
  };
}

function randomName(): string {
  return [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
