import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { removeIncoming } from '#shared/durable-files.ts';
import { log, numberFrom, Problem, sendJson, serve, type Call } from '#shared/service.ts';
import { StoreClient } from '#shared/store-client.ts';
import { deleteFile, folderFrom, listFiles, sendFile } from './files.ts';
import { StorageMonitor } from './storage.ts';
import { takeUpload, type OnConflict } from './uploads.ts';

const efsRoot = process.env.EFS_ROOT ?? '/mnt/efs';
const uploads = { folder: join(efsRoot, 'uploads'), maxBytes: Number(process.env.MAX_UPLOAD_BYTES ?? String(256 * 1024 * 1024)) };
const store = new StoreClient(process.env.STORE_URL ?? 'http://store:7000');
const storage = new StorageMonitor(efsRoot, process.env.S3_ROOT ?? '/mnt/s3');

await removeIncoming(uploads.folder);

function conflictFrom(text: string | null): OnConflict {
  if (text === null || text === 'refuse') return 'refuse';
  if (text === 'number') return 'number';
  throw new Problem(400, 'bad-option', 'on-conflict must be refuse or number.');
}

/** The store keeps the history; the file itself is what counts, so a store that is away does not fail the call. */
async function remember(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => log(`The store did not take a record: ${String(error)}`));
}

async function handle(call: Call): Promise<boolean> {
  const { request, response, method, path, query } = call;
  const [first, second] = path;
  if (first === 'upload' && path.length === 1 && method === 'POST') {
    const rawName = query.get('name') ?? (request.headers['x-file-name'] as string | undefined) ?? null;
    const upload = await takeUpload(request, rawName, conflictFrom(query.get('on-conflict')), uploads);
    await remember(store.put(`upload:${upload.name}`, { ...upload, uploadedAt: new Date().toISOString() }));
    log(`uploaded ${upload.name} (${upload.size} bytes)`);
    response.setHeader('Location', `/files/${encodeURIComponent(upload.name)}`);
    sendJson(response, 201, upload);
    return true;
  }
  if (first === 'storage' && second === 'status' && path.length === 2 && method === 'GET') {
    sendJson(response, 200, { storage: await storage.status() });
    return true;
  }
  if (first !== 'files' || path.length > 2) return false;
  if (second === undefined) {
    if (method !== 'GET') return false;
    const wanted = { folder: folderFrom(query.get('folder')), contains: query.get('contains') ?? '', offset: numberFrom(query, 'offset', 0, 0, 1e9), limit: numberFrom(query, 'limit', 100, 1, 1000) };
    sendJson(response, 200, await listFiles(efsRoot, wanted));
    return true;
  }
  const folder = folderFrom(query.get('folder')) ?? 'uploads';
  if (method === 'GET') {
    await sendFile(response, efsRoot, folder, second);
    return true;
  }
  if (method !== 'DELETE') return false;
  await deleteFile(efsRoot, folder, second);
  if (folder === 'uploads') await remember(store.delete(`upload:${second}`));
  log(`deleted ${folder}/${second}`);
  response.writeHead(204).end();
  return true;
}

await serve({ name: 'api', handle, checkHealth: () => access(uploads.folder, constants.W_OK) });
