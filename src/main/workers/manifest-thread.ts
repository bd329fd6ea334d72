import { parentPort, workerData } from 'node:worker_threads';
import { ContentParser } from '../platform/manifests/content-parser';
import { ReadingMark, runMarked, type ThreadAnswer, type ThreadCall, type ThreadData } from '../platform/manifests/content-pool';

/** A thread of the scanner process: parses what it is given, and dies of it rather than letting others wait. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('The manifest thread must be started as a worker thread.');
  const { schemaFile, readingFile, slot } = workerData as ThreadData;
  const parser = new ContentParser(schemaFile);
  const mark = new ReadingMark(readingFile, slot);
  port.on('message', (call: ThreadCall) => {
    if ('definitions' in call) parser.define(call.definitions);
    else port.postMessage({ id: call.id, results: runMarked(parser, mark, call.jobs) } satisfies ThreadAnswer);
  });
}

main();
