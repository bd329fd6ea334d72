import { isAlive, isOfFolder } from '@shared/domain/modes/active-mode';
import { consistencyOf, type Hold } from '@shared/domain/snapshots/consistency';
import { shows, type ReadPlace } from '@shared/domain/snapshots/places';
import type { SnapshotConsistency } from '@shared/domain/snapshots/types';
import { notHeldWords, notTold } from '@shared/domain/snapshots/words';
import { AppError } from '@shared/kernel/app-error';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { stopGrace } from '@main/docker/stop-grace';
import type { Engine } from '@main/docker/types';
import type { OpenVolume } from '@main/docker/volume-types';
import { Holding } from './consistency-hold';
import type { GatherWork } from './gather';
import type { ReadPart } from './gather-files';
import { notReadable, openPlace, readAhead, readPlace, type PlaceReading, type ReadPlaceResult } from './gather-places';
import { placeOf } from './gather-project';
import type { CreateDependencies, PlannedPart, SeenProject } from './gather-types';

/** Who is told of what happens. */
export interface HoldNews {
  readonly notes: string[];
  readonly onPart: (name: string) => void;
  readonly onBytes: (bytes: number) => void;
}

/** A place that was read, and how. */
export interface HeldPart {
  readonly part: PlannedPart;
  readonly result: ReadPart;
  readonly consistency: SnapshotConsistency;
}

interface ChosenPlace {
  readonly part: PlannedPart;
  readonly consistency: SnapshotConsistency;
}

/** Places that are held together, or read without anything being held. */
export interface HeldGroup {
  readonly hold: Hold;
  readonly places: readonly ChosenPlace[];
}

/** Reads volumes and folders, and holds what writes to them meanwhile. Whatever it held runs again when it is done, however that was. */
export class Holder {
  private readonly engine: Engine;
  private readonly reading: PlaceReading;
  private readonly watches: Promise<void>[] = [];
  private readonly opened = new Map<PlannedPart, OpenVolume>();
  private readonly closing: Promise<void>[] = [];

  constructor(
    private readonly deps: CreateDependencies,
    private readonly work: GatherWork,
    private readonly seen: SeenProject,
    private readonly news: HoldNews,
  ) {
    this.engine = deps.engine.as(seen.authorization);
    const { signal } = work.context;
    this.reading = { program: deps.volumeProgram(seen.authorization), writer: work.writer, cache: deps.readCache, repository: work.name, engineIsLocal: deps.engineIsLocal(), seen, filteredPaths: deps.filteredPaths, now: () => deps.clock.now(), signal, onBytes: news.onBytes };
  }

  /** Finds out what is read together, and starts what reads the first of it: to start a container takes as long as to read a small volume. */
  async prepare(parts: readonly PlannedPart[], holds: readonly Hold[]): Promise<readonly HeldGroup[]> {
    const partOf = new Map(parts.map((part) => [keyOf(placeOf(this.seen, part)), part]));
    const groups: HeldGroup[] = [];
    for (const hold of holds) {
      const places: ChosenPlace[] = [];
      for (const { place, consistency } of hold.places) {
        const part = partOf.get(keyOf(place));
        const why = await notReadable(place, this.seen.project.id);
        if (why !== null) this.news.notes.push(why);
        else if (part !== undefined) places.push({ part, consistency });
      }
      if (places.length > 0) groups.push({ hold, places });
    }
    this.openFirst(groups[0]);
    return groups;
  }

  /** In the order of the groups. */
  async read(groups: readonly HeldGroup[]): Promise<readonly HeldPart[]> {
    const results: HeldPart[] = [];
    for (const [index, { hold, places }] of groups.entries()) {
      const next = groups[index + 1];
      results.push(...(hold.steps.length === 0 ? await this.readFree(places, next) : await this.readHeld(hold, places.map(({ part }) => part), next)));
    }
    await Promise.all(this.watches);
    return results;
  }

  /** Resolves when every container it started is gone. Never rejects. */
  async close(): Promise<void> {
    for (const part of [...this.opened.keys()]) this.leave(part);
    await Promise.all(this.closing);
  }

  private openFirst(group: HeldGroup | undefined): void {
    const first = group?.places[0];
    if (first !== undefined) this.open(first.part);
  }

  private open(part: PlannedPart): OpenVolume {
    const opened = this.opened.get(part) ?? openPlace(this.reading, part);
    this.opened.set(part, opened);
    return opened;
  }

  /** Ends its container, while others are read already. */
  private leave(part: PlannedPart): void {
    const opened = this.opened.get(part);
    this.opened.delete(part);
    if (opened !== undefined) this.closing.push(opened.close());
  }

  private async readFree(places: readonly ChosenPlace[], next: HeldGroup | undefined): Promise<readonly HeldPart[]> {
    const read: HeldPart[] = [];
    for (const [index, { part, consistency }] of places.entries()) {
      this.news.onPart(nameOf(part));
      const place = this.open(part);
      const reading = readPlace(this.reading, place, part, consistency === 'live');
      // The next one starts while this one is read.
      const following = places[index + 1];
      const ahead = (): void => (following === undefined ? this.openFirst(next) : void this.open(following.part));
      place.started().then(ahead, () => undefined);
      const result = await reading;
      this.leave(part);
      if (consistency === 'live') this.news.notes.push(`${part.name} was read while it could be written to: its files can be from different moments.`);
      this.tellChanged(part, result);
      read.push({ part, result, consistency });
    }
    return read;
  }

  private async readHeld(hold: Hold, parts: readonly PlannedPart[], next: HeldGroup | undefined): Promise<readonly HeldPart[]> {
    const { context } = this.work;
    for (const part of parts) this.open(part);
    for (const part of parts) {
      this.news.onPart(`${nameOf(part)}, while everything runs`);
      await readAhead(this.reading, this.open(part), part);
      // Nothing is held while a container is made.
      await this.open(part).started();
    }
    this.openFirst(next);
    const places = hold.places.map(({ place }) => place);
    const holding = new Holding(
      {
        engine: this.engine,
        context,
        pauseCapMs: this.deps.pauseCapMs,
        stopGrace: async (container) => (await stopGrace(this.engine, container, this.seen.loaded)).graceSeconds,
        writes: (container) => container.mounts.some((mount) => !mount.readOnly && places.some((place) => shows(mount, place, this.seen.deviceOf))),
      },
      hold,
    );
    const results: { readonly part: PlannedPart; readonly result: ReadPlaceResult }[] = [];
    try {
      await holding.begin();
      for (const part of parts) {
        this.news.onPart(nameOf(part));
        results.push({ part, result: await readPlace(this.reading, this.open(part), part, true) });
        this.leave(part);
      }
    } finally {
      await holding.release();
    }
    this.watchStarted(holding.startedAgain);
    return results.map(({ part, result }) => ({ part, result, consistency: this.achieved(hold, holding, part, result) }));
  }

  /** What holding came to in the end. */
  private achieved(hold: Hold, holding: Holding, part: PlannedPart, result: ReadPlaceResult): SnapshotConsistency {
    this.tellChanged(part, result);
    if (holding.broken.length > 0) {
      this.news.notes.push(`${part.name} was read while it could be written to, because ${notHeldWords(holding.broken)}: its files can be from different moments.`);
      return 'live';
    }
    const place = placeOf(this.seen, part);
    const steps = hold.steps.map((step) => (holding.failedHooks.has(step.writer.id) ? { ...step, hook: null } : step));
    const ofPart = steps.filter((step) => this.containerOf(step.writer.id)?.mounts.some((mount) => !mount.readOnly && shows(mount, place, this.seen.deviceOf)) === true);
    const failed = ofPart.filter((step) => holding.failedHooks.has(step.writer.id)).map((step) => step.writer.service);
    if (failed.length > 0) this.news.notes.push(notTold(failed, part.name));
    return consistencyOf(ofPart);
  }

  private containerOf(id: string): ObservedContainer | undefined {
    return this.seen.everyContainer.find((one) => one.id === id);
  }

  private tellChanged(part: PlannedPart, { changed }: ReadPlaceResult): void {
    if (changed.length > 0) this.news.notes.push(`In ${part.name} these were changed each time they were read: ${changed.join(', ')}`);
  }

  /** What was stopped has to come up as after any start. It does not undo a snapshot that is right, but it is said. */
  private watchStarted(started: readonly ObservedContainer[]): void {
    const { startWatch } = this.deps;
    const own = started.filter((one) => isAlive(one) && isOfFolder(this.seen.project.dir, one));
    if (startWatch === undefined || own.length === 0) return;
    const { context } = this.work;
    const request = { project: this.seen.project.name, signal: context.signal, checkedBy: this.engine, onWatching: () => undefined, started: own.map((one) => ({ id: one.id, service: one.service, expectation: one.hasHealthcheck ? ('healthy' as const) : ('running-or-done' as const) })) };
    this.watches.push(
      startWatch(request).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
        context.log(error.message, error.service);
        this.news.notes.push(`After it was started again: ${error.message}`);
      }),
    );
    // Looked at only at the end, after other places were read.
    this.watches.at(-1)?.catch(() => undefined);
  }
}

function keyOf(place: ReadPlace): string {
  return `${place.kind} ${place.name}`;
}

function nameOf(part: PlannedPart): string {
  return part.kind === 'volume' ? `Volume ${part.name}` : `Folder ${part.name}`;
}
