import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { AppError } from '@shared/kernel/app-error';

/** A Unix socket by the folder it lies in. */
interface PrivateSocket {
  /** Absolute, without links. */
  readonly folder: string;
  readonly name: string;
}

/** One question to a program behind a socket. */
interface SocketQuestion {
  readonly path: string;
  /** Sent as JSON. */
  readonly body: { readonly [name: string]: string };
  readonly timeoutMs: number;
}

/** What was answered. */
interface SocketAnswer {
  readonly status: number;
  readonly text: string;
}

/** sun_path has 108 bytes on Linux, with a zero at its end. */
const MOST_PATH_BYTES = 107;
const MOST_ANSWER_BYTES = 4 * 1024 ** 2;

/**
 * Posts a question to a socket whose folder belongs to this user and that nobody else can enter. Resolves with null where the socket cannot be reached: it is not there, nobody listens, or
 * others could have put it there. Rejects with `service-unreachable` when whoever took the connection does not answer.
 */
export async function askPrivateSocket(socket: PrivateSocket, question: SocketQuestion): Promise<SocketAnswer | null> {
  // Only Linux reaches a socket by an open folder; elsewhere nothing is mounted either.
  if (process.platform !== 'linux' || /[/\0]/.test(socket.name)) return null;
  const folder = await open(socket.folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(() => null);
  if (folder === null) return null;
  try {
    if (!(await isOurs(folder))) return null;
    // By the folder that was looked at, and by no other that took its place meanwhile; a state folder with a long name is as short as any.
    const path = `/proc/self/fd/${String(folder.fd)}/${socket.name}`;
    return Buffer.byteLength(path) > MOST_PATH_BYTES ? null : await ask(path, question);
  } finally {
    await folder.close();
  }
}

/** Whoever can enter the folder may give orders: that must be nobody but this user. */
async function isOurs(folder: FileHandle): Promise<boolean> {
  const { uid, mode } = await folder.stat();
  return uid === process.getuid?.() && (mode & 0o077) === 0;
}

function ask(socketPath: string, { path, body, timeoutMs }: SocketQuestion): Promise<SocketAnswer | null> {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const failed = (cause: unknown): void => {
      if (isConnected) reject(new AppError('service-unreachable', 'A program that took the connection did not answer.', { details: { cause: cause instanceof Error ? cause.message : String(cause) } }));
      else resolve(null);
    };
    const call = request(
      {
        method: 'POST',
        path,
        host: 'localhost',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), connection: 'close' },
        signal: AbortSignal.timeout(timeoutMs),
        createConnection: () => connect({ path: socketPath }).once('connect', () => (isConnected = true)),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MOST_ANSWER_BYTES) answer.destroy(new Error('The answer is too long.'));
          else chunks.push(chunk);
        });
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
        answer.once('error', failed);
      },
    );
    call.once('error', failed);
    call.end(text);
  });
}
