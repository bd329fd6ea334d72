import { runApp } from './app/run-app';
import { isCommandLine, runCommandLine } from './app/run-command-line';
import { startServices } from './app/start-services';

performance.mark('berth:code-loaded');
if (isCommandLine(process.argv)) runCommandLine();
else runApp({ mainDir: __dirname, createServices: startServices });
