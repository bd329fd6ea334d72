import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeIncoming } from '#shared/durable-files.ts';
import { checkedFileName } from '#shared/file-names.ts';
import { LogFile } from '#shared/log-file.ts';
import { log, numberFrom, Problem, sendJson, serve, type Call } from '#shared/service.ts';
import { StoreClient } from '#shared/store-client.ts';
import { deleteFile, folderFrom, listFiles, sendFile } from './files.ts';
import { readLogs, streamLogs, type LogQuery } from './logs.ts';
import { StorageMonitor } from './storage.ts';
import { takeUpload, type OnConflict } from './uploads.ts';
import { askWorker } from './worker-client.ts';

const efsRoot = process.env.EFS_ROOT ?? '/mnt/efs';
const uploads = { folder: join(efsRoot, 'uploads'), maxBytes: Number(process.env.MAX_UPLOAD_BYTES ?? String(256 * 1024 * 1024)) };
const store = new StoreClient(process.env.STORE_URL ?? 'http://store:7000');
const worker = new URL(process.env.WORKER_URL ?? 'http://worker:7100');
const logs = join(efsRoot, 'logs');
const kept = LogFile.keep(logs, 'api');
const storage = new StorageMonitor(efsRoot, process.env.S3_ROOT ?? '/mnt/s3');

await mkdir(logs, { recursive: true });
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

/** What the worker does: jobs and rules. */
async function handleWork(call: Call): Promise<boolean> {
  const { method, path, query } = call;
  const [first, second] = path;
  if (first === 'process' && second !== undefined && path.length === 2 && method === 'POST') {
    await askWorker(worker, call, '/jobs', { name: checkedFileName(second) });
    return true;
  }
  if (first !== 'jobs' && first !== 'rules') return false;
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  await askWorker(worker, call, `/${path.map(encodeURIComponent).join('/')}${search}`);
  return true;
}

async function handleLogs({ response, method, path, query }: Call): Promise<boolean> {
  if (method !== 'GET' || path.length > 2 || (path.length === 2 && path[1] !== 'stream')) return false;
  const since = query.get('since');
  if (since !== null && Number.isNaN(Date.parse(since))) throw new Problem(400, 'bad-since', 'since must be a time such as 2026-01-31T12:00:00Z.');
  const wanted: LogQuery = { service: query.get('service'), contains: query.get('contains') ?? '', since: since === null ? null : new Date(since).toISOString(), tail: numberFrom(query, 'tail', 200, 0, 10_000) };
  if (path.length === 2) await streamLogs(response, logs, wanted);
  else sendJson(response, 200, { lines: await readLogs(logs, wanted) });
  return true;
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
  if (first === 'logs') return handleLogs(call);
  if (first === 'process' || first === 'jobs' || first === 'rules') return handleWork(call);
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

await serve({ name: 'api', handle, checkHealth: () => access(uploads.folder, constants.W_OK), onStop: () => kept.written() });
