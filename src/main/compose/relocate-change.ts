import { dirname, resolve } from 'node:path';
import { isWithin, shownPath } from '@shared/domain/checks/host-path';
import { firstDifference } from '@shared/domain/edits/model-difference';
import { movedTarget, placeAfter, relocate, type Relocation } from '@shared/domain/edits/relocate';
import { relocatedModel, withWholeDockerfiles } from '@shared/domain/edits/relocated-model';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import { textOf } from '@shared/domain/operations/operation-input';
import type { FilesChange, FilesDependencies } from './files-operation';
import { copiesByHand } from './relocate-by-hand';
import type { ProjectFiles } from './project-files';

/** `compose.relocate`: after folders were moved, every path that pointed to the old place points to the new one. */
export const relocateChange: FilesChange = {
  kind: 'compose.relocate',
  change: 'relocate',
  // An env_file that was moved keeps a mode from loading: this is what mends it.
  mayBeBroken: true,
  prepare(input, project) {
    const [from, to] = [resolve(project.dir, textOf(input, 'from')), resolve(project.dir, textOf(input, 'to'))];
    for (const path of [from, to]) if (!isWithin(project.dir, path)) throw new AppError('input-invalid', `${path} lies outside the project folder.`);
    if (from === to) throw new AppError('input-invalid', 'Both folders are the same.');
    return { from, to, targets: input['targets'] === true };
  },
  title: (input) => `Follow what was moved to ${textOf(input, 'to').split(/[\\/]/).at(-1) ?? ''}`,
  async workOut(deps, files, input) {
    const { dir } = files.project;
    const relocation: Relocation = { from: textOf(input, 'from'), to: textOf(input, 'to') };
    const [from, to] = [shownPath(dir, relocation.from), shownPath(dir, relocation.to)];
    if (!(await deps.exists(relocation.to))) throw new AppError('not-found', `There is no ${to}.`, { hint: 'Move the folder first; this changes the files that point to it.' });
    const moved = await movedPaths(deps, files, relocation);
    const byHand = await copiesByHand(deps, files, relocation, moved);
    const [copied] = byHand;
    if (moved.size === 0 && copied !== undefined) {
      throw new AppError('fix-failed', `No compose file points to what was moved, but ${copied.text}.`, { hint: 'Nothing was changed: a Dockerfile and its .dockerignore are changed by hand.', where: { file: copied.file, line: copied.line } });
    }
    if (moved.size === 0) throw new AppError('not-found', `No file points to anything that was moved from ${from} to ${to}.`);
    const targets = targetsOf(input, relocation, dir);
    const contexts = contextsOf(files);
    for (const file of files.composeFiles) {
      await files.edit(file, 'Writing the new paths', (text) => relocate(text, { baseDir: baseDirOf(files, file), contextOf: (service) => contexts.get(service), moved: (path) => moved.get(path), targets }));
    }
    const expected = new Map(files.loaded.map(({ name, compose }) => [name, relocatedModel(compose.model, (path) => placeOf(path, moved), targets)] as const));
    return {
      steps: [`Write ${to} where a file points to ${from}: ${[...moved].map(([old, now]) => `${shownPath(dir, old)} is ${shownPath(dir, now)}`).join(', ')}`],
      risks: [
        ...byHand.map(({ text }) => `Change this by hand first, and a line of .dockerignore that names it: ${text}.`),
        ...(targets === null ? offerOf(files, moved, relocation, dir) : ['Paths inside containers change too: programs that name the old ones must be changed as well.']),
      ],
      byHand: byHand.map(({ text }) => text),
      remakes: true,
      differs(mode, after) {
        const wanted = expected.get(mode);
        const place = wanted === undefined ? undefined : firstDifference(wanted, withWholeDockerfiles(after.model));
        return place === undefined ? null : `In ${mode}, ${place.join('.')} would not be what it should be: a variable or another file decides it.`;
      },
    };
  },
};

/** What the tree of the project calls the moved folder is what a container's path may be called after. */
function targetsOf(input: JsonObject, { from, to }: Relocation, dir: string): Relocation | null {
  return input['targets'] === true ? { from: shownPath(dir, from).replace(/^\.\//, ''), to: shownPath(dir, to).replace(/^\.\//, '') } : null;
}

/** Paths of compose files begin in the folder of the mode's first file; those of included and extended files in their own. */
function baseDirOf(files: ProjectFiles, file: string): string {
  const mode = files.project.modes.find((one) => one.files.some((name) => resolve(files.project.dir, name) === file));
  return dirname(mode?.files[0] === undefined ? file : resolve(files.project.dir, mode.files[0]));
}

function contextsOf(files: ProjectFiles): ReadonlyMap<string, string> {
  return new Map(files.loaded.flatMap(({ compose }) => Object.entries(compose.model.services).flatMap(([name, { build }]) => (build?.context === undefined || build.context.includes('://') ? [] : [[name, build.context] as const]))));
}

/** Every path that a file names beneath the old folder, with its new place: what is there now, or all of it when the old folder is gone. */
async function movedPaths(deps: FilesDependencies, files: ProjectFiles, relocation: Relocation): Promise<ReadonlyMap<string, string>> {
  const named = new Set<string>();
  const contexts = contextsOf(files);
  const collect = (path: string): undefined => {
    if (isWithin(relocation.from, path)) named.add(path);
    return undefined;
  };
  for (const file of files.composeFiles) {
    const text = await files.text(file);
    if (text !== undefined) relocate(text, { baseDir: baseDirOf(files, file), contextOf: (service) => contexts.get(service), moved: collect, targets: null });
  }
  const isGone = !(await deps.exists(relocation.from));
  const moved = new Map<string, string>();
  for (const path of named) {
    const now = placeAfter(path, relocation);
    if (now === undefined || (isWithin(relocation.to, path) && !isGone)) continue;
    if (isGone || (!(await deps.exists(path)) && (await deps.exists(now)))) moved.set(path, now);
  }
  return moved;
}

/** Where a path is now that lies in, or is, something that moved. */
function placeOf(path: string, moved: ReadonlyMap<string, string>): string | undefined {
  const exact = moved.get(path);
  if (exact !== undefined) return exact;
  for (const [from, to] of moved) if (isWithin(from, path)) return placeAfter(path, { from, to });
  return undefined;
}

/** The paths inside containers that could follow, said before anybody agrees. */
function offerOf(files: ProjectFiles, moved: ReadonlyMap<string, string>, relocation: Relocation, dir: string): readonly string[] {
  const targets = targetsOf({ targets: true }, relocation, dir);
  const could = files.loaded.flatMap(({ compose }) =>
    Object.values(compose.model.services).flatMap((service) =>
      (service.volumes ?? []).flatMap((mount) => (mount.source !== undefined && moved.has(mount.source) && movedTarget(mount.target, targets) !== mount.target ? [`${mount.target} could become ${movedTarget(mount.target, targets)}`] : [])),
    ),
  );
  return could.length === 0 ? [] : [`Paths inside containers stay as they are; with --targets ${[...new Set(could)].join(', ')}.`];
}
