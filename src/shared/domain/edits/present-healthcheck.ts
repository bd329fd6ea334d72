import { shellWord } from '../../kernel/shell-word';
import type { ComposeHealthcheck } from '../compose/model';
import { durationMs } from '../modes/go-duration';
import { isCheckSwitchedOff } from '../modes/health-gate';
import { healthCommand, type HealthcheckRequest } from './healthcheck';

/** The health check a service has now, in the terms in which it can be changed. */
export interface PresentHealthcheck extends Omit<HealthcheckRequest, 'kind' | 'port'> {
  /** What decides it. */
  readonly from: 'file' | 'image';
  readonly kind: HealthcheckRequest['kind'] | 'none';
  /** null where it asks no port that is known. */
  readonly port: number | null;
}

/** What the engine does where a check does not say it. */
const ENGINE_TIMES = { intervalSeconds: 30, timeoutSeconds: 30, retries: 3, startPeriodSeconds: 0 };

/** Reads the health check that counts: of the file, and for what the file does not say, of the image. null where there is none to read. */
export function presentHealthcheck(file: ComposeHealthcheck | undefined, image: ComposeHealthcheck | undefined): PresentHealthcheck | null {
  if (isCheckSwitchedOff(file)) return { ...none(), from: 'file' };
  const fromFile = file?.test !== undefined && file.test.length > 0;
  const test = fromFile ? file.test : image?.test;
  if (test === undefined || test.length === 0 || test[0] === 'NONE') return null;
  return {
    from: fromFile ? 'file' : 'image',
    ...askedBy(commandOf(test)),
    intervalSeconds: seconds(file?.interval ?? image?.interval, ENGINE_TIMES.intervalSeconds, 1, 3_600),
    timeoutSeconds: seconds(file?.timeout ?? image?.timeout, ENGINE_TIMES.timeoutSeconds, 1, 600),
    retries: Math.min(100, file?.retries ?? image?.retries ?? 0) || ENGINE_TIMES.retries,
    startPeriodSeconds: seconds(file?.start_period ?? image?.start_period, ENGINE_TIMES.startPeriodSeconds, 0, 3_600),
  };
}

function none(): Omit<PresentHealthcheck, 'from'> {
  return { kind: 'none', port: null, path: '/', command: '', ...ENGINE_TIMES };
}

/** A command that Berth has written for HTTP or a port is known again; every other one is a command. */
function askedBy(command: string): Pick<PresentHealthcheck, 'kind' | 'port' | 'path' | 'command'> {
  const asked = { intervalSeconds: 0, timeoutSeconds: 0, retries: 0, startPeriodSeconds: 0, command: '' };
  const http = /^wget -q -O \/dev\/null 'http:\/\/127\.0\.0\.1:(\d+)(\/[^']*)'/.exec(command);
  if (http !== null) {
    const [port, path] = [Number(http[1]), decoded(http[2] ?? '/')];
    if (healthCommand({ ...asked, kind: 'http', port, path }) === command) return { kind: 'http', port, path, command: '' };
  }
  const tcp = /^nc -z -w 1 127\.0\.0\.1 (\d+) /.exec(command);
  if (tcp !== null && healthCommand({ ...asked, kind: 'tcp', port: Number(tcp[1]), path: '/' }) === command) return { kind: 'tcp', port: Number(tcp[1]), path: '/', command: '' };
  return { kind: 'command', port: null, path: '/', command };
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** As a shell would run it: words of an exec form get quotes where a shell would read more than one word. */
function commandOf(test: readonly string[]): string {
  const [form, ...words] = test;
  if (form === 'CMD-SHELL') return words.join(' ');
  return (form === 'CMD' ? words : test).map(shellWord).join(' ');
}

/** Whole seconds, as a check is changed in; what an engine leaves at 0 is its own default. */
function seconds(text: string | undefined, otherwise: number, from: number, to: number): number {
  const ms = durationMs(text) ?? 0;
  return ms <= 0 ? otherwise : Math.min(to, Math.max(from, Math.round(ms / 1_000)));
}
