import { isAlive } from '@shared/domain/modes/active-mode';
import type { Engine } from '@main/docker/types';
import type { PortsDoor } from '@main/platform/ports';

/** Who holds a host port, in words: a container before the process that serves it. Undefined when it cannot be told. */
export function portOwner(engine: Engine, ports: PortsDoor): (port: number) => Promise<string | undefined> {
  return async (port) => {
    const { containers, foreign } = await engine.observe('', []);
    const holder = [...containers, ...foreign].find((one) => isAlive(one) && one.ports.some((bound) => bound.hostPort === port));
    if (holder !== undefined) return `the container ${holder.name}`;
    const listener = (await ports.listeners([{ protocol: 'tcp', address: '', port }, { protocol: 'udp', address: '', port }])).find((one) => one.port === port);
    if (listener === undefined) return undefined;
    if (listener.pid === undefined) return 'another process';
    return `${listener.processName ?? 'a process'} (process ${String(listener.pid)})`;
  };
}
