import { runCli } from './run-cli';

runCli();
