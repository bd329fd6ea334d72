import { setTimeout as pause } from 'node:timers/promises';
import { statsFromJson, type ContainerStats } from '@shared/domain/engine/container-stats';
import { diskFromJson, type EngineDisk } from '@shared/domain/engine/disk-use';
import { AppError } from '@shared/kernel/app-error';
import { InTurn } from '@shared/kernel/in-turn';
import type { Door } from './door';
import { containerPath } from './observe';

/** From this version on the engine answers with one sample at once instead of waiting for a second one. */
const ONE_SHOT_VERSION = '1.41';
/** The engine walks all volumes and layers for it. */
const DISK_DEADLINE_MS = 60_000;
/** The engine measures for one at a time and refuses everybody else until it is done. */
const MEASURES_ALREADY = /disk usage operation is already running/i;
const ASK_AGAIN_MS = 250;

/** Reads what containers use now and what the engine keeps on its disk. */
export class UsageReader {
  private readonly measuring = new InTurn();

  constructor(private readonly door: Door) {}

  async stats(id: string): Promise<ContainerStats> {
    const transport = await this.door.transport();
    const { memoryBytes: hostMemoryBytes = 0 } = await this.door.connection.info();
    const query = { stream: false, ...(transport.supports(ONE_SHOT_VERSION) ? { 'one-shot': true } : {}) };
    const body = await this.door.read(`${containerPath(id)}/stats`, 'read what the container uses', query);
    const stats = statsFromJson(body, hostMemoryBytes, Date.now());
    if (stats === null) throw new AppError('not-found', 'The container does not run, so it uses nothing.');
    return stats;
  }

  /** Who asks while it is measured, here or in another program, waits for a measurement of his own: one that began earlier may lack what was just removed. */
  diskUse(): Promise<EngineDisk> {
    return this.measuring.run(() => this.measure());
  }

  private async measure(): Promise<EngineDisk> {
    const givenUpAt = performance.now() + DISK_DEADLINE_MS;
    for (;;) {
      try {
        const { body } = await this.door.send({ method: 'GET', path: '/system/df', doing: 'measure its disk use', deadlineMs: DISK_DEADLINE_MS });
        return diskFromJson(body);
      } catch (error) {
        const isTaken = error instanceof AppError && MEASURES_ALREADY.test(error.message);
        if (!isTaken || performance.now() >= givenUpAt) throw error;
        await pause(ASK_AGAIN_MS);
      }
    }
  }
}
