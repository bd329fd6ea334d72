import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Operation } from '@shared/domain/operations/operation';
import { LiveOperation, type OperationDeps } from './live-operation';
import { newOperation } from './new-operation';
import type { EnqueueOptions, OperationKind, PlanDocument } from './types';
import type { WaitingLine } from './waiting-line';

interface IntakeDeps extends OperationDeps {
  readonly kinds: ReadonlyMap<string, OperationKind>;
  readonly live: Map<string, LiveOperation>;
  readonly line: WaitingLine;
  readonly isClosing: () => boolean;
  /** Called when one more is stored and may start. */
  readonly onAdded: () => void;
  /** Called when one that is open already was the answer. */
  readonly onDouble: () => void;
  readonly forget: (live: LiveOperation) => void;
}

/** How operations come into the queue: checked, planned, stored, and no double of one that is open. */
export class Intake {
  /** Being added, by their key against doubles. */
  private readonly arriving = new Map<string, Promise<Operation>>();

  constructor(private readonly deps: IntakeDeps) {}

  enqueue(kindName: string, given: JsonObject, options: EnqueueOptions): Promise<Operation> {
    const { dedupeKey } = options;
    if (dedupeKey === undefined) return this.add(kindName, given, options);
    // Nothing is awaited between looking and reserving: two that ask at once get the same operation.
    const open = this.arriving.get(dedupeKey) ?? this.openWith(dedupeKey);
    if (open !== undefined) {
      this.deps.onDouble();
      return Promise.resolve(open);
    }
    const added = this.add(kindName, given, options).finally(() => this.arriving.delete(dedupeKey));
    this.arriving.set(dedupeKey, added);
    return added;
  }

  /** The same once more, when it has ended without success. */
  async again(operation: Operation): Promise<Operation> {
    if (operation.state === 'succeeded') throw new AppError('input-invalid', `"${operation.title}" succeeded; there is nothing to repeat.`);
    if (this.deps.live.get(operation.id)?.ended === false) throw new AppError('busy', `"${operation.title}" has not ended yet.`, { hint: 'Wait for it, or cancel it first.' });
    // A repeated operation is planned anew: the plan it was bound to describes a state that is gone.
    const { planId: _stale, ...input } = operation.input as JsonObject;
    return this.enqueue(operation.kind, input, {});
  }

  async preview(kindName: string, given: JsonObject): Promise<PlanDocument> {
    const kind = this.kindOf(kindName);
    const input = kind.prepare === undefined ? given : await kind.prepare(given);
    const document = (await this.deps.structural?.preview(kind, input)) ?? null;
    if (document === null) throw new AppError('input-invalid', `"${kind.title(input)}" changes no files of a project, so there is no plan of it.`);
    return document;
  }

  private openWith(dedupeKey: string): Operation | undefined {
    for (const live of this.deps.live.values()) if (live.operation.dedupeKey === dedupeKey && !live.ended) return live.operation;
    return undefined;
  }

  private async add(kindName: string, given: JsonObject, options: EnqueueOptions): Promise<Operation> {
    const kind = this.kindOf(kindName);
    this.refuseWhenClosing();
    const input = await this.prepared(kind, given);
    this.refuseWhenClosing();
    const operation = newOperation(kind, input, options, this.deps.clock.now());
    const live = new LiveOperation(operation, this.deps);
    live.parent = options.parent ?? null;
    // Its place in the line is taken before the disk is asked, so that first come stays first served.
    this.deps.live.set(operation.id, live);
    this.deps.line.add(operation.id, 'being-stored');
    try {
      await this.store(kind, live);
    } catch (error) {
      this.deps.line.remove(operation.id);
      this.deps.forget(live);
      throw error;
    }
    this.deps.line.release(operation.id);
    this.deps.onAdded();
    return live.operation;
  }

  private async store(kind: OperationKind, live: LiveOperation): Promise<void> {
    const { id, input } = live.operation;
    const unknown = await this.deps.line.learnDependencies(id);
    if (unknown !== null) throw new AppError('input-invalid', `There is no operation ${unknown} to wait for.`, { hint: 'See `berth operations list`.' });
    await this.deps.structural?.planFor(kind, input as JsonObject, id);
    await this.deps.failpoints.hit('operation.enqueue', 'before');
    await live.save({});
    await this.deps.failpoints.hit('operation.enqueue', 'after-result');
  }

  /** In a queue that waits for an engine, an operation that can be judged without one is taken while there is none. */
  private async prepared(kind: OperationKind, given: JsonObject): Promise<JsonObject> {
    if (kind.prepare === undefined) return given;
    try {
      return await kind.prepare(given);
    } catch (error) {
      if (kind.prepareWithoutEngine === undefined || this.deps.engineReady?.() !== false || !isEngineSilent(error)) throw error;
      return kind.prepareWithoutEngine(given);
    }
  }

  private kindOf(name: string): OperationKind {
    const kind = this.deps.kinds.get(name);
    if (kind === undefined) throw new AppError('not-found', `There is no operation "${name}".`);
    return kind;
  }

  private refuseWhenClosing(): void {
    if (this.deps.isClosing()) throw new AppError('busy', 'Berth is being closed.', { hint: 'Start it again, then repeat this.' });
  }
}

function isEngineSilent(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'engine-unreachable' || error.code === 'engine-lost' || error.code === 'engine-timeout');
}
