import { join } from 'node:path';
import { removeIncoming } from '#shared/durable-files.ts';
import { Problem, serve } from '#shared/service.ts';
import { StoreClient } from '#shared/store-client.ts';
import { Indexer } from './indexer.ts';

const STALE_MS = 60_000;
const efsRoot = process.env.EFS_ROOT ?? '/mnt/efs';
const indexer = new Indexer(efsRoot, new StoreClient(process.env.STORE_URL ?? 'http://store:7000'));

await removeIncoming(join(efsRoot, 'processed'));
await indexer.start();
await serve({
  name: 'worker',
  handle: () => false,
  onStop: () => indexer.stop(),
  checkHealth: async () => {
    if (Date.now() - indexer.lastPassMs > STALE_MS) throw new Problem(503, 'stuck', 'The worker has not looked at the uploads for a minute.');
  },
});
