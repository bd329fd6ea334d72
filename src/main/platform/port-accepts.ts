import { connect } from 'node:net';

const CONNECT_MS = 1000;
/** A proxy in front of a closed port accepts and hangs up at once; a server does not. */
const STAYS_MS = 60;

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
      timer = setTimeout(() => end(true), STAYS_MS);
    });
    socket.once('data', () => end(true));
    socket.once('end', () => end(false));
    socket.once('error', () => end(false));
  });
}
