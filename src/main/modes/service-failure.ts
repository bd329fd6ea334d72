import { AppError, type Where } from '@shared/kernel/app-error';
import type { Fallen } from './settled';
import type { ModesDependencies } from './types';

const LOG_LINES = 20;

/** Turns what happened to a service into one plain sentence, with its last log lines and, for a port, its owner. `again`: what is done once more when it is mended; `where`: what of the files the engine refused. */
export async function serviceFailure(deps: Pick<ModesDependencies, 'engine' | 'portOwner'>, service: string, containerId: string, error: unknown, { again = 'switch', where }: { readonly again?: string; readonly where?: Where | undefined } = {}): Promise<unknown> {
  if (!(error instanceof AppError) || error.code === 'cancelled' || error.code === 'engine-unreachable') return error;
  const logs = await deps.engine.logTail(containerId, LOG_LINES).catch(() => []);
  const details = { ...error.details, logs: logs.map((one) => one.text) };
  if (error.code === 'port-taken') {
    const port = typeof error.details?.['port'] === 'number' ? error.details['port'] : undefined;
    const owner = port === undefined ? undefined : await deps.portOwner(port).catch(() => undefined);
    const what = port === undefined ? 'a port it needs' : `port ${String(port)}`;
    return new AppError('port-taken', `${service} did not start: ${what} is in use${owner === undefined ? '' : ` by ${owner}`}.`, { service, hint: 'Stop what holds the port, or publish another one, then switch again.', details, cause: error });
  }
  const message = error.message.startsWith(`${service} `) ? error.message : `${service} did not start: ${lowerFirst(error.message.replace(/^Docker could not start the container: /, ''))}`;
  const code = error.code === 'engine-refused' || error.code === 'not-found' ? 'start-failed' : error.code;
  return new AppError(code, message, { service, where: error.where ?? where, hint: error.hint ?? `${logs.length === 0 ? 'Fix it' : 'Its last log lines say more; fix it'}, then ${again} again.`, details, cause: error });
}

/** A service that came up and did not stay so, as the error that ends the switch. */
export function fallenFailure(deps: Pick<ModesDependencies, 'engine' | 'portOwner'>, fallen: Fallen): Promise<unknown> {
  return serviceFailure(deps, fallen.service, fallen.id, new AppError('start-failed', fallen.detail));
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;
}
