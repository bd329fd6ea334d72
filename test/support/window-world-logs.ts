import type { LogLine } from '@shared/domain/logs/packed-lines';
import { logText } from './window-world-history';

interface LogsRequest {
  readonly service?: string;
  readonly services?: readonly string[];
  readonly tail: number;
  readonly since?: string;
}

/** How many lines `api` has printed in the chatty world. */
export const CHATTY_LINES = 50_000;
/** Lines that `worker` prints there each second, for as long as it is listened to. */
export const FLOOD_PER_SECOND = 10_000;
const FLOOD_EVERY_MS = 20;

/** What programs print that want to be more than text. */
const HOSTILE_LINES = [
  '\u001b[2J\u001b[1;1Hcursor moved away',
  '\u001b]0;another title\u0007title set',
  '\u001b]8;;https://example.com\u001b\\a link\u001b]8;;\u001b\\',
  'right \u202Eto left\u202C again',
  'nul \u0000 and bell \u0007',
  'bad utf \uFFFD\uFFFD',
  `1 MB ${'x'.repeat(250_000)}`,
  '<iframe src="https://example.com"></iframe>',
];

/** The logs of a world: what was printed before, and what is printed while somebody listens. */
export function logsOf(names: readonly string[], chatty: boolean, mark: string): (input: LogsRequest, call: { readonly signal: AbortSignal }, push: (line: LogLine) => void) => Promise<void> {
  const beganMs = Date.now();
  const line = (service: string, container: string, ageMs: number, text: string): LogLine => ({ service, containerId: container.repeat(64).slice(0, 64), stream: 'stdout', time: stamp(beganMs - ageMs), text });

  function past(service: string): readonly LogLine[] {
    if (chatty) return service === 'api' ? Array.from({ length: CHATTY_LINES }, (_, index) => line(service, 'e', CHATTY_LINES - index, logText(index))) : [];
    const lines = Array.from({ length: 400 }, (_, index) => line(service, 'e', (400 - index) * 900, logText(index) + mark));
    return mark === '' ? lines : [...lines, ...HOSTILE_LINES.map((text, index) => line(service, 'e', 100 - index, text))];
  }

  /** All of them merged: fewer lines of each, and one that has got a new container. */
  function merged(wanted: readonly string[]): readonly LogLine[] {
    return Array.from({ length: 400 }, (_, index) => {
      const service = wanted[(index * 7 + (index >> 3)) % wanted.length] ?? '';
      return line(service, service === 'worker' && index > 380 ? 'f' : String(wanted.indexOf(service)), (400 - index) * 900, service === 'cache' && index % 3 === 0 ? '{"level":"debug","msg":"expired 12 keys"}' : logText(index) + mark);
    });
  }

  return async (input, { signal }, push) => {
    const wanted = [...(input.service === undefined ? [] : [input.service]), ...(input.services ?? [])];
    const [only, more] = wanted;
    const all = only !== undefined && more === undefined ? past(only) : merged(wanted.length === 0 ? names : wanted);
    for (const one of all.filter(({ time }) => input.since === undefined || time >= input.since).slice(-input.tail)) push(one);
    const flood = chatty && only === 'worker' ? setInterval(() => flooded(push), FLOOD_EVERY_MS) : undefined;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    clearInterval(flood);
  };

  function flooded(push: (line: LogLine) => void): void {
    for (let index = 0; index < (FLOOD_PER_SECOND * FLOOD_EVERY_MS) / 1_000; index += 1) push({ ...line('worker', 'e', 0, logText(index)), time: stamp(Date.now()) });
  }
}

/** As the engine writes it. */
function stamp(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}000000Z`;
}
