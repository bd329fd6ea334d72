import { createConnection, type Socket } from 'node:net';
import type { StreamMethod } from './grpc-server';
import { bytesField, fieldsOf } from './protobuf';

/** Of the agent's protocol: a build may ask which keys there are and have something signed. Adding, removing and locking keys is not its business. */
const ASKED_BY_BUILDS: ReadonlySet<number> = new Set([11, 13]);
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

/** moby.sshforward.v1 ForwardAgent: one connection of the build's to the agent at this socket. */
export function forwardAgent(socketPath: (id: string) => string | undefined): StreamMethod {
  return async ({ headers, messages, send, closed }) => {
    const id = headers['buildkit.ssh.id'];
    const path = socketPath(typeof id === 'string' && id !== '' ? id : 'default');
    if (path === undefined) throw new Error('no such agent');
    const agent = await connected(path);
    void closed.then(() => agent.destroy());
    const answers = (async () => {
      for await (const chunk of agent as AsyncIterable<Buffer>) await send(bytesField(1, chunk));
    })();
    answers.catch(() => undefined);
    try {
      const asked = new AgentMessages();
      for await (const message of messages) {
        for (const field of fieldsOf(message).filter((one) => one.number === 1)) {
          for (const question of asked.add(field.bytes)) {
            if (mayAskAgent(question)) agent.write(question);
            else await send(bytesField(1, FAILURE));
          }
        }
      }
      agent.end();
      await answers;
    } finally {
      agent.destroy();
    }
  };
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
