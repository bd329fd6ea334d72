import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { LoadedCompose } from '@shared/domain/compose/model';
import type { Project } from '@shared/domain/projects/project';
import type { YamlEditOutcome } from '@shared/domain/yaml/edit-yaml';
import { AppError } from '@shared/kernel/app-error';
import { textBeneath, type FileDoor, type ReplacedFile } from '@main/operations/replaced-files';
import type { Projects } from '@main/projects/types';

/** One mode of a project; null while its files cannot be read as compose. */
export interface OpenMode {
  readonly name: string;
  readonly compose: LoadedCompose | null;
}

/** What opening a project's files needs from outside. */
export interface OpenDependencies extends Pick<FileDoor, 'readBeneath'> {
  readonly projects: Pick<Projects, 'loadMode'>;
}

/** Every file inside the project folder that its modes are made from, each read once, and what is to become of it. */
export class ProjectFiles {
  private readonly texts = new Map<string, { readonly before: string; after: string }>();

  private constructor(
    readonly project: Project,
    readonly modes: readonly OpenMode[],
    private readonly door: Pick<FileDoor, 'readBeneath'>,
  ) {}

  /** Rejects as loading a mode does when none can be loaded, unless the change is what mends them. */
  static async open(deps: OpenDependencies, project: Project, mayBeBroken = false): Promise<ProjectFiles> {
    const modes: OpenMode[] = [];
    let failure: AppError | undefined;
    for (const { name } of project.modes) {
      try {
        modes.push({ name, compose: (await deps.projects.loadMode(project.id, name)).compose });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failure ??= error;
        modes.push({ name, compose: null });
      }
    }
    if (failure !== undefined && !mayBeBroken && modes.every((one) => one.compose === null)) throw failure;
    return new ProjectFiles(project, modes, deps);
  }

  /** The modes that can be read. */
  get loaded(): readonly { readonly name: string; readonly compose: LoadedCompose }[] {
    return this.modes.flatMap(({ name, compose }) => (compose === null ? [] : [{ name, compose }]));
  }

  /** Absolute paths of the compose files inside the project folder. */
  get composeFiles(): readonly string[] {
    return this.filesOf(true);
  }

  /** Absolute paths of its env files. */
  get envFiles(): readonly string[] {
    return this.filesOf(false);
  }

  private filesOf(isCompose: boolean): readonly string[] {
    const all = [
      ...this.project.modes.flatMap((mode) => [...mode.files.map((file) => [file, true] as const), ...mode.envFiles.map((file) => [file, false] as const)]),
      ...this.loaded.flatMap(({ compose }) => compose.inputFiles.map((file) => [file, compose.files.includes(file) || /\.ya?ml$/i.test(file)] as const)),
    ];
    const paths = all.filter(([, kind]) => kind === isCompose).map(([file]) => resolve(this.project.dir, file));
    return [...new Set(paths)].filter((file) => this.pathOf(file) !== null);
  }

  /** Relative to the project folder, with `/`; null outside of it. */
  pathOf(file: string): string | null {
    const path = relative(this.project.dir, file);
    return path === '' || isAbsolute(path) || path === '..' || path.startsWith(`..${sep}`) ? null : path.split(sep).join('/');
  }

  /** The text as it is to be; undefined for a file that is not there. */
  async text(file: string): Promise<string | undefined> {
    const known = this.texts.get(file);
    if (known !== undefined) return known.after;
    try {
      const before = await textBeneath(this.door, this.project.dir, this.pathOf(file) ?? '');
      this.texts.set(file, { before, after: before });
      return before;
    } catch (error) {
      if (error instanceof AppError && error.code === 'compose-not-found') return undefined;
      throw error;
    }
  }

  /** Puts the new text of a file that was read. */
  set(file: string, after: string): void {
    const known = this.texts.get(file);
    if (known !== undefined) known.after = after;
  }

  /** Changes one compose file. Rejects with `fix-failed` where a person must do it. */
  async edit(file: string, what: string, change: (text: string) => YamlEditOutcome): Promise<void> {
    const text = await this.text(file);
    if (text === undefined) return;
    const outcome = change(text);
    if (outcome.kind === 'by-hand') throw new AppError('fix-failed', `${what} in ${this.pathOf(file) ?? file} must be done by hand: ${outcome.reason}`, { where: { file } });
    this.set(file, outcome.text);
  }

  changed(): readonly ReplacedFile[] {
    return [...this.texts].filter(([, text]) => text.before !== text.after).map(([file, { before, after }]) => ({ path: this.pathOf(file) ?? file, before, after }));
  }

  /** Files that were looked at and stay as they are. */
  unchanged(): readonly string[] {
    return [...this.texts].filter(([, text]) => text.before === text.after).map(([file]) => this.pathOf(file) ?? file);
  }
}
