import { utilityProcess } from 'electron';
import type { ChildSpawner } from '../platform/child-worker';

/** Starts helper processes through Electron: a packaged app cannot run itself as node. */
export const utilityChild: ChildSpawner = (entry, { memoryMiB, name }) => {
  const child = utilityProcess.fork(entry, [], { serviceName: `Berth ${name}`, stdio: 'ignore', env: {}, execArgv: [`--max-old-space-size=${memoryMiB}`] });
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  return {
    send: (message) => {
      if (!ended) child.postMessage(message);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
    kill: () => {
      if (!ended) child.kill();
    },
    // Utility processes end with the app; none of them keeps it alive.
    hold: () => undefined,
  };
};
