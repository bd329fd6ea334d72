import { SETTINGS } from '@shared/domain/settings/settings';
import type { OperationLimits } from '@main/platform/types';
import type { OperationDeps } from './live-operation';

/** Ends between two prunings, so that it does not run after every one. */
const SLACK = 50;

const DEFAULT_LIMITS: OperationLimits = {
  keepCount: SETTINGS['operations.keepCount'].default,
  keepDays: SETTINGS['operations.keepDays'].default,
  keepFailedDays: SETTINGS['operations.keepFailedDays'].default,
};

/** Keeps the list of ended operations, and what they left in temporary folders, within their limits. */
export class Pruning {
  private endsSince = 0;

  constructor(
    private readonly deps: Pick<OperationDeps, 'store' | 'clock' | 'folders' | 'limits' | 'logger'>,
    private readonly isOpen: (id: string) => boolean,
  ) {}

  async cleanup(limits: OperationLimits): Promise<{ readonly removed: number; readonly kept: number }> {
    this.endsSince = 0;
    const { removed, kept } = await this.deps.store.pruneOperations(limits, new Date(this.deps.clock.now()).toISOString());
    // Whatever has ended needs its temporary folder no more, whether its record stays or goes.
    for (const id of (await this.deps.folders?.list()) ?? []) if (!this.isOpen(id)) await this.deps.folders?.remove(id);
    return { removed: removed.length, kept };
  }

  noteEnd(): void {
    this.endsSince += 1;
    if (this.endsSince < SLACK) return;
    void this.cleanup(this.deps.limits?.() ?? DEFAULT_LIMITS).catch((error: unknown) => this.deps.logger.warn('Ended operations could not be removed', { error }));
  }
}
