import { basename, join, resolve as resolvePath } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { textHash } from '@shared/kernel/text-hash';
import type { BerthEvent } from '@shared/contract/events';
import type { OutputOf } from '@shared/contract/contract';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { trustQuestions, untrustedFacts } from '@shared/domain/checks/trust';
import { asTwin } from '@shared/domain/projects/twin';
import { hostPathsOfModel, riskyFactsOfFiles, riskyFactsOfModel } from '@shared/domain/engine/risky-facts';
import type { ModeDefinition, Project, RiskyFact } from '@shared/domain/projects/project';
import type { Compose } from '../compose/types';
import type { Authorization } from '../docker/types';
import { pathExists } from '../platform/files';
import { fingerprint, modeFiles, realFolder, realPaths } from '../platform/folder';
import type { Logger, Store, StoredProject } from '../platform/types';
import type { LoadedMode, Projects } from './types';

type ProjectView = OutputOf<'projects.open'>;

export interface ProjectsDependencies {
  readonly store: Store;
  readonly compose: Compose;
  readonly log: Logger;
  readonly publish: (event: BerthEvent) => void;
  readonly now: () => Date;
  /** Told of every mode that is loaded, for example so that its secrets stay out of logs. */
  readonly onLoaded?: ((compose: LoadedCompose) => void) | undefined;
  /** The mode that runs now, from the engine; null when nothing runs or the engine cannot be asked. Wired late: it needs the services capability. */
  readonly activeMode: (project: Project) => Promise<string | null>;
}

interface Cached<T> {
  readonly fingerprint: string;
  readonly value: T;
}

/** Opened folders, what modes they have, and what the user allowed them to do. */
export class ProjectsService implements Projects {
  private readonly modeCache = new Map<string, Cached<readonly ModeDefinition[]>>();
  private readonly loadCache = new Map<string, Cached<LoadedCompose>>();
  private readonly nameCache = new Map<string, string>();

  constructor(private readonly deps: ProjectsDependencies) {}

  async open(dir: string, trust: boolean): Promise<ProjectView> {
    const stored = this.opened(await this.record(await realFolder(dir)));
    const modes = await this.modesOf(stored.dir);
    // A folder whose files cannot be read as compose is refused here, with the file and the line, before anything is recorded.
    for (const mode of modes) await this.loadDefinition(stored, mode);
    await this.deps.store.putProject(stored);
    const view = trust ? await this.trust(stored.id) : await this.view(await this.toProject(stored));
    await this.announce();
    return view;
  }

  async trust(reference: string): Promise<ProjectView> {
    const project = await this.resolve(reference);
    const facts = await this.factsOf(project);
    const stored = await this.stored(project.id);
    const trustedFacts = [...new Set([...(stored.trustedFacts ?? []), ...facts.map((fact) => fact.key)])].sort();
    await this.deps.store.putProject({ ...stored, trustedFacts });
    await this.announce();
    return this.view(await this.toProject({ ...stored, trustedFacts }));
  }

  async forget(reference: string): Promise<void> {
    const found = await this.known(reference);
    await this.deps.store.removeProject(found.id);
    this.modeCache.delete(found.dir);
    this.nameCache.delete(found.dir);
    for (const key of [...this.loadCache.keys()]) if (key.startsWith(`${found.dir}\n`)) this.loadCache.delete(key);
    await this.announce();
  }

  /** Takes it out of the list; its record stays, so that opening it again finds it as it was. */
  async close(reference: string): Promise<void> {
    const found = await this.known(reference);
    if (found.closedAt !== undefined) return;
    await this.deps.store.putProject({ ...found, closedAt: this.deps.now().toISOString() });
    await this.announce();
  }

  async reopen(reference: string): Promise<ProjectView> {
    const found = await this.known(reference);
    return this.open(found.dir, false);
  }

  /** Closed ones, the last first. */
  async recent(): Promise<OutputOf<'projects.recent'>> {
    const closed = (await this.deps.store.listProjects()).filter((one) => one.twin === undefined && one.closedAt !== undefined);
    const shown = await Promise.all(
      closed.map(async (stored) => {
        const { id, name, dir, modes } = await this.toProject(stored, true);
        return { id, name, dir, closedAt: stored.closedAt ?? stored.openedAt, readable: modes.length > 0 };
      }),
    );
    return shown.sort((a, b) => b.closedAt.localeCompare(a.closedAt));
  }

  async resolve(reference: string): Promise<Project> {
    if (/^p_[0-9a-z]{13}$/.test(reference)) return this.toProject(await this.stored(reference));
    if (!isPath(reference)) return this.toProject(await this.named(reference));
    const dir = await realFolder(reference);
    const known = (await this.deps.store.listProjects()).find((one) => one.dir === dir);
    if (known !== undefined && known.closedAt === undefined) return this.toProject(known);
    // Whoever works in the folder of a closed project has opened it again.
    const stored = this.opened(known ?? (await this.record(dir)));
    await this.modesOf(dir);
    await this.deps.store.putProject(stored);
    await this.announce();
    return this.toProject(stored);
  }

  async list(): Promise<readonly Project[]> {
    const own = (await this.deps.store.listProjects()).filter((one) => one.twin === undefined && one.closedAt === undefined);
    return Promise.all(own.map((one) => this.toProject(one, true)));
  }

  async views(): Promise<ProjectView[]> {
    return Promise.all((await this.list()).map((project) => this.view(project)));
  }

  async view(project: Project): Promise<ProjectView> {
    const [activeMode, questions] = await Promise.all([this.deps.activeMode(project).catch(() => null), this.questions(project)]);
    return {
      id: project.id,
      name: project.name,
      dir: project.dir,
      modes: project.modes.map((mode) => ({ name: mode.name, files: [...mode.files], envFiles: [...mode.envFiles], profiles: [...mode.profiles] })),
      activeMode,
      trusted: project.trusted && questions.length === 0,
      trustQuestions: [...questions],
    };
  }

  async loadMode(reference: string, modeName: string): Promise<LoadedMode> {
    const project = await this.resolve(reference);
    const mode = project.modes.find((one) => one.name === modeName);
    if (mode === undefined) {
      throw new AppError('mode-not-found', `${project.name} has no mode called ${modeName}.`, { hint: `Its modes are ${project.modes.map((one) => one.name).join(', ')}.` });
    }
    const stored = await this.stored(project.id);
    const compose = await this.loadDefinition(stored, mode);
    const facts = await factsOfModel(compose, project.dir);
    return {
      project,
      mode,
      compose,
      untrustedFacts: untrustedFacts(facts, stored.trustedFacts),
      authorization: { projectDir: project.dir, projectName: compose.model.name, trustedFactKeys: stored.trustedFacts },
    };
  }

  async loadModes(reference: string): Promise<{ readonly [mode: string]: LoadedCompose }> {
    const project = await this.resolve(reference);
    const stored = await this.stored(project.id);
    const entries = await Promise.all(
      project.modes.map(async (mode): Promise<readonly [string, LoadedCompose] | null> => {
        try {
          return [mode.name, await this.loadDefinition(stored, mode)];
        } catch (error) {
          if (error instanceof AppError) return null;
          throw error;
        }
      }),
    );
    return Object.fromEntries(entries.filter((one) => one !== null));
  }

  async authorization(reference: string): Promise<Authorization> {
    const project = await this.resolve(reference);
    return { projectDir: project.dir, projectName: project.name, trustedFactKeys: (await this.stored(project.id)).trustedFacts };
  }

  /** Tells every door what the list is now; also called when a project's active mode changed. */
  async announce(): Promise<void> {
    this.deps.publish({ type: 'projects.changed', projects: await this.views() });
  }

  private async stored(id: string): Promise<StoredProject> {
    const found = (await this.deps.store.listProjects()).find((one) => one.id === id);
    if (found === undefined) throw new AppError('project-not-found', `No opened project has the id ${id}.`, { hint: 'See `berth projects list`, or open its folder.' });
    return found;
  }

  /** Any record, closed ones too, and not by resolve(): a project whose folder is gone must be found as well. */
  private async known(reference: string): Promise<StoredProject> {
    const all = await this.deps.store.listProjects();
    const found = all.find((one) => one.id === reference || one.dir === reference) ?? all.find((one) => one.dir === resolvePath(reference));
    if (found !== undefined) return found;
    if (isPath(reference)) return this.stored((await this.resolve(reference)).id);
    const closed = (await this.recent()).filter((one) => one.name === reference);
    return closed.length === 1 && closed[0] !== undefined && !(await this.list()).some((one) => one.name === reference) ? this.stored(closed[0].id) : this.named(reference);
  }

  /** At the end of the list when it was closed. */
  private opened(stored: StoredProject): StoredProject {
    if (stored.closedAt === undefined) return stored;
    const { closedAt: _closedAt, ...rest } = stored;
    return { ...rest, openedAt: this.deps.now().toISOString() };
  }

  /** By the name in the list of projects, where only one has it. */
  private async named(name: string): Promise<StoredProject> {
    const found = (await this.list()).filter((one) => one.name === name);
    const [first] = found;
    if (first === undefined) throw new AppError('project-not-found', `No opened project has the id or the name ${name}.`, { hint: 'See `berth projects list`, or give the path of its folder.' });
    if (found.length > 1) throw new AppError('project-not-found', `${String(found.length)} projects are called ${name}: ${found.map((one) => one.dir).join(', ')}.`, { hint: 'Give the id, see `berth projects list`, or the path of the folder.' });
    return this.stored(first.id);
  }

  private async record(dir: string): Promise<StoredProject> {
    const id = `p_${textHash(dir)}`;
    const known = (await this.deps.store.listProjects()).find((one) => one.id === id);
    return known ?? { id, dir, trustedFacts: null, openedAt: this.deps.now().toISOString() };
  }

  /** `tolerant`: a folder that went away or broke stays in the list, without modes. */
  private async toProject(stored: StoredProject, tolerant = false): Promise<Project> {
    try {
      const modes = await this.modesOf(stored.dir);
      return { id: stored.id, name: stored.twin?.name ?? (await this.nameOf(stored.dir, modes)), dir: stored.dir, modes, trusted: stored.trustedFacts !== null, twin: stored.twin };
    } catch (error) {
      if (!tolerant || !(error instanceof AppError)) throw error;
      this.deps.log.warn('a project cannot be read', { dir: stored.dir, code: error.code, message: error.message });
      return { id: stored.id, name: this.nameCache.get(stored.dir) ?? basename(stored.dir), dir: stored.dir, modes: [], trusted: stored.trustedFacts !== null };
    }
  }

  private async modesOf(dir: string): Promise<readonly ModeDefinition[]> {
    const mark = await fingerprint(await modeFiles(dir));
    const cached = this.modeCache.get(dir);
    if (cached?.fingerprint === mark) return cached.value;
    const value = await this.deps.compose.discoverModes(dir);
    this.modeCache.set(dir, { fingerprint: mark, value });
    return value;
  }

  /** The compose project name of the first mode that loads; the folder's name while none does. */
  private async nameOf(dir: string, modes: readonly ModeDefinition[]): Promise<string> {
    for (const mode of modes) {
      const loaded = await this.loadDefinition({ dir }, mode).catch((error: unknown) => {
        if (error instanceof AppError) return null;
        throw error;
      });
      if (loaded === null) continue;
      this.nameCache.set(dir, loaded.model.name);
      return loaded.model.name;
    }
    return this.nameCache.get(dir) ?? basename(dir);
  }

  /** A twin is loaded under its own name and set apart from its original, whoever asks. */
  private async loadDefinition({ dir, twin }: Pick<StoredProject, 'dir' | 'twin'>, mode: ModeDefinition): Promise<LoadedCompose> {
    const key = `${dir}\n${JSON.stringify(mode)}`;
    const cached = this.loadCache.get(key);
    const always = [...mode.files, ...mode.envFiles, '.env'].map((file) => join(dir, file));
    if (cached !== undefined && cached.fingerprint === (await fingerprint([...always, ...cached.value.inputFiles]))) return cached.value;
    const before = await fingerprint(always);
    const loaded = await this.deps.compose.load({ dir, files: mode.files, envFiles: mode.envFiles, profiles: mode.profiles, projectName: twin?.name }).catch(async (error: unknown) => {
      throw await this.namedBy(dir, mode, error);
    });
    const value = twin === undefined ? loaded : asTwin(loaded, twin, dir);
    this.deps.onLoaded?.(value);
    // A file that changed while it was read must not be remembered under its new mark.
    if ((await fingerprint(always)) === before) this.loadCache.set(key, { fingerprint: await fingerprint([...always, ...value.inputFiles]), value });
    return value;
  }

  /** A file of the mode that is not there is said with the line of `berth.yaml` that names it; what is wrong inside of one, or with its rights, is said of the file. */
  private async namedBy(dir: string, mode: ModeDefinition, error: unknown): Promise<unknown> {
    if (!(error instanceof AppError) || error.where === undefined || error.where.line !== undefined || (await pathExists(error.where.file))) return error;
    const where = await this.deps.compose.placeOfModeFile(dir, mode.name, error.where.file).catch(() => undefined);
    if (where === undefined) return error;
    return new AppError(error.code, error.message, { hint: `The mode ${mode.name} names it: correct the path there, or put the file there.`, where, details: error.details, cause: error });
  }

  private async factsOf(project: Project): Promise<readonly RiskyFact[]> {
    const stored = await this.stored(project.id);
    const all = await Promise.all(project.modes.map(async (mode) => factsOfModel(await this.loadDefinition(stored, mode), project.dir)));
    return [...new Map(all.flat().map((fact) => [fact.key, fact])).values()];
  }

  /** What the trust question says of all modes together; of the modes that cannot be read it says nothing. */
  private async questions(project: Project): Promise<readonly string[]> {
    const stored = await this.stored(project.id);
    const { trustedFacts } = stored;
    const loaded = (await Promise.all(project.modes.map((mode) => this.loadDefinition(stored, mode).catch(() => null)))).filter((one) => one !== null);
    const facts = (await Promise.all(loaded.map((one) => factsOfModel(one, project.dir)))).flat();
    const services = Object.assign({}, ...loaded.map((one) => one.model.services)) as LoadedCompose['model']['services'];
    return trustQuestions(project, { services }, untrustedFacts(facts, trustedFacts));
  }
}

/** A reference that names a folder; any other is an id or a name. */
function isPath(reference: string): boolean {
  return /[\\/]/.test(reference) || reference === '.' || reference === '..';
}

/** The risky facts of a model, judged by where its paths really lead: a link inside the project may point outside. */
export async function factsOfModel(compose: LoadedCompose, projectDir: string): Promise<readonly RiskyFact[]> {
  const real = await realPaths([...hostPathsOfModel(compose.model), ...compose.inputFiles]);
  const realPathOf = (path: string): string => real.get(path) ?? path;
  return [...riskyFactsOfModel(compose.model, projectDir, realPathOf), ...riskyFactsOfFiles(compose.inputFiles, projectDir, realPathOf)];
}
