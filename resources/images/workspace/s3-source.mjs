/** Objects of a bucket as the source of a workspace, downloaded without a mount. Signed with SigV4; keys come from the environment only. */
import { createHash, createHmac } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const EMPTY_HASH = createHash('sha256').update('').digest('hex');
const LIST_MS = 30_000;
const OBJECT_MS = 600_000;

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** Headers of a signed GET. `query`: pairs of name and value; `now`: the moment it is sent. */
export function signedHeaders({ url, query, region, accessKey, secretKey, now }) {
  const at = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${at.slice(0, 8)}/${region}/s3/aws4_request`;
  const asked = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).sort().join('&');
  const canonical = ['GET', url.pathname, asked, `host:${url.host}`, `x-amz-content-sha256:${EMPTY_HASH}`, `x-amz-date:${at}`, '', 'host;x-amz-content-sha256;x-amz-date', EMPTY_HASH].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', at, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${secretKey}`, at.slice(0, 8)), region));
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return {
    'x-amz-content-sha256': EMPTY_HASH,
    'x-amz-date': at,
    // What is stored as it is must arrive as it is.
    'accept-encoding': 'identity',
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKey}/${scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=${signature}`,
  };
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (text) => text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot|apos));/gi, (_, decimal, hex, name) => (name === undefined ? String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10)) : ENTITIES[name.toLowerCase()]));
const tag = (xml, name) => {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml);
  return found === null ? null : plain(found[1]);
};

/** One page of a list: its objects, and where the next begins. Keys arrive encoded as in an address. */
export function readListing(xml) {
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, one]) => ({
    key: decodeURIComponent((tag(one, 'Key') ?? '').replaceAll('+', ' ')),
    size: Number(tag(one, 'Size') ?? 0),
    etag: tag(one, 'ETag') ?? '',
  }));
  return { objects, next: tag(xml, 'IsTruncated') === 'true' ? tag(xml, 'NextContinuationToken') : null };
}

/** A path beneath the workspace; null for a key that is none: a folder's marker, or one that leads upwards. */
export function pathOfKey(key, prefix) {
  if (!key.startsWith(prefix)) return null;
  const path = key.slice(prefix.length);
  return path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')) ? null : path;
}

/** The source that a container downloads by itself. */
export function s3Source({ endpoint, region, bucket, prefix, accessKey, secretKey }) {
  async function get(path, query, timeoutMs) {
    const url = new URL(`${endpoint.replace(/\/+$/, '')}/${[bucket, ...path.split('/')].filter((part) => part !== '').map(encoded).join('/')}`);
    const headers = signedHeaders({ url, query, region, accessKey, secretKey, now: new Date() });
    const asked = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
    const answer = await fetch(asked === '' ? url : `${url.href}?${asked}`, { headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) }).catch((error) => {
      throw new Error(`S3 at ${url.host} does not answer: ${error.cause?.message ?? error.message}`);
    });
    if (answer.ok) return answer;
    const code = tag(await answer.text(), 'Code') ?? '';
    throw new Error(`S3 at ${url.host} refused ${path === '' ? 'the list' : path} with ${answer.status} ${code}`.trim());
  }
  return {
    where: `s3://${bucket}/${prefix}`,
    async list() {
      const files = new Map();
      let token = null;
      do {
        const query = [['list-type', '2'], ['encoding-type', 'url'], ['prefix', prefix], ...(token === null ? [] : [['continuation-token', token]])];
        const page = readListing(await (await get('', query, LIST_MS)).text());
        for (const { key, size, etag } of page.objects) {
          const path = pathOfKey(key, prefix);
          if (path !== null) files.set(path, { size, stamp: etag, key, mode: 0o644, fresh: false });
        }
        token = page.next;
      } while (token !== null);
      return files;
    },
    async fetch(path, file, target) {
      const answer = await get(file.key, [], OBJECT_MS);
      await pipeline(answer.body === null ? Readable.from([]) : Readable.fromWeb(answer.body), createWriteStream(target, { mode: 0o644 }));
    },
  };
}
