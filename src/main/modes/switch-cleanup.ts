import { isAlive } from '@shared/domain/modes/active-mode';
import { BERTH_LABEL, isAnonymousVolume } from '@shared/domain/modes/naming';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { Logger } from '@main/platform/types';
import type { SwitchRecord } from './switch-record';

/** A service in the result of a switch. */
export interface SwitchedService {
  readonly name: string;
  readonly downtimeMs: number;
  readonly containerId: string;
  readonly action: 'keep' | 'create' | 'recreate' | 'remove' | 'start';
}

/** What undoing and finishing work with: both look at the engine and act through journaled effects. */
export interface Hands {
  readonly engine: Engine;
  readonly log: Logger;
  readonly transaction: string;
  effect<R extends Json>(name: string, intent: JsonObject, act: () => Promise<R>): Promise<R>;
}

/**
 * What follows the commit, and only goes forwards: old containers are removed, new ones get their final names, networks
 * nothing uses any more go. Idempotent: it looks at what is there. Volumes with a name are never touched.
 */
export async function cleanUp(hands: Hands, record: SwitchRecord): Promise<void> {
  const { engine } = hands;
  const now = await engine.observe(record.project, []);
  const present = new Map(now.containers.map((one) => [one.id, one]));
  const inherited = new Set(record.inheritedVolumes);
  const leaving = record.before.filter((one) => one.leaving && present.has(one.id));
  await Promise.all(
    leaving.map(async (one) => {
      const container = present.get(one.id);
      if (container !== undefined && isAlive(container)) await hands.effect('container.stop', { id: one.id, graceSeconds: one.graceSeconds }, async () => (await engine.stopContainer(one.id, one.graceSeconds), null));
      // Volumes it shares with its successor are mounted there by name: the engine keeps those.
      await hands.effect('container.remove', { id: one.id, name: one.name }, async () => (await engine.removeContainer(one.id, { force: true, anonymousVolumes: true }), null));
    }),
  );
  for (const rename of record.renames) {
    const container = now.containers.find((one) => one.name === rename.createName && one.labels[BERTH_LABEL.transaction] === hands.transaction);
    if (container === undefined || rename.createName === rename.finalName) continue;
    await hands.effect('container.rename', { id: container.id, name: rename.finalName }, async () => (await engine.renameContainer(container.id, rename.finalName), null));
  }
  const lineage = leaving.flatMap((one) => one.anonymousVolumes).filter((name) => isAnonymousVolume(name) && !inherited.has(name));
  for (const name of lineage) await tolerated(hands, 'volume.remove', { name }, () => engine.removeVolume(name));
  const networks = await engine.listNetworks();
  for (const network of record.removedNetworks) {
    const there = networks.find((one) => one.id === network.id);
    if (there !== undefined && there.containerIds.length === 0) await tolerated(hands, 'network.remove', { name: network.name, id: network.id }, () => engine.removeNetwork(network.id));
  }
}

/** For what is only tidiness: a failure is logged and does not keep the mode from being whole. */
async function tolerated(hands: Hands, name: string, intent: JsonObject, act: () => Promise<void>): Promise<void> {
  await hands.effect(name, intent, async () => {
    try {
      await act();
      return null;
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'engine-unreachable') throw error;
      hands.log.warn('could not be tidied up', { name, error: errorData(error).message });
      return errorData(error).message;
    }
  });
}
