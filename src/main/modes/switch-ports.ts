import type { ContainerStep } from '@shared/domain/modes/decide-switch';
import { definitionOf, type SwitchRun } from './switch-stage';

const PORT_WAIT_MS = 5000;
const PORT_RETRY_MS = 40;

/** What does not keep a switch from succeeding, but is to be said with its result. */
export interface SwitchWarning {
  readonly service: string;
  /** One sentence. */
  readonly message: string;
}

/** What came of waiting for the published ports of a new container. */
export interface PortsAsked {
  /** False: it publishes none that could be asked. */
  readonly any: boolean;
  readonly silent: readonly SwitchWarning[];
}

/** New containers answer on the host when their ports accept; that ends the downtime. A port that never does is said, not fatal. */
export async function awaitPorts(run: SwitchRun, step: ContainerStep, signal: AbortSignal): Promise<PortsAsked> {
  const { deps, context } = run;
  const ports = (definitionOf(run, step.service).ports ?? []).filter((one) => one.protocol === 'tcp' && /^\d+$/.test(one.published ?? '') && one.published !== '0');
  const state = deps.engine.state();
  const remote = state.state === 'connected' ? /^(?:tcp|https?):\/\/\[?([^\]/:]+)/.exec(state.info.endpoint.uri)?.[1] : undefined;
  const until = deps.clock.monotonic() + PORT_WAIT_MS;
  const warnings = ports.map(async (port): Promise<readonly SwitchWarning[]> => {
    const wildcard = port.host_ip === undefined || port.host_ip === '' || port.host_ip === '0.0.0.0' || port.host_ip === '::';
    // A loopback port of another machine cannot be asked from here.
    if (!wildcard && remote !== undefined && isLoopback(port.host_ip ?? '')) return [];
    const host = wildcard ? (remote ?? '127.0.0.1') : (port.host_ip ?? '');
    let accepts = await deps.portAccepts(host, Number(port.published));
    while (!accepts && deps.clock.monotonic() < until && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, PORT_RETRY_MS));
      accepts = await deps.portAccepts(host, Number(port.published));
    }
    if (accepts || signal.aborted) return [];
    const message = `Port ${String(port.published)} of ${step.service} did not accept connections within ${String(PORT_WAIT_MS / 1000)} s: nothing in its container may listen on ${String(port.target)}.`;
    context.log(message, step.service);
    return [{ service: step.service, message }];
  });
  return { any: ports.length > 0, silent: (await Promise.all(warnings)).flat() };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
