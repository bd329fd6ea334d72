import { randomUUID } from 'node:crypto';
import type { RegistryAuth } from './credential-helper';
import { GRPC_STATUS, GrpcRefusal, type GrpcMethods } from './grpc-server';
import { bytesField, fieldsOf, numberField, textField } from './protobuf';
import { forwardAgent, type BuildAgent } from './ssh-agent';

/** What one build may ask of this computer while it runs, and nothing beyond it. */
export interface BuildAccess {
  /** Credentials for a registry, by the host the engine asks at; undefined: none, it goes on as nobody. */
  readonly credentials: (host: string) => Promise<RegistryAuth | undefined>;
  /** The bytes of the secrets the build was given, by their ids. */
  readonly secrets: ReadonlyMap<string, Uint8Array>;
  /** Who signs for it, by ids. */
  readonly agents: ReadonlyMap<string, BuildAgent>;
}

/** A session of BuildKit as it is offered to the engine. */
export interface OfferedSession {
  readonly id: string;
  readonly headers: { readonly [name: string]: string | string[] };
  readonly methods: GrpcMethods;
}

const SERVING = 1;

/** Makes the services of a session. Of secrets and agents only those that the build was given are offered at all. */
export function offerSession(access: BuildAccess): OfferedSession {
  const methods: GrpcMethods = {
    unary: {
      // The engine asks every few seconds and gives a session up that does not answer.
      '/grpc.health.v1.Health/Check': () => Promise.resolve(numberField(1, SERVING)),
      '/moby.filesync.v1.Auth/Credentials': async (request) => {
        const auth = await access.credentials(textField(fieldsOf(request), 1));
        if (auth === undefined) return Buffer.alloc(0);
        return auth.identitytoken === undefined ? Buffer.concat([bytesField(1, auth.username), bytesField(2, auth.password)]) : bytesField(2, auth.identitytoken);
      },
      ...(access.secrets.size === 0 ? {} : { '/moby.buildkit.secrets.v1.Secrets/GetSecret': (request: Buffer) => secretOf(access, textField(fieldsOf(request), 1)) }),
      ...(access.agents.size === 0 ? {} : { '/moby.sshforward.v1.SSH/CheckAgent': (request: Buffer) => agentCheck(access, textField(fieldsOf(request), 1)) }),
    },
    stream: access.agents.size === 0 ? {} : { '/moby.sshforward.v1.SSH/ForwardAgent': forwardAgent((id) => access.agents.get(id)) },
  };
  const id = randomUUID();
  return {
    id,
    headers: {
      Upgrade: 'h2c',
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Name': 'berth',
      'X-Docker-Expose-Session-Grpc-Method': [...Object.keys(methods.unary), ...Object.keys(methods.stream)],
    },
    methods,
  };
}

function secretOf(access: BuildAccess, id: string): Promise<Buffer> {
  const bytes = access.secrets.get(id);
  if (bytes === undefined) return Promise.reject(new GrpcRefusal(GRPC_STATUS.notFound, `secret ${id} not found`));
  return Promise.resolve(bytesField(1, bytes));
}

function agentCheck(access: BuildAccess, id: string): Promise<Buffer> {
  return access.agents.has(id === '' ? 'default' : id) ? Promise.resolve(Buffer.alloc(0)) : Promise.reject(new GrpcRefusal(GRPC_STATUS.notFound, `unset ssh forward key ${id}`));
}
