import { AppError } from '@shared/kernel/app-error';
import { describeRow } from '@shared/domain/operations/journal';
import type { Operation } from '@shared/domain/operations/operation';
import { nextNews } from '@main/platform/next-news';
import type { Store } from '@main/platform/types';
import type { LiveOperation } from './live-operation';
import type { OperationFilter, Operations } from './types';

/** What there is to know of operations: the record of the store, or of memory while it is alive there. */
export class OperationReader {
  constructor(
    private readonly store: Store,
    private readonly live: ReadonlyMap<string, LiveOperation>,
  ) {}

  async get(id: string): Promise<Operation> {
    const operation = this.live.get(id)?.operation ?? (await this.store.getOperation(id));
    if (operation === null) throw new AppError('operation-not-found', `There is no operation ${id}.`, { hint: 'See `berth operations list`.' });
    return operation;
  }

  async list(filter: OperationFilter): Promise<readonly Operation[]> {
    const stored = await this.store.listOperations(filter);
    // The store has states; memory also has the progress of this moment.
    return stored.map((operation) => this.live.get(operation.id)?.operation ?? operation);
  }

  async steps(id: string): ReturnType<Operations['steps']> {
    await this.get(id);
    const rows = await this.store.journal(id);
    return rows.map((row) => ({ seq: row.seq, name: row.name, phase: row.phase, at: row.at, text: describeRow(row) }));
  }

  async logOf(id: string): Promise<readonly string[]> {
    await this.get(id);
    await this.live.get(id)?.flushLog();
    return this.store.log(id);
  }

  async wait(id: string, timeoutMs: number): Promise<Operation> {
    const live = this.live.get(id);
    if (live === undefined || live.ended) return this.get(id);
    await nextNews((news) => ({ dispose: live.onEnd(news) }), Math.min(timeoutMs, 2 ** 31 - 1));
    return live.operation;
  }
}
