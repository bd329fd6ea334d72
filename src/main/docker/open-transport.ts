import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { EngineAddress } from '@shared/domain/engine/candidates';
import { cheapToPrint, type DockerClient, type Modem } from './modem';
import { Transport } from './transport';
import type { EngineEndpoint } from './types';

interface TlsFiles {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

type ReachableAddress = Exclude<EngineAddress, { kind: 'unsupported' }>;

/**
 * Opens both clients. Nothing is sent yet. docker-modem, which dockerode sends its calls with, is loaded here, and only when an
 * engine is looked for; dockerode itself only for a build, since loading its BuildKit session takes longer than most commands.
 */
export async function openTransport(endpoint: EngineEndpoint, address: ReachableAddress, tls: TlsFiles | undefined): Promise<Transport> {
  const { default: DockerModem } = await import('docker-modem');
  const modem = (): Modem => new DockerModem(clientOptions(address, tls)) as unknown as Modem;
  const buildClient = async (): Promise<DockerClient> => {
    const { default: Docker } = await import('dockerode');
    return new Docker(clientOptions(address, tls) as ConstructorParameters<typeof Docker>[0]) as unknown as DockerClient;
  };
  const place = address.kind === 'socket' ? address.socketPath : `${address.host}:${address.port}`;
  const local = address.kind === 'socket' || address.host === 'localhost' || address.host === '::1' || address.host.startsWith('127.');
  return new Transport(endpoint, local, modem(), modem(), place, buildClient);
}

/** Everything is named, so that nothing is taken from the process's environment. */
function clientOptions(address: ReachableAddress, tls: TlsFiles | undefined): object {
  const secure = address.kind === 'tcp' && address.tls;
  return {
    socketPath: address.kind === 'socket' ? address.socketPath : undefined,
    host: address.kind === 'tcp' ? address.host : undefined,
    port: address.kind === 'tcp' ? address.port : undefined,
    protocol: secure ? 'https' : 'http',
    ca: tls?.ca,
    cert: tls?.cert,
    key: tls?.key,
    timeout: undefined,
    connectionTimeout: undefined,
    pathPrefix: '/',
    agent: cheapToPrint(secure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false })),
  };
}
