import { createConnection, type Socket } from 'node:net';
import type { StreamMethod } from './grpc-server';
import { bytesField, fieldsOf } from './protobuf';
import { SshKeyRefusal, string, WireReader, type SshKey } from './ssh-key';

/** Who signs for a build: an agent that runs at this socket, or a key that was read for it. */
export type BuildAgent = { readonly socket: string } | { readonly key: SshKey; readonly name: string };

const LIST_KEYS = 11;
const KEYS = 12;
const SIGN = 13;
const SIGNED = 14;
/** Of the agent's protocol: a build may ask which keys there are and have something signed. Adding, removing and locking keys is not its business. */
const ASKED_BY_BUILDS: ReadonlySet<number> = new Set([LIST_KEYS, SIGN]);
const FAILURE = Buffer.from([0, 0, 0, 1, 5]);
const LENGTH_BYTES = 4;
/** As OpenSSH's agent takes them. */
const MOST_MESSAGE_BYTES = 256 * 1024;

/** Cuts a stream of the agent's protocol into its messages, lengths included. */
export class AgentMessages {
  private rest = Buffer.alloc(0);

  /** Those that are whole now. Throws when one claims to be larger than any agent takes. */
  add(chunk: Uint8Array): readonly Buffer[] {
    this.rest = Buffer.concat([this.rest, chunk]);
    const whole: Buffer[] = [];
    while (this.rest.length >= LENGTH_BYTES) {
      const length = this.rest.readUInt32BE(0);
      if (length > MOST_MESSAGE_BYTES) throw new RangeError('a message to the SSH agent is too large');
      if (this.rest.length < LENGTH_BYTES + length) break;
      whole.push(this.rest.subarray(0, LENGTH_BYTES + length));
      this.rest = this.rest.subarray(LENGTH_BYTES + length);
    }
    return whole;
  }
}

/** True for what a build may ask of the agent. */
export function mayAskAgent(message: Uint8Array): boolean {
  return ASKED_BY_BUILDS.has(message[LENGTH_BYTES] ?? 0);
}

/** What an agent with this one key answers to a question. */
export function answerWith({ key, name }: { readonly key: SshKey; readonly name: string }, question: Buffer): Buffer {
  const type = question[LENGTH_BYTES];
  if (type === LIST_KEYS) return string(Buffer.concat([Buffer.from([KEYS, 0, 0, 0, 1]), string(key.blob), string(name)]));
  if (type !== SIGN) return FAILURE;
  try {
    const fields = new WireReader(question.subarray(LENGTH_BYTES + 1));
    if (!fields.bytes().equals(key.blob)) return FAILURE;
    const data = fields.bytes();
    return string(Buffer.concat([Buffer.from([SIGNED]), string(key.signature(data, fields.number()))]));
  } catch (error) {
    if (error instanceof SshKeyRefusal) return FAILURE;
    throw error;
  }
}

/** moby.sshforward.v1 ForwardAgent: one connection of the build's to the agent of this id. */
export function forwardAgent(find: (id: string) => BuildAgent | undefined): StreamMethod {
  return async (stream) => {
    const id = stream.headers['buildkit.ssh.id'];
    const agent = find(typeof id === 'string' && id !== '' ? id : 'default');
    if (agent === undefined) throw new Error('no such agent');
    if ('socket' in agent) await throughSocket(agent.socket, stream);
    else for await (const question of questionsOf(stream.messages)) await stream.send(bytesField(1, answerWith(agent, question)));
  };
}

type Stream = Parameters<StreamMethod>[0];

async function throughSocket(path: string, { messages, send, closed }: Stream): Promise<void> {
  const agent = await connected(path);
  void closed.then(() => agent.destroy());
  const answers = (async () => {
    for await (const chunk of agent as AsyncIterable<Buffer>) await send(bytesField(1, chunk));
  })();
  answers.catch(() => undefined);
  try {
    for await (const question of questionsOf(messages)) {
      if (mayAskAgent(question)) agent.write(question);
      else await send(bytesField(1, FAILURE));
    }
    agent.end();
    await answers;
  } finally {
    agent.destroy();
  }
}

async function* questionsOf(messages: Stream['messages']): AsyncGenerator<Buffer> {
  const asked = new AgentMessages();
  for await (const message of messages) {
    for (const field of fieldsOf(message).filter((one) => one.number === 1)) yield* asked.add(field.bytes);
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}
