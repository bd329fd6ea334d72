import { numberFrom, Problem, readJson, sendJson, serve, type Call } from '#shared/service.ts';
import { RecordLog } from './record-log.ts';

const records = await RecordLog.open(process.env.DATA_DIR ?? '/data');
const MAX_KEY_BYTES = 512;

async function handle({ request, response, method, path, query }: Call): Promise<boolean> {
  if (path[0] !== 'records' || path.length > 2) return false;
  const key = path[1];
  if (key === undefined) {
    if (method === 'GET') {
      sendJson(response, 200, records.list(query.get('prefix') ?? '', numberFrom(query, 'offset', 0, 0, 1e9), numberFrom(query, 'limit', 100, 1, 1000)));
      return true;
    }
    if (method !== 'POST') return false;
    sendJson(response, 201, await records.put(records.nextKey(query.get('prefix') ?? 'row:'), await readJson(request)));
    return true;
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new Problem(400, 'bad-key', `A key has at most ${MAX_KEY_BYTES} bytes.`);
  if (method === 'PUT') sendJson(response, 200, await records.put(key, await readJson(request)));
  else if (method === 'GET') {
    const record = records.get(key);
    if (record === undefined) throw new Problem(404, 'no-such-record', `There is no record ${key}.`);
    sendJson(response, 200, record);
  } else if (method === 'DELETE') {
    if (!(await records.delete(key))) throw new Problem(404, 'no-such-record', `There is no record ${key}.`);
    response.writeHead(204).end();
  } else return false;
  return true;
}

await serve({ name: 'store', handle, onStop: () => records.close() });
