import { pathToFileURL } from 'node:url';

/** Runs one bundled bench in this process and ends the process with it, whatever the bench still has open: a child, a socket or a timer must not keep a finished bench waiting. */
const [node, , file, ...options] = process.argv;
process.argv = [node, file, ...options];
try {
  await import(pathToFileURL(file).href);
} catch (error) {
  process.stderr.write(`${error?.stack ?? String(error)}\n`);
  process.exit(1);
}
process.exit(process.exitCode ?? 0);
