import type { ObservedContainer } from '@shared/domain/engine/observed';
import { networkPayload } from '@shared/domain/modes/container-payload';
import type { JsonObject } from '@shared/kernel/json';
import { makingOf, stepKey, type Created } from './switch-prepare';
import { makesContainer } from './switch-record';
import type { SwitchRun } from './switch-stage';
import type { OldContainers } from './switch-stops';

/** A network that gives way to one of the same name. */
export interface ReplacedNetwork {
  readonly name: string;
  readonly id: string;
  readonly payload: JsonObject;
}

/** Same name, other definition: every member stops, then the network is made anew and new members are connected. */
export async function replaceNetworks(run: SwitchRun, created: Created, replacedNetworks: readonly ReplacedNetwork[], old: OldContainers): Promise<void> {
  const { deps, context, planned } = run;
  const ids = new Set(replacedNetworks.map((one) => one.id));
  const members = planned.decision.steps.filter((one) => one.old?.networks.some((net) => ids.has(net.networkId)) === true && (one.action === 'recreate' || one.action === 'remove'));
  await Promise.all(members.map((one) => old.stop(one.old as ObservedContainer, one.service)));
  for (const replaced of planned.decision.networks.replaced) {
    const attached = (await deps.engine.listNetworks()).find((one) => one.id === replaced.id)?.containerIds ?? [];
    for (const container of attached) await context.effect('network.disconnect', { network: replaced.name, container }, async () => (await deps.engine.disconnectNetwork(replaced.id, container, true), null));
    await context.effect('network.remove', { name: replaced.name, id: replaced.id }, async () => (await deps.engine.removeNetwork(replaced.id), null));
    const payload = networkPayload(planned.input.compose, replaced.key, context.operationId, deps.dialect);
    const { id } = await context.effect('network.create', { name: replaced.name }, async () => ({ id: await deps.engine.createNetwork(replaced.name, payload) }));
    for (const step of planned.decision.steps.filter(makesContainer)) {
      const container = created.get(stepKey(step));
      const late = makingOf(run, step, created, false).connect.find((one) => one.network === replaced.name);
      if (container !== undefined && late !== undefined) await context.effect('network.connect', { network: replaced.name, container }, async () => (await deps.engine.connectNetwork(id, container, late.endpoint), null));
    }
  }
}
