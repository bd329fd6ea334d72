import { chmod, lstat, mkdtemp, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** sun_path has 108 bytes on Linux, with a zero at its end. */
const MOST_PATH_BYTES = 107;
/** Anybody inside the container may connect, whoever its root is outside; nobody else comes into the folder. */
const SOCKET_MODE = 0o666;
const FOLDER_PREFIX = 'berth-volume-';
const SOCKET_NAME = 'socket';
/** A program connects within moments or never. Whoever would still listen then goes on through the engine. */
const LEFT_BEHIND_MS = 10 * 60_000;

/** A socket of this process that one container of the volume program gets: what goes through the engine instead is copied four times more. */
export class VolumeSocket {
  /** The first who connects, and nobody behind it; null when it was closed before. */
  readonly connected: Promise<Socket | null>;
  private giveUp: () => void = () => undefined;

  private constructor(
    readonly path: string,
    private readonly folder: string,
    private readonly server: Server,
  ) {
    this.connected = new Promise((resolve) => {
      this.giveUp = () => resolve(null);
      server.once('connection', (socket) => {
        resolve(socket);
        void this.close();
      });
    });
  }

  /** Listens in a folder of its own, which only this user can enter. Null where that cannot be: what it is for works without. */
  static async open(): Promise<VolumeSocket | null> {
    const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX)).catch(() => null);
    if (folder === null) return null;
    const path = join(folder, SOCKET_NAME);
    try {
      if (Buffer.byteLength(path) > MOST_PATH_BYTES) throw new Error('The path is too long for a socket.');
      const server = await listening(path);
      await chmod(path, SOCKET_MODE);
      return new VolumeSocket(path, folder, server);
    } catch {
      await rm(folder, { recursive: true, force: true });
      return null;
    }
  }

  /** Listens no more; who is connected stays. Never rejects. */
  async close(): Promise<void> {
    this.giveUp();
    this.server.close();
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes folders of sockets that a Berth of this user left when it was killed. Never rejects, and takes nothing away but sockets and empty folders. */
export async function sweepSockets(nowMs: number, root: string = tmpdir()): Promise<void> {
  const names = await readdir(root).catch(() => []);
  await Promise.all(names.filter((name) => name.startsWith(FOLDER_PREFIX)).map((name) => sweepFolder(join(root, name), nowMs).catch(() => undefined)));
}

async function sweepFolder(folder: string, nowMs: number): Promise<void> {
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || nowMs - found.mtimeMs < LEFT_BEHIND_MS) return;
  const path = join(folder, SOCKET_NAME);
  if ((await lstat(path).catch(() => null))?.isSocket() === true) await unlink(path);
  await rmdir(folder);
}

function listening(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.maxConnections = 1;
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}
