import { appendFileSync } from 'node:fs';
import { AppError } from '@shared/kernel/app-error';

/** before: nothing has happened. after-intent: journaled, not done. after: done, not journaled. after-result: both. */
export type FailMoment = 'before' | 'after-intent' | 'after' | 'after-result';
const MOMENTS: readonly string[] = ['before', 'after-intent', 'after', 'after-result'] satisfies readonly FailMoment[];

/** Places where tests kill, delay or break Berth. Without BERTH_FAIL and BERTH_RECORD in the environment it does nothing. */
export interface Failpoints {
  hit(name: string, moment: FailMoment, signal?: AbortSignal): Promise<void>;
}

type FailAction = { readonly kind: 'kill' | 'throw' | 'hang' | 'enospc' } | { readonly kind: 'delay'; readonly delayMs: number };

interface ArmedPoint {
  readonly name: string;
  readonly moment: string;
  readonly count: number;
  readonly action: FailAction;
}

/** Pure: parses `container.start:after:2:kill`, several separated by commas. Throws on anything else: a mistyped test must not pass. */
export function parseFailpoints(text: string): readonly ArmedPoint[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [name, moment, count, action, ...rest] = part.split(':');
      const times = Number(count);
      if (name === undefined || name === '' || moment === undefined || !MOMENTS.includes(moment) || !Number.isInteger(times) || times < 1 || action === undefined || rest.length > 0) {
        throw new Error(`BERTH_FAIL: "${part}" is not name:moment:count:action.`);
      }
      return { name, moment, count: times, action: parseAction(action, part) };
    });
}

function parseAction(action: string, part: string): FailAction {
  if (action === 'kill' || action === 'throw' || action === 'hang' || action === 'enospc') return { kind: action };
  const delay = /^delay=(\d+)$/.exec(action);
  if (delay?.[1] !== undefined) return { kind: 'delay', delayMs: Number(delay[1]) };
  throw new Error(`BERTH_FAIL: "${part}" has an unknown action.`);
}

const NONE: Failpoints = { hit: () => Promise.resolve() };

/** Armed from BERTH_FAIL; BERTH_RECORD names a file to which each point reached is appended as `name:moment:count`. */
export function createFailpoints(env: { readonly [name: string]: string | undefined }): Failpoints {
  const armed = parseFailpoints(env['BERTH_FAIL'] ?? '');
  const record = env['BERTH_RECORD'] ?? '';
  if (armed.length === 0 && record === '') return NONE;
  const counts = new Map<string, number>();
  return {
    async hit(name, moment, signal) {
      const key = `${name}:${moment}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (record !== '') appendFileSync(record, `${key}:${count}\n`);
      const point = armed.find((one) => one.name === name && one.moment === moment && one.count === count);
      if (point !== undefined) await act(point.action, `${key}:${count}`, signal);
    },
  };
}

async function act(action: FailAction, point: string, signal: AbortSignal | undefined): Promise<void> {
  switch (action.kind) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    case 'throw':
      throw new AppError('internal', `Failpoint ${point} was armed to throw.`);
    case 'enospc':
      throw new AppError('disk-full', 'There is no space left on the device.', { hint: 'Free some space, then try again.' });
    case 'delay':
      return new Promise((resolve) => setTimeout(resolve, action.delayMs));
    case 'hang':
      return new Promise((_resolve, reject) => {
        // A timer far away keeps the process alive, as a socket that never answers would.
        const timer = setInterval(() => undefined, 60_000);
        const end = (): void => {
          clearInterval(timer);
          reject(new AppError('cancelled', 'Cancelled.'));
        };
        if (signal?.aborted === true) end();
        else signal?.addEventListener('abort', end);
      });
  }
}
