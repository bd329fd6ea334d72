import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldOf, objectOf, textOf } from '@shared/domain/engine/read-json';
import { dockerConfigDir, type FindEngineOptions } from './find-engine';

/** Name and password of a registry, as the engine takes them. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

const DOCKER_HUB = 'https://index.docker.io/v1/';

/** The registry of an image reference: the part before the first slash when it looks like a host. */
export function registryOf(reference: string): string {
  const first = reference.split('/')[0] ?? '';
  const isHost = reference.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost && first !== 'docker.io' && first !== 'index.docker.io' ? first : DOCKER_HUB;
}

/**
 * Credentials `docker login` stored as text in its configuration, by registry. Those in a credential helper are not
 * read: a helper is a program, and programs are not started from here.
 */
export async function registryAuths(options: Pick<FindEngineOptions, 'env' | 'homeDir'>): Promise<{ readonly [registry: string]: RegistryAuth }> {
  const auths = Object.create(null) as { [registry: string]: RegistryAuth };
  let config: unknown;
  try {
    config = JSON.parse(await readFile(join(dockerConfigDir(options), 'config.json'), 'utf8'));
  } catch {
    return auths;
  }
  for (const [registry, entry] of Object.entries(objectOf(fieldOf(config, 'auths')))) {
    const [username = '', password = ''] = Buffer.from(textOf(fieldOf(entry, 'auth')), 'base64').toString('utf8').split(/:(.*)/s, 2);
    if (username !== '') auths[registry] = { username, password, serveraddress: registry };
  }
  return auths;
}

/** Every secret of that configuration, as it stands there and as it is sent: for taking them out of what is shown. */
export async function registrySecrets(options: Pick<FindEngineOptions, 'env' | 'homeDir'>): Promise<readonly string[]> {
  let config: unknown;
  try {
    config = JSON.parse(await readFile(join(dockerConfigDir(options), 'config.json'), 'utf8'));
  } catch {
    return [];
  }
  return Object.values(objectOf(fieldOf(config, 'auths'))).flatMap((entry) => {
    const whole = Buffer.from(textOf(fieldOf(entry, 'auth')), 'base64').toString('utf8');
    const [, password = ''] = whole.split(/:(.*)/s, 2);
    return [textOf(fieldOf(entry, 'auth')), whole, password, ...['password', 'identitytoken', 'registrytoken'].map((name) => textOf(fieldOf(entry, name)))].filter((text) => text !== '');
  });
}

/** The header that carries one credential. */
export function authHeader(auth: RegistryAuth | { readonly [registry: string]: RegistryAuth }): string {
  return Buffer.from(JSON.stringify(auth)).toString('base64url');
}
