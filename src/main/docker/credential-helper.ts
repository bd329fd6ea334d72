import { fieldOf, textOf } from '@shared/domain/engine/read-json';
import { findProgram, runProgram } from '@main/platform/process';
import type { FindEngineOptions } from './find-engine';

/** Name and password of a registry, as the engine takes them. With an identity token both are empty. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
  readonly identitytoken?: string | undefined;
}

/** A helper may ask the user to unlock a keychain; one that hangs must not hold up a download for good. */
const ANSWER_MS = 15_000;
/** What helpers say for a registry they know nothing of. */
const KNOWS_NOTHING = /credentials not found|no credentials/i;
/** The name under which helpers keep a token instead of a password. */
const TOKEN_USER = '<token>';

/** Empty `failure`: the helper is well and knows nothing. */
export type HelperAnswer = { readonly auth: RegistryAuth } | { readonly failure: string };

/** Asks `docker-credential-<name>` of the search path, as the docker command does. Never rejects; what it answered is in no message. */
export async function askCredentialHelper(name: string, registry: string, options: Pick<FindEngineOptions, 'env' | 'platform'>): Promise<HelperAnswer> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) return { failure: 'The name of a credential helper in the docker configuration is no name of a program.' };
  const path = await findProgram(options.platform === 'win32' ? [`${program}.exe`] : [program], options.env['PATH'] ?? '');
  if (path === null) return { failure: `The credential helper ${program} is not on this computer.` };
  const { exitCode, stdout, isLate } = await runProgram(path, ['get'], { timeoutMs: ANSWER_MS, input: `${registry}\n`, env: options.env });
  if (isLate) return { failure: `The credential helper ${program} did not answer within ${String(ANSWER_MS / 1000)} seconds.` };
  if (exitCode !== 0) return { failure: KNOWS_NOTHING.test(stdout) ? '' : `The credential helper ${program} failed${exitCode === null ? '' : ` with exit code ${String(exitCode)}`}.` };
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return { failure: `The credential helper ${program} answered with something that is not JSON.` };
  }
  const username = textOf(fieldOf(answer, 'Username'));
  const secret = textOf(fieldOf(answer, 'Secret'));
  if (secret === '') return { failure: '' };
  return { auth: username === TOKEN_USER ? { username: '', password: '', serveraddress: registry, identitytoken: secret } : { username, password: secret, serveraddress: registry } };
}
