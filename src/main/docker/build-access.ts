import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { AppError } from '@shared/kernel/app-error';
import { Redactor } from '@main/platform/redact';
import type { BuildAccess } from './build-session';
import type { FindEngineOptions } from './find-engine';
import { registryOfHost, type RegistryCredentials } from './registry-auth';
import type { BuildRequest, BuildSecret } from './types';

/** As the docker command limits it. */
const MOST_SECRET_BYTES = 500 * 1024;
/** A key file has some dozens of lines; more of them are not looked for in every line of output. */
const MOST_MASKED_LINES = 200;

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
  const agents = new Map<string, string>();
  for (const { id, socket } of request.ssh ?? []) agents.set(id, await agentSocket(id, socket ?? find.env['SSH_AUTH_SOCK'] ?? ''));
  return { access: { credentials: (host) => credentials.of(registryOfHost(host)), secrets, agents }, mask: (text) => redactor.text(text) };
}

async function bytesOf(secret: BuildSecret): Promise<Buffer | undefined> {
  // Without the variable the build finds no secret of that name, which a Dockerfile may be content with.
  if (secret.from === 'variable') return secret.value === undefined ? undefined : Buffer.from(secret.value, 'utf8');
  const handle = await open(secret.path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((error: unknown) => {
    throw new AppError('build-failed', `The secret ${secret.id} of the build cannot be read from ${secret.path}.`, { hint: 'Look at the section `secrets` of the compose file.', where: { file: secret.path }, cause: error });
  });
  try {
    const { size, isFile } = await handle.stat().then((one) => ({ size: one.size, isFile: one.isFile() }));
    if (!isFile) throw new AppError('build-failed', `The secret ${secret.id} of the build is no file: ${secret.path}.`, { hint: 'Look at the section `secrets` of the compose file.', where: { file: secret.path } });
    if (size > MOST_SECRET_BYTES) throw new AppError('build-failed', `The secret ${secret.id} of the build is larger than ${String(MOST_SECRET_BYTES / 1024)} KB.`, { hint: 'Builders take no larger secrets.', where: { file: secret.path } });
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function agentSocket(id: string, path: string): Promise<string> {
  if (path === '') throw new AppError('build-failed', `The build wants the SSH agent ${id}, and none runs: SSH_AUTH_SOCK is not set.`, { hint: 'Start one with `ssh-agent` and add the key with `ssh-add`, then start Berth from that session.' });
  const found = await stat(path).catch(() => null);
  if (found === null) throw new AppError('build-failed', `The SSH agent ${id} of the build is not there: ${path}.`, { hint: 'Look whether the agent still runs.' });
  if (!found.isSocket()) {
    throw new AppError('build-failed', `${path} is no socket of an SSH agent, so the build cannot be given it as ${id}.`, { hint: 'Berth hands agents to builds, not key files: add the key with `ssh-add` and write `ssh: [default]`.', where: { file: path } });
  }
  return path;
}
