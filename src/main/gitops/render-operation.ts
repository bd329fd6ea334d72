import { textOf } from '@shared/domain/operations/operation-input';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationKind } from '@main/operations/types';
import { renderFolder, type RenderedFolder } from './render-templates';
import { templatePlace } from './template-place';
import type { TemplateDependencies } from './template-types';
import { planOfFiles, putBackFiles, writeFiles } from './written-files';

const APPLIED_NOTE = 'gitops.rendered';

/** The operation 'gitops.render': the templates of a folder are rendered, and what they make is written where it differs. */
export function renderOperation(deps: TemplateDependencies): OperationKind {
  const render = async (input: JsonObject): Promise<RenderedFolder> => renderFolder(deps, await templatePlace(deps, input), (input['context'] ?? {}) as JsonObject);
  return {
    kind: 'gitops.render',
    needsEngine: false,
    async prepare(input) {
      const { place } = await render(input);
      return { dir: place.dir, templates: place.templates, out: place.out, ...(place.project === null ? {} : { project: place.project.id }), ...(input['context'] === undefined ? {} : { context: input['context'] }) };
    },
    key: keyOf,
    title: (input) => `Render templates in ${folderName(input)}`,
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    async plan(input) {
      const { place, files } = await render(input);
      return planOfFiles(place.dir, 'render', files.map((one) => one.file), { steps: ['Render every template and read what it makes', 'Write the files that differ'], risks: ['What was changed by hand in rendered files is overwritten; the backup has it.'] });
    },
    async run(context, input) {
      const rendered = await render(input);
      const lock = await deps.lock(rendered.place.dir);
      try {
        await writeFiles(deps, context, rendered.place.dir, rendered.files.map((one) => one.file));
        const result = resultOf(context.operationId, rendered);
        await context.note(APPLIED_NOTE, result);
        await context.commit();
        return result;
      } finally {
        lock.dispose();
      }
    },
    rollback: (context) => putBackFiles(deps, context),
    finish: (context) => Promise.resolve((context.records.find((one) => one.name === APPLIED_NOTE)?.intent ?? null) as Json),
  };
}

/** One folder is written by one operation at a time; in a project it is one of its operations. */
export function keyOf(input: JsonObject): string {
  return typeof input['project'] === 'string' ? `project:${input['project']}` : `gitops:${textOf(input, 'dir')}`;
}

/** The last part of the folder's path. */
export function folderName(input: JsonObject): string {
  return textOf(input, 'dir').split(/[\\/]/).filter((part) => part !== '').at(-1) ?? textOf(input, 'dir');
}

function resultOf(operationId: string, { place, files, skipped }: RenderedFolder): JsonObject {
  return {
    operationId,
    dir: place.dir,
    out: place.out,
    files: files.map(({ template, version, hash, file }) => ({ template, path: file.path, version, templateHash: hash, changed: file.changes })),
    written: files.filter((one) => one.file.changes).length,
    unchanged: files.filter((one) => !one.file.changes).length,
    skipped: skipped.map((one) => ({ ...one })),
  };
}
