import { parentPort, workerData } from 'node:worker_threads';
import { ContentParser } from '../platform/manifests/content-parser';
import { answersTo, type ThreadAnswer, type ThreadCall, type ThreadData } from '../platform/manifests/content-pool';
import { ContentWork, ReadingMark } from '../platform/manifests/content-work';

/** A thread of the scanner process: reads and parses what it is told of, and dies of it rather than letting others wait. */
function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('The manifest thread must be started as a worker thread.');
  const { schemaFile, readingFile, slot } = workerData as ThreadData;
  const parser = new ContentParser(schemaFile);
  const work = new ContentWork(parser, new ReadingMark(readingFile, slot));
  port.on('message', (call: ThreadCall) => {
    if ('call' in call) {
      port.postMessage(JSON.stringify(answersTo(work, call.call)) satisfies ThreadAnswer);
      return;
    }
    parser.define(call.definitions);
    work.begin(new Set(call.known));
  });
}

main();
