import { runApp } from '@main/app/run-app';
import { createWorld, type WorldName } from './window-world';

/** The app's real main process over a world in memory; BERTH_WORLD names it. */
runApp({ mainDir: __dirname, createServices: async () => createWorld((process.env['BERTH_WORLD'] ?? 'running') as WorldName) });
