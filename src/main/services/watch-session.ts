import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive } from '@shared/domain/modes/active-mode';
import type { ServiceHook } from '@shared/domain/modes/hooks';
import { concernsPath, isUnwatched, planWatchBatch, type LeftOut, type WatchBatch, type WatchedChange, type WatchRule } from '@shared/domain/services/watch-rules';
import { AppError, errorData } from '@shared/kernel/app-error';
import type { Disposable } from '@shared/kernel/disposable';
import type { Engine } from '@main/docker/types';
import { runChild } from '@main/operations/child-operation';
import type { OperationContext, Operations } from '@main/operations/types';
import type { PackedPath } from '@main/platform/pack-paths';
import type { TreeWatch } from '@main/platform/watch-trees';

/** The doors to files that a watch has. */
export interface WatchTools {
  readonly watch: (watch: TreeWatch) => Promise<Disposable>;
  readonly existing: (paths: readonly string[]) => Promise<readonly string[]>;
  readonly pack: (paths: readonly PackedPath[], wanted: (path: string) => boolean, onLeftOut: (path: string, why: string) => void) => AsyncIterable<{ readonly tar: Uint8Array; readonly files: number }>;
}

/** What a watch has done so far. */
export interface WatchCounts {
  readonly synced: number;
  readonly removed: number;
  readonly commands: number;
  readonly restarted: number;
  readonly rebuilt: number;
}

interface WatchParts {
  readonly engine: Engine;
  readonly operations: Pick<Operations, 'enqueue' | 'wait' | 'cancel'>;
  readonly tools: WatchTools;
  readonly context: OperationContext;
  readonly projectId: string;
  readonly rules: readonly WatchRule[];
  readonly leftOut: (service: string) => LeftOut | undefined;
  readonly containers: () => Promise<readonly ObservedContainer[]>;
}

/** One watch, from its begin to its end: one batch after the other, each as the containers are then. */
export class WatchSession {
  private readonly counts = { synced: 0, removed: 0, commands: 0, restarted: 0, rebuilt: 0 };
  private readonly services: ReadonlySet<string>;
  private waiting = new Map<string, boolean>();
  private working: Promise<void> | null = null;
  private end: () => void = () => undefined;

  constructor(private readonly parts: WatchParts) {
    this.services = new Set(parts.rules.map((one) => one.service));
  }

  /** Resolves when it was cancelled, or when nothing is left to watch for. */
  async run(): Promise<WatchCounts> {
    const { context, engine, rules, tools } = this.parts;
    const ended = new Promise<void>((resolve) => (this.end = resolve));
    context.signal.addEventListener('abort', this.end, { once: true });
    if (context.signal.aborted) this.end();
    const subscription = engine.onEvent((event) => {
      if (event.type === 'gap' || (event.type === 'container' && event.action === 'destroy')) void this.endWithoutContainers();
    });
    let watch: Disposable | null = null;
    try {
      const roots = [...new Set(rules.map((one) => one.path))];
      const present = await tools.existing(roots);
      for (const missing of roots.filter((one) => !present.includes(one))) context.log(`${missing} is not there, so nothing of it is watched.`);
      watch = await tools.watch({
        roots: present,
        ignored: (path) => isUnwatched(rules, path, this.parts.leftOut),
        onChanged: (changes) => this.take(changes),
        onError: (error) => context.log(`Something cannot be watched: ${errorData(error).message}`),
      });
      await this.syncInitially();
      this.tell('Watching');
      await ended;
      await this.working?.catch(() => undefined);
      return { ...this.counts };
    } finally {
      watch?.dispose();
      subscription.dispose();
      context.signal.removeEventListener('abort', this.end);
    }
  }

  private take(changes: readonly WatchedChange[]): void {
    for (const one of changes) this.waiting.set(one.path, one.exists);
    this.working ??= this.work().finally(() => {
      this.working = null;
      // What came while it was looked whether anything is left to watch for.
      if (this.waiting.size > 0 && !this.parts.context.signal.aborted) this.take([]);
    });
  }

  private async work(): Promise<void> {
    const { context, rules, leftOut } = this.parts;
    while (this.waiting.size > 0 && !context.signal.aborted) {
      const changes = [...this.waiting].map(([path, exists]) => ({ path, exists }));
      this.waiting = new Map();
      for (const [service, batch] of planWatchBatch(rules, changes, leftOut)) {
        try {
          await this.apply(service, batch);
        } catch (error) {
          if (context.signal.aborted) return;
          // One file that cannot be copied is no reason to leave the others.
          context.log(errorData(error).message, service);
          context.progress({ services: { [service]: 'failed' } });
        }
      }
    }
    await this.endWithoutContainers();
  }

  private async apply(service: string, batch: WatchBatch): Promise<void> {
    const { context } = this.parts;
    if (batch.rebuild) {
      await this.child('services.rebuild', service, { cache: true });
      this.counts.rebuilt += 1;
      return this.tell(`Rebuilt ${service}`);
    }
    for (const container of await this.running(service)) {
      await this.copy(container, batch.copy, () => true);
      if (batch.remove.length > 0) {
        await this.parts.context.effect('watch.remove', { id: container.id, service, files: batch.remove.length }, async () => this.command(container, { command: ['rm', '-rf', '--', ...batch.remove], environment: [], privileged: false }));
        this.counts.removed += batch.remove.length;
      }
      for (const hook of batch.exec) {
        const code = await context.effect('watch.exec', { id: container.id, service }, async () => this.command(container, hook));
        this.counts.commands += 1;
        if (code !== 0) context.log(`The command after the sync ended with code ${String(code)}.`, service);
      }
    }
    if (batch.restart) {
      await this.child('services.restart', service, {});
      this.counts.restarted += 1;
    }
    this.tell(batch.restart ? `Restarted ${service}` : `Synced ${service}`);
  }

  private async syncInitially(): Promise<void> {
    for (const rule of this.parts.rules.filter((one) => one.initialSync && one.action.startsWith('sync'))) {
      for (const container of await this.running(rule.service)) await this.copy(container, [{ from: rule.path, to: rule.target }], (path) => concernsPath({ ...rule, include: [] }, path, this.parts.leftOut(rule.service)));
    }
  }

  private async copy(container: ObservedContainer, paths: readonly PackedPath[], wanted: (path: string) => boolean): Promise<void> {
    const { context, engine, tools } = this.parts;
    if (paths.length === 0) return;
    for await (const { tar, files } of tools.pack(paths, wanted, (path, why) => context.log(`${path} is not copied: ${why}.`, container.service))) {
      await context.effect('watch.copy', { id: container.id, service: container.service, files }, async () => (await engine.putArchive(container.id, '/', tar), null));
      this.counts.synced += files;
    }
  }

  private async command(container: ObservedContainer, { command, user, workingDir, environment }: ServiceHook): Promise<number> {
    const { context, engine } = this.parts;
    return engine.exec(container.id, command, (_stream, data) => context.log(Buffer.from(data).toString('utf8').trimEnd(), container.service), context.signal, undefined, { user, workingDir, environment });
  }

  private async child(kind: 'services.rebuild' | 'services.restart', service: string, more: { readonly cache?: boolean }): Promise<void> {
    const { context, operations, projectId } = this.parts;
    const ended = await runChild(operations, context, kind, { project: projectId, services: [service], ...more });
    if (ended.state !== 'succeeded') throw new AppError('start-failed', ended.error?.message ?? `"${ended.title}" ended as ${ended.state}.`, { service });
  }

  private async running(service: string): Promise<readonly ObservedContainer[]> {
    return (await this.parts.containers()).filter((one) => one.service === service && isAlive(one));
  }

  /** A rebuild replaces containers: what counts is what is there while nothing is being made. */
  private async endWithoutContainers(): Promise<void> {
    if (this.working !== null && this.waiting.size > 0) return;
    const left = await this.parts.containers().catch(() => null);
    if (left === null || left.some((one) => this.services.has(one.service))) return;
    this.parts.context.log('None of the containers is there any more.');
    this.end();
  }

  private tell(what: string): void {
    const { synced, removed, commands, restarted, rebuilt } = this.counts;
    const said = ([['copied', synced], ['removed', removed], ['commands', commands], ['restarts', restarted], ['rebuilds', rebuilt]] as const).filter(([, number]) => number > 0).map(([word, number]) => `${String(number)} ${word}`);
    this.parts.context.progress({ message: said.length === 0 ? what : `${what}: ${said.join(', ')}`, services: Object.fromEntries([...this.services].map((one) => [one, 'done'])) });
  }
}
