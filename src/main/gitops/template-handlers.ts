import type { OutputOf } from '@shared/contract/contract';
import { outputPathOf, renderedTemplates, VALUE_FILES } from '@shared/domain/gitops/templates/template-files';
import { versionOf } from '@shared/domain/gitops/templates/versions';
import type { JsonObject } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import { sha256Of } from '@main/platform/backup-folder';
import type { DynamicConfigs } from './dynamic-configs';
import { contextFor, mustBeThere, openTemplates, outputProblem } from './render-templates';
import { checkedPath, folderOf } from './template-operations';
import { templatePlace } from './template-place';
import type { TemplateDependencies } from './template-types';
import { TemplateVersions } from './template-versions';

type Bound = 'gitops.templates' | 'gitops.preview' | 'gitops.template-versions' | 'gitops.template-version' | 'gitops.dynamic';

/** Binds what is asked about templates; what writes is an operation. */
export function templateHandlers(deps: TemplateDependencies, dynamic: DynamicConfigs): Pick<Handlers, Bound> {
  const versions = new TemplateVersions(deps.store);
  return {
    'gitops.templates': async (input) => {
      const place = await templatePlace(deps, input as JsonObject);
      const folder = await openTemplates(deps, place);
      const rendered = new Set(renderedTemplates(folder.files));
      const templates = await Promise.all(
        Object.entries(folder.files).map(async ([path, text]): Promise<OutputOf<'gitops.templates'>['templates'][number]> => {
          const hash = sha256Of(new TextEncoder().encode(text));
          const history = await versions.history(folderOf(place), path);
          const role = (VALUE_FILES as readonly string[]).includes(path) ? 'values' : rendered.has(path) ? 'template' : 'part';
          return { path, role, output: role === 'template' ? [place.out, outputPathOf(path)].filter((part) => part !== '').join('/') : null, sha256: hash, sizeBytes: Buffer.byteLength(text), version: versionOf(history, hash), entries: history.length };
        }),
      );
      return { dir: place.dir, folder: place.templates, out: place.out, projectId: place.project?.id ?? null, dynamic: place.project !== null && (await dynamic.isOn(place.project.id)), templates, skipped: folder.skipped.map((one) => ({ ...one })) };
    },
    'gitops.preview': async (input) => {
      const place = await templatePlace(deps, input as JsonObject);
      const folder = await openTemplates(deps, place);
      const path = checkedPath(input.template);
      if (input.text === undefined) mustBeThere(folder, path);
      const context = await contextFor(deps, place, folder, (input.context ?? {}) as JsonObject);
      const files = input.text === undefined ? folder.files : { ...folder.files, [path]: input.text };
      const rendering = await deps.renderer.render(files, path, context);
      const problem = rendering.ok ? await outputProblem(deps, path, rendering.text) : rendering.problem;
      return { text: rendering.ok ? rendering.text : null, problems: problem === null ? [] : [{ ...problem }], context: context as { [key: string]: unknown }, source: files[path] ?? null };
    },
    'gitops.template-versions': async (input) => {
      const place = await templatePlace(deps, input as JsonObject);
      const path = checkedPath(input.template);
      const history = await versions.history(folderOf(place), path);
      // Without a version it has to be there at least.
      if (history.length === 0) mustBeThere(await openTemplates(deps, place), path);
      return history.map((entry) => ({ ...entry }));
    },
    'gitops.template-version': async (input) => {
      const place = await templatePlace(deps, input as JsonObject);
      return { text: await versions.text(folderOf(place), checkedPath(input.template), input.version) };
    },
    'gitops.dynamic': (input) => dynamic.set(input.project, input.enabled),
  };
}
