import type { IncomingMessage } from 'node:http';
import { hasBody, refusal, type Answer } from './answers';
import type { ApiLimits } from './limits';

export type ReadBody = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Answer };

/** The JSON of a request, or the answer that says why it is none. No more than the limit is ever read. */
export async function readBody(request: IncomingMessage, limits: ApiLimits): Promise<ReadBody> {
  if (!hasBody(request)) return { ok: true, value: {} };
  const encoding = request.headers['content-encoding'];
  if (!isJson(request.headers['content-type']) || (encoding !== undefined && encoding !== 'identity')) {
    return refused(refusal(415, 'input-invalid', 'A request is sent as application/json, in UTF-8 and not compressed.'));
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBodyBytes) return refused(tooLarge(limits));
  const bytes = await collect(request, limits.maxBodyBytes);
  if (bytes === null) return refused(tooLarge(limits));
  return parse(bytes, limits.maxDepth);
}

function isJson(type: string | undefined): boolean {
  return /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type ?? '');
}

/** Null when there are more than that. By hand: leaving a `for await` would destroy the request and with it the way for the answer. */
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const onData = (chunk: Buffer): void => {
      sizeBytes += chunk.length;
      if (sizeBytes <= maxBytes) return void chunks.push(chunk);
      request.off('data', onData);
      request.pause();
      resolve(null);
    };
    request.on('data', onData);
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('The caller has gone.')));
  });
}

function parse(bytes: Buffer, maxDepth: number): ReadBody {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = text.trim() === '' ? {} : (JSON.parse(text) as unknown);
  } catch {
    return refused(refusal(400, 'input-invalid', 'The request is not JSON.'));
  }
  const wrong = unfit(value, maxDepth);
  return wrong === null ? { ok: true, value } : refused(refusal(400, 'input-invalid', wrong));
}

/** With a stack of its own: what is nested too deeply must not be walked by calls. */
function unfit(value: unknown, maxDepth: number): string | null {
  const stack: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top.value !== 'object' || top.value === null) continue;
    if (top.depth >= maxDepth) return `The request is nested more than ${maxDepth} levels deep.`;
    // JSON may carry it as a name of its own; whoever copies such an object would change what it inherits from.
    if (Object.hasOwn(top.value, '__proto__')) return 'Nothing in a request may be called "__proto__".';
    for (const inner of Object.values(top.value)) stack.push({ value: inner, depth: top.depth + 1 });
  }
  return null;
}

function tooLarge(limits: ApiLimits): Answer {
  return refusal(413, 'input-invalid', `The request is larger than ${Math.round(limits.maxBodyBytes / 1024)} KiB.`);
}

function refused(answer: Answer): ReadBody {
  return { ok: false, answer };
}
