import { join, resolve } from 'node:path';
import { isWithin, shownPath } from '@shared/domain/checks/host-path';
import { copySources } from '@shared/domain/checks/dockerfile-variables';
import { placeAfter, type Relocation } from '@shared/domain/edits/relocate';
import type { FilesDependencies } from './files-operation';
import type { ProjectFiles } from './project-files';

/** A line of a Dockerfile that copies what has moved. */
export interface CopyByHand {
  readonly file: string;
  readonly line: number;
  /** As a sentence without its full stop. */
  readonly text: string;
}

/**
 * The lines of Dockerfiles that copy what has moved within their build context. Compose files alone are rewritten:
 * what a COPY names, and what .dockerignore leaves out of it, may be patterns and variables that mean more than one folder.
 */
export async function copiesByHand(deps: Pick<FilesDependencies, 'exists'>, files: ProjectFiles, relocation: Relocation, moved: ReadonlyMap<string, string>): Promise<readonly CopyByHand[]> {
  const { dir } = files.project;
  const found = new Map<string, CopyByHand>();
  for (const { compose } of files.loaded) {
    for (const { build } of Object.values(compose.model.services)) {
      const context = build?.context;
      // Paths that a Dockerfile copies begin at the context: one that moved as a whole took them along.
      if (build === undefined || context === undefined || context.includes('://') || build.dockerfile_inline !== undefined || moved.has(context)) continue;
      const named = resolve(context, build.dockerfile ?? 'Dockerfile');
      const file = moved.get(named) ?? named;
      const text = isWithin(dir, file) ? await files.text(file) : undefined;
      for (const { line, instruction, written, path } of text === undefined ? [] : copySources(text, build.target, build.args ?? {})) {
        const old = join(context, path);
        const now = placeAfter(old, relocation);
        if (now === undefined || (await deps.exists(old)) || !(await deps.exists(now))) continue;
        const place = isWithin(context, now) ? `: write ${shownPath(context, now).replace(/^\.\//, '')} there` : ', which is outside the build context: choose a context further up';
        found.set(`${file}:${String(line)}:${written}`, { file, line, text: `${shownPath(dir, file)} line ${String(line)} (${instruction}) copies ${written}, which is now ${shownPath(dir, now)}${place}` });
      }
    }
  }
  return [...found.values()];
}
