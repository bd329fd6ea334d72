import { busyboxEntries, engineCall, engineSocketPath, findImage, importImage, IMAGE_PATH } from '../../scripts/lib/engine-image.mjs';

/** The image the fixtures build on: no registry is needed for it. */
export const BUSYBOX_IMAGE = 'berth-test/busybox:1';

/** A reply of the engine API, for tests that look at the engine without going through the product. */
export interface EngineReply {
  readonly status: number;
  readonly text: string;
}

/** The socket of the engine the tests run against. */
export function testSocketPath(): string {
  return engineSocketPath();
}

/** One plain request to the engine API; a `body` is sent as JSON. */
export async function engineRequest(method: string, path: string, options: { readonly body?: unknown; readonly socketPath?: string; readonly timeoutMs?: number } = {}): Promise<EngineReply> {
  const body = options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body));
  return engineCall({
    socketPath: options.socketPath ?? testSocketPath(),
    method,
    path,
    timeoutMs: options.timeoutMs ?? 60_000,
    ...(body === undefined ? {} : { body: [body], headers: { 'Content-Type': 'application/json', 'Content-Length': String(body.length) } }),
  });
}

/** The same, parsed; a status above 399 throws the engine's message. */
export async function engineJson<T>(method: string, path: string, options: { readonly body?: unknown; readonly socketPath?: string } = {}): Promise<T> {
  const reply = await engineRequest(method, path, options);
  if (reply.status >= 400) throw new Error(`${method} ${path} answered ${reply.status}: ${reply.text.trim()}`);
  return (reply.text === '' ? null : JSON.parse(reply.text)) as T;
}

/** Imports the machine's static busybox as `berth-test/busybox:1` unless the engine has it. Returns the reference. */
export async function ensureBusybox(options: { readonly socketPath?: string } = {}): Promise<string> {
  const socketPath = options.socketPath ?? testSocketPath();
  if ((await findImage(socketPath, BUSYBOX_IMAGE)) !== null) return BUSYBOX_IMAGE;
  await importImage({
    socketPath,
    repository: 'berth-test/busybox',
    tag: '1',
    entries: await busyboxEntries(),
    changes: [IMAGE_PATH, 'CMD ["sh"]', 'LABEL dev.berth.test=1'],
  });
  return BUSYBOX_IMAGE;
}

/** Sends raw bytes (a build context, an archive) and returns the answer's text, whatever the status. */
export async function engineCallBody(method: string, path: string, body: AsyncIterable<Uint8Array>, socketPath: string = testSocketPath()): Promise<string> {
  const { text } = await engineCall({ socketPath, method, path, body, headers: { 'Content-Type': 'application/x-tar' }, timeoutMs: 120_000 });
  return text;
}
