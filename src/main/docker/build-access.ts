import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { Redactor } from '@main/platform/redact';
import type { BuildAccess } from './build-session';
import type { FindEngineOptions } from './find-engine';
import { registryOfHost, type RegistryCredentials } from './registry-auth';
import type { BuildAgent } from './ssh-agent';
import { readSshKey, SshKeyRefusal } from './ssh-key';
import type { BuildRequest, BuildSecret } from './types';

/** As the docker command limits it. */
const MOST_SECRET_BYTES = 500 * 1024;
/** A key file has some dozens of lines; more of them are not looked for in every line of output. */
const MOST_MASKED_LINES = 200;

const KEY_FAULTS: { readonly [R in SshKeyRefusal['reason']]: string } = { passphrase: 'it is locked with a passphrase', 'no-key': 'it holds no private key', kind: 'keys of its kind are not supported' };

/** What a build is let at, and what takes its secrets out of everything it says. */
export interface PreparedAccess {
  readonly access: BuildAccess;
  readonly mask: (text: string) => string;
}

/** Reads the secrets of a build and finds its agents. Rejects with `build-failed` in plain words where one is not to be had. */
export async function prepareAccess(request: Pick<BuildRequest, 'secrets' | 'ssh'>, find: Pick<FindEngineOptions, 'env'>, credentials: RegistryCredentials): Promise<PreparedAccess> {
  const secrets = new Map<string, Uint8Array>();
  const redactor = new Redactor();
  for (const secret of request.secrets ?? []) {
    const bytes = await bytesOf(secret);
    if (bytes === undefined) continue;
    secrets.set(secret.id, bytes);
    const text = bytes.toString('utf8').trim();
    for (const one of [text, ...text.split(/\r?\n/, MOST_MASKED_LINES)]) redactor.add(one);
  }
  const agents = new Map<string, BuildAgent>();
  for (const { id, socket } of request.ssh ?? []) agents.set(id, await agentOf(id, socket ?? find.env['SSH_AUTH_SOCK'] ?? ''));
  return { access: { credentials: (host) => credentials.of(registryOfHost(host)), secrets, agents }, mask: (text) => redactor.text(text) };
}

async function bytesOf(secret: BuildSecret): Promise<Buffer | undefined> {
  // Without the variable the build finds no secret of that name, which a Dockerfile may be content with.
  if (secret.from === 'variable') return secret.value === undefined ? undefined : Buffer.from(secret.value, 'utf8');
  return readSmall(secret.path, `The secret ${secret.id} of the build`, 'secrets');
}

async function readSmall(path: string, what: string, section: string): Promise<Buffer> {
  const hint = `Look at the section \`${section}\` of the compose file.`;
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw new AppError('build-failed', `${what} cannot be read from ${path}.`, { hint, where: { file: path }, cause: error });
  });
  try {
    const { size, isFile } = await handle.stat().then((one) => ({ size: one.size, isFile: one.isFile() }));
    if (!isFile) throw new AppError('build-failed', `${what} is no file: ${path}.`, { hint, where: { file: path } });
    if (size > MOST_SECRET_BYTES) throw new AppError('build-failed', `${what} is larger than ${String(MOST_SECRET_BYTES / 1024)} KB.`, { hint: 'Builders take no larger secrets.', where: { file: path } });
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** A socket is an agent that runs, a file is a key: it is read for the time of the build. */
async function agentOf(id: string, path: string): Promise<BuildAgent> {
  if (path === '') throw new AppError('build-failed', `The build wants the SSH agent ${id}, and none runs: SSH_AUTH_SOCK is not set.`, { hint: 'Start one with `ssh-agent` and add the key with `ssh-add`, then start Berth from that session.' });
  const found = await stat(path).catch(() => null);
  if (found === null) throw new AppError('build-failed', `The SSH agent or key ${id} of the build is not there: ${path}.`, { hint: 'Look whether the agent still runs, or at `ssh` of the build in the compose file.' });
  if (found.isSocket()) return { socket: path };
  const bytes = await readSmall(path, `The SSH key ${id} of the build`, 'build');
  try {
    return { key: readSshKey(bytes), name: basename(path) };
  } catch (error) {
    if (!(error instanceof SshKeyRefusal)) throw error;
    throw new AppError('build-failed', `The build cannot be given ${path} as the SSH key ${id}: ${KEY_FAULTS[error.reason]}.`, { hint: 'Add the key with `ssh-add` and write `ssh: [default]`.', where: { file: path } });
  }
}
