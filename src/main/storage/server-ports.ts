import type { ObservedContainer } from '@shared/domain/engine/observed';
import { AppError } from '@shared/kernel/app-error';
import type { PortsDoor, PortQuestion } from '@main/platform/ports';

/** Where the next free port is looked for: so many above the usual one. */
const TRIED_PORTS = 200;
const ADDRESS = '127.0.0.1';

/** What choosing ports asks of the machine. */
export interface PortSources {
  readonly ports: Pick<PortsDoor, 'listeners'>;
  readonly probePort: (question: PortQuestion) => Promise<'free' | 'taken' | 'unknown'>;
}

/** A port that is wanted: one that was asked for is that or nothing. */
export interface WantedPort {
  readonly usual: number;
  /** 0: nobody asked. */
  readonly asked: number;
  /** Where it was until now, 0 for nowhere: whoever knows the address goes on finding it. */
  readonly kept: number;
  /** "S3", "The console". */
  readonly of: string;
}

/** A port to use, and a sentence when it is another than usual. */
export interface ChosenPort {
  readonly port: number;
  readonly notice: string | null;
}

/** The port it had, the usual one, or the next free one. Rejects with `port-taken` when a port that was asked for is not free. */
export async function choosePort(sources: PortSources, wanted: WantedPort, not: ReadonlySet<number>, containers: readonly ObservedContainer[]): Promise<ChosenPort> {
  const { usual, asked, kept, of } = wanted;
  if (asked === 0 && kept !== 0 && kept !== usual && (await isFree(sources, kept, not))) {
    return { port: kept, notice: `Port ${String(usual)} was not free when it was set up, so ${of} is at 127.0.0.1:${String(kept)}.` };
  }
  const first = asked === 0 ? usual : asked;
  if (await isFree(sources, first, not)) return { port: first, notice: null };
  const holder = await holderOf(sources, first, containers);
  if (asked !== 0) throw new AppError('port-taken', `Port ${String(asked)} is used by ${holder}.`, { hint: 'Choose another one: berth storage server --api-port … --console-port …', details: { port: asked } });
  for (let port = first + 1; port <= first + TRIED_PORTS; port += 1) {
    if (await isFree(sources, port, not)) return { port, notice: `Port ${String(first)} is used by ${holder}, so ${of} is at 127.0.0.1:${String(port)}.` };
  }
  throw new AppError('port-taken', `No port from ${String(first)} to ${String(first + TRIED_PORTS)} is free.`, { hint: 'Stop something that holds one.' });
}

async function isFree(sources: PortSources, port: number, not: ReadonlySet<number>): Promise<boolean> {
  return !not.has(port) && (await sources.probePort({ protocol: 'tcp', address: ADDRESS, port })) === 'free';
}

async function holderOf(sources: PortSources, port: number, containers: readonly ObservedContainer[]): Promise<string> {
  const container = containers.find((one) => one.ports.some((published) => published.hostPort === port));
  if (container !== undefined) return `the container ${container.name}`;
  const listeners = await sources.ports.listeners([{ protocol: 'tcp', address: ADDRESS, port }]);
  const name = listeners.find((one) => one.port === port)?.processName;
  return name === undefined ? 'another program' : `the program ${name}`;
}
