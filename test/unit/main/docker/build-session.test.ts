import { mkdtemp, rm } from 'node:fs/promises';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { offerSession, type BuildAccess } from '@main/docker/build-session';
import { serveGrpc } from '@main/docker/grpc-server';
import { bytesField, fieldsOf, numberField, textField } from '@main/docker/protobuf';
import { AgentMessages, mayAskAgent } from '@main/docker/ssh-agent';

let folder: string;
let client: ClientHttp2Session;
const closings: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bt-session-'));
});
afterEach(async () => {
  for (const close of closings.splice(0)) close();
  await rm(folder, { recursive: true, force: true });
});

async function listening(name: string, onConnection: (socket: Socket) => void): Promise<string> {
  const path = join(folder, name);
  const server: Server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  closings.push(() => server.close());
  return path;
}

/** The engine's side: it calls on a connection that Berth opened. */
async function open(access: Partial<BuildAccess>): Promise<ReturnType<typeof offerSession>> {
  const offered = offerSession({ credentials: () => Promise.resolve(undefined), secrets: new Map(), agents: new Map(), ...access });
  const path = await listening(`engine-${offered.id.slice(0, 8)}`, (socket) => {
    client = connect('http://engine', { createConnection: () => socket });
    client.on('error', () => undefined);
    closings.push(() => client.destroy());
  });
  const socket = createConnection(path);
  await new Promise((resolve) => socket.once('connect', resolve));
  const served = serveGrpc(socket, offered.methods);
  closings.push(() => served.close());
  return offered;
}

const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from([0]), Buffer.from(Uint32Array.of(message.length).buffer).reverse(), message]);

async function call(path: string, request: Buffer): Promise<{ readonly status: string; readonly said: string; readonly bytes: Buffer; readonly code: number }> {
  const stream = client.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
  const chunks: Buffer[] = [];
  let status = '';
  let said = '';
  stream.on('trailers', (trailers) => {
    status = String(trailers['grpc-status']);
    said = String(trailers['grpc-message'] ?? '');
  });
  stream.end(framed(request));
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status, said: decodeURIComponent(said), bytes: Buffer.concat(chunks), code: stream.rstCode };
}

const GET_SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret';
const CREDENTIALS = '/moby.filesync.v1.Auth/Credentials';

describe('the session of a build', () => {
  it('answers the engine: alive, credentials by registry, secrets of any size, whole', async () => {
    const large = Buffer.alloc(500 * 1024, 'x');
    await open({ secrets: new Map([['large', large]]), credentials: (host) => Promise.resolve(host === 'a.example' ? { username: 'u', password: 'p', serveraddress: host } : host === 'b.example' ? { username: '', password: '', serveraddress: host, identitytoken: 't' } : undefined) });
    expect((await call('/grpc.health.v1.Health/Check', Buffer.alloc(0))).bytes.subarray(5)).toEqual(numberField(1, 1));
    const secret = await call(GET_SECRET, bytesField(1, 'large'));
    expect(secret).toMatchObject({ status: '0', code: constants.NGHTTP2_NO_ERROR });
    expect(fieldsOf(secret.bytes.subarray(5))[0]?.bytes.equals(large)).toBe(true);
    const of = async (host: string) => {
      const fields = fieldsOf((await call(CREDENTIALS, bytesField(1, host))).bytes.subarray(5));
      return [textField(fields, 1), textField(fields, 2)];
    };
    expect([await of('a.example'), await of('b.example'), await of('c.example')]).toEqual([['u', 'p'], ['', 't'], ['', '']]);
  });

  it('knows nothing of what the build was not given, and tells no more than that', async () => {
    const none = await open({});
    expect(none.headers['X-Docker-Expose-Session-Grpc-Method']).not.toContain(GET_SECRET);
    expect(await call(GET_SECRET, bytesField(1, 'a'))).toMatchObject({ status: '12' });
    const some = await open({ secrets: new Map([['a', Buffer.from('hidden')]]) });
    expect(some.headers['X-Docker-Expose-Session-Grpc-Method']).toContain(GET_SECRET);
    expect(await call(GET_SECRET, bytesField(1, 'b'))).toMatchObject({ status: '5', said: 'secret b not found', code: constants.NGHTTP2_NO_ERROR });
    expect(await call(GET_SECRET, Buffer.from([0x0f]))).toMatchObject({ status: '2', said: 'it could not be answered' });
  });

  it('says that an agent is not there, and ends its stream when it is gone', async () => {
    const path = await listening('agent', (socket) => socket.destroy());
    await open({ agents: new Map([['default', { socket: path }], ['gone', { socket: join(folder, 'nothing') }]]) });
    expect(await call('/moby.sshforward.v1.SSH/CheckAgent', Buffer.alloc(0))).toMatchObject({ status: '0' });
    expect(await call('/moby.sshforward.v1.SSH/CheckAgent', bytesField(1, 'other'))).toMatchObject({ status: '5' });
    expect((await call('/moby.sshforward.v1.SSH/ForwardAgent', Buffer.alloc(0))).status).toMatch(/^[02]$/);
  });
});

describe('the messages of an agent', () => {
  it('are cut anywhere and come out whole', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(messages, fc.integer({ min: 1, max: 7 }), (all, size) => {
        const whole = all.map((body) => Buffer.concat([Buffer.from(Uint32Array.of(body.length).buffer).reverse(), body]));
        const bytes = Buffer.concat(whole);
        const reader = new AgentMessages();
        const found: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) found.push(...reader.add(bytes.subarray(at, at + size)));
        expect(Buffer.concat(found).equals(bytes)).toBe(true);
        expect(found).toHaveLength(whole.length);
      }),
    );
    expect(() => new AgentMessages().add(Buffer.from([0xff, 0, 0, 0, 1]))).toThrow(RangeError);
  });

  it('may list keys and sign, and nothing else', () => {
    const allowed = Array.from({ length: 256 }, (_one, type) => type).filter((type) => mayAskAgent(Buffer.from([0, 0, 0, 1, type])));
    expect(allowed).toEqual([11, 13]);
    expect(mayAskAgent(Buffer.from([0, 0, 0, 0]))).toBe(false);
  });
});

it('reads what it writes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.oneof(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 300 }))), { maxLength: 6 }), (fields) => {
      const bytes = Buffer.concat(fields.map(([number, value]) => (typeof value === 'number' ? numberField(number, value) : bytesField(number, value))));
      expect(fieldsOf(bytes).map((field) => [field.number, field.bytes.length > 0 ? [...field.bytes] : field.value])).toEqual(fields.map(([number, value]) => [number, typeof value === 'number' ? value : [...value]]));
    }),
  );
});
