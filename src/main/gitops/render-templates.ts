import { join } from 'node:path';
import { closest } from '@shared/contract/closest';
import { isYaml, markOf, outputPathOf, renderedTemplates, VALUE_FILES, withMark } from '@shared/domain/gitops/templates/template-files';
import type { TemplateProblem } from '@shared/domain/gitops/templates/template-problem';
import { AppError } from '@shared/kernel/app-error';
import type { Json, JsonObject } from '@shared/kernel/json';
import { sha256Of } from '@main/platform/backup-folder';
import type { TemplateFolder } from '@main/platform/templates/read-templates';
import { templatePlace, TEMPLATES } from './template-place';
import type { TemplateDependencies, TemplatePlace } from './template-types';
import { TemplateVersions } from './template-versions';
import { wantedFile, type WantedFile } from './written-files';

/** One template and what was made of it. */
export interface RenderedFile {
  readonly template: string;
  readonly version: number | null;
  readonly hash: string;
  readonly file: WantedFile;
}

/** Everything that a folder of templates makes, nothing of it written. */
export interface RenderedFolder {
  readonly place: TemplatePlace;
  readonly files: readonly RenderedFile[];
  readonly skipped: TemplateFolder['skipped'];
}

/** The templates of a place. */
export function openTemplates(deps: Pick<TemplateDependencies, 'readTemplates'>, place: TemplatePlace): Promise<TemplateFolder> {
  return deps.readTemplates(join(place.dir, place.templates));
}

/** Rejects with `not-found` for a template that the folder does not have. */
export function mustBeThere({ dir, files, skipped }: TemplateFolder, path: string): void {
  if (Object.hasOwn(files, path) || skipped.some((one) => one.path === path)) return;
  const near = closest(path, Object.keys(files));
  throw new AppError('not-found', `There is no template ${path} in ${dir}.`, { hint: near === undefined ? 'See `berth gitops templates`.' : `Did you mean ${near}?`, where: { file: dir } });
}

/** What templates are rendered with: the live state, over it the values of their folder, over those what the caller gives. */
export async function contextFor(deps: Pick<TemplateDependencies, 'live' | 'readValues'>, place: TemplatePlace, folder: TemplateFolder, given: JsonObject): Promise<JsonObject> {
  const name = VALUE_FILES.find((one) => Object.hasOwn(folder.files, one));
  const values = name === undefined ? {} : await deps.readValues(join(folder.dir, name), folder.files[name] ?? '');
  return { ...(await deps.live(place.project, place.dir)), ...values, ...given };
}

/** Renders every template of a folder. Rejects with `template-invalid`, naming the first file and line and all of them in `details`. */
export async function renderFolder(deps: TemplateDependencies, place: TemplatePlace, given: JsonObject): Promise<RenderedFolder> {
  return renderOpened(deps, place, await openTemplates(deps, place), given);
}

/** Paths relative to a folder, with the bytes they are going to have; null for what goes. */
export type ComingBytes = ReadonlyMap<string, Uint8Array | null>;

/** What the templates of a folder make once these files are changed; nothing where none of them is a template or a value of one. */
export async function renderedAfter(deps: TemplateDependencies, dir: string, coming: ComingBytes): Promise<readonly WantedFile[]> {
  const touched = [...coming].filter(([path]) => path.startsWith(`${TEMPLATES}/`));
  if (touched.length === 0) return [];
  const place = await templatePlace(deps, { dir });
  const folder = await openTemplates(deps, place);
  const files = new Map(Object.entries(folder.files));
  for (const [path, bytes] of touched) {
    const name = path.slice(TEMPLATES.length + 1);
    if (bytes === null) files.delete(name);
    else files.set(name, new TextDecoder().decode(bytes));
  }
  const rendered = await renderOpened(deps, place, { ...folder, files: Object.fromEntries(files) }, {});
  // What is changed itself stays as that makes it.
  return rendered.files.map((one) => one.file).filter((file) => file.changes && !coming.has(file.path));
}

async function renderOpened(deps: TemplateDependencies, place: TemplatePlace, folder: TemplateFolder, given: JsonObject): Promise<RenderedFolder> {
  const context = await contextFor(deps, place, folder, given);
  const versions = new TemplateVersions(deps.store);
  const problems: TemplateProblem[] = [];
  const files: RenderedFile[] = [];
  for (const template of renderedTemplates(folder.files)) {
    const rendering = await deps.renderer.render(folder.files, template, context);
    const problem = rendering.ok ? await outputProblem(deps, template, rendering.text) : rendering.problem;
    if (problem !== null) problems.push(problem);
    else if (rendering.ok) files.push(await fileOf(deps, place, { template, source: folder.files[template] ?? '', text: rendering.text }, versions));
  }
  if (problems.length > 0) throw templatesInvalid(problems, place);
  return { place, files, skipped: folder.skipped };
}

async function fileOf(deps: TemplateDependencies, place: TemplatePlace, made: { readonly template: string; readonly source: string; readonly text: string }, versions: TemplateVersions): Promise<RenderedFile> {
  const { template, source, text } = made;
  const hash = sha256Of(new TextEncoder().encode(source));
  const version = await versions.versionOf(join(place.dir, place.templates), template, hash);
  const path = outputPathOf(template);
  const file = await wantedFile(deps.folder, place.dir, place.out === '' ? path : `${place.out}/${path}`, withMark(path, text, markOf(template, version, hash)));
  return { template, version, hash, file };
}

/** What is wrong with a rendered text; null where it is YAML that Kubernetes takes as far as it is a manifest, or need not be. */
export async function outputProblem(deps: Pick<TemplateDependencies, 'yamlProblem' | 'manifestErrors'>, template: string, text: string): Promise<TemplateProblem | null> {
  const path = outputPathOf(template);
  if (!isYaml(path)) return null;
  const found = await deps.yamlProblem(path, text);
  if (found === null) return refusedManifest(deps, template, path, text);
  return { ...found, file: template, line: null, message: `What it makes is no YAML: ${found.message.replace(/\.$/, '')}${found.line === null ? '' : ` (line ${String(found.line)} of ${path})`}.` };
}

async function refusedManifest(deps: Pick<TemplateDependencies, 'manifestErrors'>, template: string, path: string, text: string): Promise<TemplateProblem | null> {
  const [first, ...more] = text.includes('apiVersion') ? await deps.manifestErrors(path, text) : [];
  if (first === undefined) return null;
  const { message, why, where } = first;
  const others = more.length === 0 ? '' : ` ${String(more.length)} more like it.`;
  return { file: template, line: null, message: `Kubernetes does not take what it makes: ${message.replace(/[.?]$/, '')} (line ${String(where?.line ?? 1)} of ${path}).${others}`, hint: why };
}

/** Rejects with `template-invalid` what can be read as no template, or as no values: with its line. Values that are missing are found when it is rendered. */
export async function mustBeReadable(deps: Pick<TemplateDependencies, 'renderer' | 'readValues'>, place: TemplatePlace, path: string, text: string): Promise<void> {
  if ((VALUE_FILES as readonly string[]).includes(path)) {
    await deps.readValues(join(place.dir, place.templates, path), text);
    return;
  }
  const problem = await deps.renderer.check(path, text);
  if (problem !== null) throw templatesInvalid([problem], place);
}

function templatesInvalid(problems: readonly TemplateProblem[], place: TemplatePlace): AppError {
  const [first] = problems;
  const file = join(place.dir, place.templates, first?.file ?? '');
  return new AppError('template-invalid', `${first?.file ?? ''}${first?.line == null ? '' : `:${String(first.line)}`}: ${first?.message ?? ''}`, {
    hint: first?.hint,
    where: { file, ...(first?.line == null ? {} : { line: first.line }) },
    details: { problems: problems as unknown as Json },
  });
}
