import { runApp } from '@main/app/run-app';
import { given, hostileServices } from './hostile-answers';
import { createWorld, type WorldName } from './window-world';

const name = (process.env['BERTH_WORLD'] ?? 'running') as WorldName | 'hostile-everywhere';
// For tests: which hostile texts the page has been told.
Object.assign(globalThis, { berthHostile: () => given.size });

/** The app's real main process over a world in memory; BERTH_WORLD names it. */
runApp({ mainDir: __dirname, createServices: async () => (name === 'hostile-everywhere' ? hostileServices(createWorld('hostile')) : createWorld(name)) });
