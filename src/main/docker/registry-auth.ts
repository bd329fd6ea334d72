import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldOf, objectOf, textOf } from '@shared/domain/engine/read-json';
import { askCredentialHelper, type RegistryAuth } from './credential-helper';
import { dockerConfigDir, type FindEngineOptions } from './find-engine';

const DOCKER_HUB = 'https://index.docker.io/v1/';
/** Under these the engine asks for Docker Hub. */
const HUB_HOSTS: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** The registry of an image reference: the part before the first slash when it looks like a host. */
export function registryOf(reference: string): string {
  const first = reference.split('/')[0] ?? '';
  const isHost = reference.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? registryOfHost(first) : DOCKER_HUB;
}

/** The name that a registry's credentials are kept under, from the host that asks for them. */
export function registryOfHost(host: string): string {
  return HUB_HOSTS.has(host) ? DOCKER_HUB : host;
}

/** `https://ghcr.io/v1/` and `ghcr.io` are kept for the same registry. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
}

type DockerConfig = { readonly [key: string]: unknown };

async function readConfig(options: Pick<FindEngineOptions, 'env' | 'homeDir'>): Promise<DockerConfig> {
  try {
    return objectOf(JSON.parse(await readFile(join(dockerConfigDir(options), 'config.json'), 'utf8')));
  } catch {
    return {};
  }
}

function storedAuth(registry: string, entry: unknown): RegistryAuth | undefined {
  const [fromAuth = '', ofAuth = ''] = Buffer.from(textOf(fieldOf(entry, 'auth')), 'base64').toString('utf8').split(/:(.*)/s, 2);
  const username = fromAuth === '' ? textOf(fieldOf(entry, 'username')) : fromAuth;
  const password = fromAuth === '' ? textOf(fieldOf(entry, 'password')) : ofAuth;
  const identitytoken = textOf(fieldOf(entry, 'identitytoken'));
  if (identitytoken !== '') return { username: '', password: '', serveraddress: registry, identitytoken };
  return username === '' ? undefined : { username, password, serveraddress: registry };
}

/** Credentials as the docker command would use them for one piece of work. Its configuration is read once, each helper asked once for a registry. */
export class RegistryCredentials {
  /** What went wrong with helpers, one sentence each, for the log of the work. Tells no secret. */
  readonly notes: string[] = [];
  private readonly asked = new Map<string, Promise<RegistryAuth | undefined>>();
  private config: Promise<DockerConfig> | undefined;

  constructor(private readonly options: Pick<FindEngineOptions, 'env' | 'homeDir' | 'platform'>) {}

  /** What is known for a registry (as `registryOf` names it); undefined when nothing is. Never rejects. */
  of(registry: string): Promise<RegistryAuth | undefined> {
    const known = this.asked.get(registry);
    if (known !== undefined) return known;
    const asking = this.find(registry);
    this.asked.set(registry, asking);
    return asking;
  }

  /** Those of these registries, and of every one the configuration has in plain text, by registry: what the classic builder is sent. */
  async among(registries: readonly string[]): Promise<{ readonly [registry: string]: RegistryAuth }> {
    const auths = Object.create(null) as { [registry: string]: RegistryAuth };
    const stored = Object.entries(objectOf((await this.readOnce())['auths']));
    for (const [registry, entry] of stored) {
      const auth = storedAuth(registry, entry);
      if (auth !== undefined) auths[registry] = auth;
    }
    for (const registry of new Set(registries)) {
      const auth = await this.of(registry);
      if (auth !== undefined) auths[registry] = auth;
    }
    return auths;
  }

  private readOnce(): Promise<DockerConfig> {
    this.config ??= readConfig(this.options);
    return this.config;
  }

  private async find(registry: string): Promise<RegistryAuth | undefined> {
    const config = await this.readOnce();
    const helper = textOf(fieldOf(config['credHelpers'], hostOf(registry))) || textOf(fieldOf(config['credHelpers'], registry)) || textOf(config['credsStore']);
    if (helper !== '') {
      const answer = await askCredentialHelper(helper, registry, this.options);
      if ('auth' in answer) return answer.auth;
      if (answer.failure !== '') this.notes.push(answer.failure);
    }
    const auths = objectOf(config['auths']);
    const key = Object.hasOwn(auths, registry) ? registry : Object.keys(auths).find((one) => registryOfHost(hostOf(one)) === registryOfHost(hostOf(registry)));
    return key === undefined ? undefined : storedAuth(registry, auths[key]);
  }
}

/** Every secret of that configuration, as it stands there and as it is sent: for taking them out of what is shown. */
export async function registrySecrets(options: Pick<FindEngineOptions, 'env' | 'homeDir'>): Promise<readonly string[]> {
  const config = await readConfig(options);
  return Object.values(objectOf(config['auths'])).flatMap((entry) => {
    const whole = Buffer.from(textOf(fieldOf(entry, 'auth')), 'base64').toString('utf8');
    const [, password = ''] = whole.split(/:(.*)/s, 2);
    return [textOf(fieldOf(entry, 'auth')), whole, password, ...['password', 'identitytoken', 'registrytoken'].map((name) => textOf(fieldOf(entry, name)))].filter((text) => text !== '');
  });
}

/** The header that carries one credential: base64 for addresses, padded; without the padding the engine takes nobody for it and does not say so. */
export function authHeader(auth: RegistryAuth): string {
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
