import { join } from 'node:path';
import type { TemplateEntry } from '@shared/domain/gitops/templates/versions';
import { numberOf, textOf } from '@shared/domain/operations/operation-input';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { OperationContext, OperationKind, RecoveryContext } from '@main/operations/types';
import { sha256Of } from '@main/platform/backup-folder';
import { folderName, keyOf } from './render-operation';
import { mustBeReadable } from './render-templates';
import { templatePlace } from './template-place';
import type { TemplateDependencies, TemplatePlace } from './template-types';
import { TemplateVersions } from './template-versions';
import { planOfFiles, putBackFiles, wantedFile, writeFiles, type WantedFile } from './written-files';

const RECORD = 'gitops-version.record';
const NO_FILE = 'none';

/** A template that gets another text. */
interface Change {
  readonly place: TemplatePlace;
  readonly path: string;
  readonly file: WantedFile;
}

/** The operations 'gitops.save-template' and 'gitops.rollback-template': a text of a template with the version it becomes, or is again. */
export function templateOperations(deps: TemplateDependencies): readonly OperationKind[] {
  const versions = new TemplateVersions(deps.store);
  return [
    changeOperation(deps, versions, {
      kind: 'gitops.save-template',
      title: (input) => `Save ${textOf(input, 'template')} in ${folderName(input)}`,
      change: 'template',
      isNew: true,
      text: (input) => Promise.resolve(textOf(input, 'text')),
      record: (folder, path, input, by) => versions.save(folder, path, textOf(input, 'text'), by),
    }),
    changeOperation(deps, versions, {
      kind: 'gitops.rollback-template',
      title: (input) => `Bring back version ${String(numberOf(input, 'version'))} of ${textOf(input, 'template')}`,
      change: 'template',
      isNew: false,
      text: (input, folder) => versions.text(folder, textOf(input, 'template'), numberOf(input, 'version')),
      record: (folder, path, input, by) => versions.rollBack(folder, path, numberOf(input, 'version'), { ...by, note: by.note === '' ? `Back to version ${String(numberOf(input, 'version'))}` : by.note }),
    }),
  ];
}

interface TemplateChange {
  readonly kind: string;
  readonly change: string;
  /** What is brought back was a version as it is. */
  readonly isNew: boolean;
  title(input: JsonObject): string;
  text(input: JsonObject, folder: string): Promise<string>;
  record(folder: string, path: string, input: JsonObject, by: { readonly author: string; readonly at: string; readonly note: string }): Promise<void>;
}

function changeOperation(deps: TemplateDependencies, versions: TemplateVersions, of: TemplateChange): OperationKind {
  const workOut = async (input: JsonObject): Promise<Change> => {
    const place = await templatePlace(deps, input);
    const path = textOf(input, 'template');
    const file = await wantedFile(deps.folder, place.dir, `${place.templates}/${path}`, await of.text(input, folderOf(place)));
    return { place, path, file };
  };
  return {
    kind: of.kind,
    needsEngine: false,
    async prepare(input) {
      const { place, path, file } = await workOut({ ...input, template: checkedPath(textOf(input, 'template')) });
      if (of.isNew) await mustBeReadable(deps, place, path, file.text);
      const mark = file.before.state.kind === 'file' ? file.before.state.sha256 : NO_FILE;
      if (typeof input['base'] === 'string' && input['base'] !== mark) throw new AppError('plan-stale', `${path} was changed on the disk since it was read.`, { hint: 'Read it again, or compare the two and save once more.', where: { file: join(folderOf(place), path) } });
      return { ...input, template: path, dir: place.dir, templates: place.templates, author: typeof input['author'] === 'string' ? input['author'] : await deps.author(), ...(place.project === null ? {} : { project: place.project.id }) };
    },
    key: keyOf,
    title: (input) => of.title(input),
    projectId: (input) => (typeof input['project'] === 'string' ? input['project'] : null),
    async plan(input) {
      const { place, path, file } = await workOut(input);
      return planOfFiles(place.dir, of.change, [file], { steps: [`Write ${path} and note its version`], risks: [] });
    },
    async run(context, input) {
      const { place, path, file } = await workOut(input);
      const lock = await deps.lock(place.dir);
      try {
        await writeFiles(deps, context, place.dir, [file]);
        await record(deps, versions, context, { of, place, path, input });
        await context.commit();
        return await resultOf(versions, context.operationId, place, path);
      } finally {
        lock.dispose();
      }
    },
    async rollback(context) {
      await forget(versions, context);
      await putBackFiles(deps, context);
    },
    async finish(context, input) {
      return resultOf(versions, context.operationId, await templatePlace(deps, input), textOf(input, 'template'));
    },
  };
}

async function record(deps: TemplateDependencies, versions: TemplateVersions, context: OperationContext, change: { readonly of: TemplateChange; readonly place: TemplatePlace; readonly path: string; readonly input: JsonObject }): Promise<void> {
  const { of, place, path, input } = change;
  const folder = folderOf(place);
  const before = await versions.history(folder, path);
  const by = { author: textOf(input, 'author'), at: deps.now(), note: typeof input['note'] === 'string' ? input['note'] : '' };
  await context.effect(RECORD, { folder, path, before: before as unknown as Json }, async () => {
    await of.record(folder, path, input, by);
    return null;
  });
}

/** The history is as it was: nobody else writes it while this operation holds its key. */
async function forget(versions: TemplateVersions, context: RecoveryContext): Promise<void> {
  for (const { seq, name, intent, undone } of context.records) {
    if (name !== RECORD || undone) continue;
    await context.effect('gitops-version.restore', { undoes: seq, path: textOf(intent, 'path') }, async () => {
      await versions.put(textOf(intent, 'folder'), textOf(intent, 'path'), intent['before'] as unknown as readonly TemplateEntry[]);
      return null;
    });
  }
}

async function resultOf(versions: TemplateVersions, operationId: string, place: TemplatePlace, path: string): Promise<JsonObject> {
  const entry = (await versions.history(folderOf(place), path)).at(-1);
  return { operationId, path, version: entry?.version ?? 0, sha256: entry?.hash ?? sha256Of(new Uint8Array()) };
}

/** Where histories are kept under. */
export function folderOf(place: TemplatePlace): string {
  return join(place.dir, place.templates);
}

/** A path in the template folder. Rejects what leads out of it or is hidden. */
export function checkedPath(path: string): string {
  const parts = path.split('/');
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0') || parts.some((part) => part === '' || part.startsWith('.'))) throw new AppError('input-invalid', `${path} is no path in the template folder.`, { hint: 'Name it from there, for example parts/labels.yaml.' });
  return path;
}
