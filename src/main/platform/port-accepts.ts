import { connect } from 'node:net';
import { availableParallelism, loadavg } from 'node:os';

const CONNECT_MS = 1000;
/** A proxy in front of a closed port accepts and hangs up at once; a server does not. */
const STAYS_MS = 60;
const MOST_TIMES = 8;

/** How long a connection must stay open, in ms: where more programs want to run than there are cores, that proxy has to wait for its turn too. */
export function staysMs(load: number, cores: number): number {
  return STAYS_MS * Math.min(MOST_TIMES, Math.max(1, load / Math.max(1, cores)));
}

/** True when a TCP connection is accepted and stays open for a moment (or is answered). Never rejects. */
export function portAccepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let timer = setTimeout(() => end(false), CONNECT_MS);
    const end = (accepts: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(accepts);
    };
    socket.once('connect', () => {
      clearTimeout(timer);
      timer = setTimeout(() => end(true), staysMs(loadavg()[0] ?? 0, availableParallelism()));
    });
    socket.once('data', () => end(true));
    socket.once('end', () => end(false));
    socket.once('error', () => end(false));
  });
}
