import { join } from 'node:path';
import { removeIncoming } from '#shared/durable-files.ts';
import { checkedFileName } from '#shared/file-names.ts';
import { LogFile } from '#shared/log-file.ts';
import { numberFrom, Problem, readJson, readText, sendJson, serve, type Call } from '#shared/service.ts';
import { StoreClient } from '#shared/store-client.ts';
import { Indexer } from './indexer.ts';
import { JobQueue } from './jobs.ts';
import { RuleBook } from './rule-book.ts';

const STALE_MS = 60_000;
const efsRoot = process.env.EFS_ROOT ?? '/mnt/efs';
const kept = LogFile.keep(join(efsRoot, 'logs'), 'worker');
const store = new StoreClient(process.env.STORE_URL ?? 'http://store:7000');

await removeIncoming(join(efsRoot, 'processed'));
await removeIncoming(join(efsRoot, 'rules'));
const book = await RuleBook.open(join(efsRoot, 'rules'), join(import.meta.dirname, 'default-rules.yml'));
const indexer = new Indexer(efsRoot, store, book);
const jobs = new JobQueue(indexer, store);

/** Jobs and rules. Only the other services reach this; the api hands it on. */
async function handle(call: Call): Promise<boolean> {
  const { path } = call;
  if (path[0] === 'jobs') return handleJobs(call);
  if (path[0] === 'rules') return handleRules(call);
  return false;
}

async function handleJobs({ request, response, method, path, query }: Call): Promise<boolean> {
  const [, id] = path;
  if (path.length > 2) return false;
  if (id === undefined && method === 'POST') {
    const { name } = ((await readJson(request)) ?? {}) as { readonly name?: unknown };
    sendJson(response, 202, await jobs.add(checkedFileName(typeof name === 'string' ? name : '')));
  } else if (id === undefined && method === 'GET') sendJson(response, 200, { jobs: jobs.list(numberFrom(query, 'limit', 50, 1, 1000)) });
  else if (id !== undefined && method === 'GET') sendJson(response, 200, await jobs.ended(id, numberFrom(query, 'wait', 0, 0, 60) * 1000));
  else return false;
  return true;
}

async function handleRules({ request, response, method, path }: Call): Promise<boolean> {
  const [, part, number, verb] = path;
  const answer = (status: number, { version, source }: { readonly version: number; readonly source: string }): void => sendJson(response, status, { version, source });
  if (part === undefined && method === 'GET') answer(200, book.now());
  else if (part === undefined && method === 'PUT') {
    answer(201, await book.save(await readText(request)));
    indexer.lookAgain();
  } else if (part === 'versions' && path.length === 2 && method === 'GET') sendJson(response, 200, { current: book.now().version, versions: await book.versions() });
  else if (part === 'versions' && path.length === 3 && method === 'GET') answer(200, { version: versionFrom(number), source: await book.read(versionFrom(number)) });
  else if (part === 'versions' && path.length === 4 && verb === 'restore' && method === 'POST') {
    answer(201, await book.restore(versionFrom(number)));
    indexer.lookAgain();
  } else return false;
  return true;
}

function versionFrom(text: string | undefined): number {
  if (text === undefined || !/^\d{1,6}$/.test(text)) throw new Problem(400, 'bad-version', 'A version is a whole number.');
  return Number(text);
}

await indexer.start();
await serve({
  name: 'worker',
  handle,
  onStop: async () => {
    await jobs.stop();
    await indexer.stop();
    await kept.written();
  },
  checkHealth: async () => {
    if (Date.now() - indexer.lastPassMs > STALE_MS) throw new Problem(503, 'stuck', 'The worker has not looked at the uploads for a minute.');
  },
});
