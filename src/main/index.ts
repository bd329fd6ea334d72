import { runApp } from './app/run-app';
import { startServices } from './app/start-services';

runApp({ mainDir: __dirname, createServices: startServices });
