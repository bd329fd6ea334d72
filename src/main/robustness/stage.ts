import { join, relative, sep } from 'node:path';
import type { ObservedContainer } from '@shared/domain/engine/observed';
import { isAlive } from '@shared/domain/modes/active-mode';
import type { Finding } from '@shared/domain/findings/finding';
import { FINAL_STATES, type Operation } from '@shared/domain/operations/operation';
import { guestDockerfile, guestEdits, guestName, type Guest } from '@shared/domain/robustness/guests';
import { firstFault, servingFault, type Expected, type Seen } from '@shared/domain/robustness/outcome';
import { fileForServices, filesDeclaring, leafServices, withoutService, type ComposeText } from '@shared/domain/robustness/subject';
import { editYaml, type YamlEdit } from '@shared/domain/yaml/edit-yaml';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Twin } from '@main/changes/types';
import type { OperationContext } from '@main/operations/types';
import { nextNews } from '@main/platform/next-news';
import type { WorkFolder } from '@main/platform/work-folder';
import type { LoadedMode } from '@main/projects/types';
import { readAll } from './read-all';
import { PointLost, type RobustnessDependencies } from './types';
import { NO_MARKS, type VolumeMarks } from './volume-marks';

const OPERATION_MS = 240_000;
const WAIT_SLICE_MS = 1_000;
const NEWS_MS = 500;
const SERVING_MS = 60_000;

/** The copy of a project on which the points are played: its files, its operations, and looks at the engine. */
export class Stage {
  readonly folder: WorkFolder;
  /** Set once the copy runs for the first time. */
  marks: VolumeMarks = NO_MARKS;

  constructor(
    readonly deps: RobustnessDependencies,
    private readonly context: Pick<OperationContext, 'signal'>,
    readonly twin: Twin,
    readonly mode: string,
    /** What guests are built on. */
    readonly image: string,
  ) {
    this.folder = deps.openFolder(twin.dir);
  }

  load(): Promise<LoadedMode> {
    return this.deps.projects.loadMode(this.twin.projectId, this.mode);
  }

  /** Remembers every file that modes are made from, so that `restore` puts them back whatever changes them. */
  async keepFiles(): Promise<void> {
    const modes = await this.deps.projects.loadModes(this.twin.projectId);
    const inputs = new Set(Object.values(modes).flatMap((loaded) => loaded.inputFiles));
    for (const path of inputs) {
      const inside = this.relative(path);
      if (inside !== null) await this.folder.keep(inside);
    }
  }

  /** Files and containers as they were when the copy first ran. */
  async settle(): Promise<Seen> {
    await this.folder.restore();
    await this.switchOver();
    const seen = await this.lookWhenServing();
    const fault = firstFault(seen, seen, {}, (await this.load()).compose.model);
    if (fault !== null) throw new PointLost(`The copy does not run before anything is changed: ${fault}`);
    return seen;
  }

  /** The compose files of the mode that lie in the copy. */
  async texts(): Promise<readonly ComposeText[]> {
    const { compose } = await this.load();
    const paths = compose.files.flatMap((file) => this.relative(file) ?? []);
    return Promise.all(paths.map(async (path) => ({ path, text: await this.folder.readText(path) })));
  }

  async edit(path: string, edits: readonly YamlEdit[]): Promise<void> {
    const outcome = editYaml(await this.folder.readText(path), edits);
    if (outcome.kind === 'by-hand') throw new PointLost(`${path} cannot be changed by Berth: ${outcome.reason}`);
    await this.folder.write(path, outcome.text);
  }

  async name(wish: string): Promise<string> {
    return guestName((await this.load()).compose.model.services, wish);
  }

  /** Adds guests to the last file that has services, with their build folders and the folders they mount. */
  async addGuests(guests: readonly Guest[]): Promise<void> {
    const file = fileForServices(await this.texts());
    if (file === undefined) throw new PointLost('The mode has no compose file inside the project folder.');
    for (const guest of guests) {
      if (guest.context !== undefined) await this.writeContext(guest.context, `${guest.name} 1\n`);
    }
    await this.edit(file.path, guestEdits(guests));
  }

  /** A build folder with one file in it. */
  async writeContext(context: string, text: string): Promise<void> {
    await this.folder.write(join(context, 'Dockerfile'), guestDockerfile(this.image));
    await this.folder.write(join(context, 'content.txt'), text);
  }

  /** A service that can go without the others: one of the project's own, else a guest that is added first. */
  async expendable(wish: string): Promise<{ readonly service: string; readonly isOwn: boolean }> {
    const texts = await this.texts();
    const { model } = (await this.load()).compose;
    const alive = new Set((await this.look()).containers.filter(isAlive).map((one) => one.service));
    const own = leafServices(model, texts).find((name) => alive.has(name) && withoutService(texts, name) !== null);
    if (own !== undefined) return { service: own, isOwn: true };
    const service = await this.name(wish);
    await this.addGuests([{ name: service, image: this.image }]);
    await this.switchOver();
    return { service, isOwn: false };
  }

  /** The last file that writes the service. */
  async fileOf(service: string): Promise<string> {
    const file = filesDeclaring(await this.texts(), service).at(-1);
    if (file === undefined) throw new PointLost(`${service} is in none of the files.`);
    return file.path;
  }

  /** Writes compose files as they were at an earlier moment. */
  async putBack(texts: readonly ComposeText[]): Promise<void> {
    for (const { path, text } of texts) await this.folder.write(path, text);
  }

  /** Takes a service out of every file that writes it, or puts another definition in its place. */
  async withoutService(service: string, instead?: Parameters<typeof withoutService>[2]): Promise<void> {
    await this.putBack(withoutService(await this.texts(), service, instead) ?? []);
  }

  async look(): Promise<Seen> {
    const loaded = await this.load();
    const observed = await this.deps.observe(loaded);
    if (observed === null) throw new AppError('engine-unreachable', 'The Docker engine does not answer.', { hint: 'Start it, then try again.' });
    return { containers: observed.containers, volumes: await this.marks.read() };
  }

  /** Looks again until everything serves, for a while: a switch does not wait for containers that it keeps. */
  private async lookWhenServing(): Promise<Seen> {
    const { model } = (await this.load()).compose;
    const began = this.deps.clock.monotonic();
    for (;;) {
      const seen = await this.look();
      if (servingFault(seen, model) === null || this.deps.clock.monotonic() - began > SERVING_MS) return seen;
      this.throwIfCancelled();
      await this.nextNews();
    }
  }

  async findings(): Promise<readonly Finding[]> {
    const loaded = await this.load();
    return this.deps.checks.run(loaded, await this.deps.observe(loaded));
  }

  /** Runs a command in a service of the copy; resolves with what it wrote. */
  async inside(seen: Seen, service: string, command: readonly string[]): Promise<string> {
    const container = this.containerOf(seen, service);
    const engine = this.deps.engine.as((await this.load()).authorization);
    const { code, text } = await readAll(engine, container.id, command);
    if (code !== 0) throw new PointLost(`${service} could not do "${command.join(' ')}": ${text}`);
    return text;
  }

  containerOf(seen: Seen, service: string): ObservedContainer {
    const container = seen.containers.find((one) => one.service === service && !one.oneOff);
    if (container === undefined) throw new PointLost(`${service} has no container.`);
    return container;
  }

  switchOver(): Promise<Operation> {
    return this.perform('modes.switch', { mode: this.mode });
  }

  /** Switches to the changed files and says what is not as it must be then. */
  async switchAndJudge(before: Seen, expected: Expected): Promise<Seen> {
    await this.switchOver();
    return this.judge(before, expected);
  }

  async judge(before: Seen, expected: Expected): Promise<Seen> {
    const after = await this.lookWhenServing();
    const fault = firstFault(before, after, expected, (await this.load()).compose.model);
    if (fault !== null) throw new PointLost(fault);
    return after;
  }

  /** One ordinary operation on the copy. Rejects when it does not succeed. */
  async perform(kind: string, input: JsonObject): Promise<Operation> {
    const ended = await this.ended(await this.begin(kind, input));
    if (ended.state !== 'succeeded') throw ended.error === null ? new PointLost(`"${ended.title}" ended as ${ended.state}.`) : AppError.fromData(ended.error);
    return ended;
  }

  async begin(kind: string, input: JsonObject): Promise<Operation> {
    this.throwIfCancelled();
    return this.deps.operations.enqueue(kind, { project: this.twin.projectId, ...input });
  }

  /** Waits for an operation; when the run is cancelled or it takes too long, it is cancelled and waited for first. */
  async ended(operation: Operation): Promise<Operation> {
    const began = this.deps.clock.monotonic();
    let isCancelled = false;
    for (;;) {
      const now = await this.deps.operations.wait(operation.id, WAIT_SLICE_MS);
      if (FINAL_STATES.includes(now.state)) {
        this.throwIfCancelled();
        if (isCancelled) throw new PointLost(`"${now.title}" took longer than ${String(OPERATION_MS / 1000)} s.`);
        return now;
      }
      if (isCancelled || (!this.context.signal.aborted && this.deps.clock.monotonic() - began < OPERATION_MS)) continue;
      isCancelled = true;
      // Refused after its commit: then it is simply waited for.
      await this.deps.operations.cancel(operation.id).catch(() => undefined);
    }
  }

  /** An event of the engine, or a moment. */
  nextNews(): Promise<void> {
    return nextNews((news) => this.deps.engine.onEvent(news), NEWS_MS);
  }

  throwIfCancelled(): void {
    if (this.context.signal.aborted) throw new AppError('cancelled', 'Cancelled.');
  }

  private relative(path: string): string | null {
    const inside = relative(this.twin.dir, path);
    return inside === '' || inside.startsWith('..') ? null : inside.split(sep).join('/');
  }
}
