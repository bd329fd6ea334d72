import type { Server } from 'node:net';

/** Begins to listen; rejects with the error of the system when it cannot. */
export function bind(server: Server, listen: () => void): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.removeListener('error', reject);
      resolve();
    });
    listen();
  });
}
