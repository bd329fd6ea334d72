import { statsFromJson, type ContainerStats } from '@shared/domain/engine/container-stats';
import { diskFromJson, type EngineDisk } from '@shared/domain/engine/disk-use';
import { AppError } from '@shared/kernel/app-error';
import type { Door } from './door';
import { containerPath } from './observe';

/** From this version on the engine answers with one sample at once instead of waiting for a second one. */
const ONE_SHOT_VERSION = '1.41';
/** The engine walks all volumes and layers for it. */
const DISK_DEADLINE_MS = 60_000;

/** Reads what containers use now and what the engine keeps on its disk. */
export class UsageReader {
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

  async diskUse(): Promise<EngineDisk> {
    const { body } = await this.door.send({ method: 'GET', path: '/system/df', doing: 'measure its disk use', deadlineMs: DISK_DEADLINE_MS });
    return diskFromJson(body);
  }
}
