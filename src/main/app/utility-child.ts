import { utilityProcess } from 'electron';
import { memoryFlags, type ChildSpawner } from '../platform/child-worker';

/** Starts helper processes through Electron: a packaged app cannot run itself as node. */
export const utilityChild: ChildSpawner = (entry, options) => {
  const child = utilityProcess.fork(entry, [], { serviceName: `Berth ${options.name}`, stdio: 'ignore', env: {}, execArgv: memoryFlags(options) });
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
