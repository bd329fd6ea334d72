import { AppError } from '../../kernel/app-error';
import { readEnvFiles } from './env-files';
import { emptyEnvironment, type Environment } from './environment';
import type { FileGroup, LoadContext, Resets } from './load-context';
import { mergeAt } from './merge';
import { isNull, isString, mapNode, textOf, type At, type ComposeNode, type MapNode } from './node';
import { composeInvalid } from './refusals';
import { applyResets } from './resets';

const SECTIONS = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models'] as const;

/** Loads what a file includes, each with its own folder and .env, and merges it below the file's own definitions. In place. */
export async function applyIncludes(context: LoadContext, root: MapNode, group: FileGroup, resets: Resets, loadGroup: (context: LoadContext, group: FileGroup) => Promise<MapNode>): Promise<void> {
  const include = root.entries.get('include');
  root.entries.delete('include');
  if (include === undefined || isNull(include)) return;
  if (include.kind !== 'list') throw composeInvalid('include must be a list.', include.at);
  for (const item of include.items) {
    if (isNull(item)) continue;
    const included = await loadGroup(context, await groupOf(context, item, group));
    for (const section of SECTIONS) importSection(root, included, section, resets);
  }
}

function importSection(root: MapNode, included: MapNode, section: string, resets: Resets): void {
  const from = included.entries.get(section);
  if (from === undefined || from.kind !== 'map') return;
  const own = root.entries.get(section);
  const target = own !== undefined && own.kind === 'map' ? own : mapNode([], from.at);
  for (const [name, node] of from.entries) {
    const conflict = target.entries.get(name);
    if (conflict === undefined) {
      target.entries.set(name, node);
      continue;
    }
    const holder = mapNode([[section, mapNode([[name, node]], node.at)]], node.at);
    applyResets(holder, resets);
    const remaining = (holder.entries.get(section) as MapNode).entries.get(name);
    target.entries.set(name, remaining === undefined ? conflict : mergeAt([section, name], remaining, conflict));
  }
  root.entries.set(section, target);
}

async function groupOf(context: LoadContext, item: ComposeNode, group: FileGroup): Promise<FileGroup> {
  const { paths } = context.inputs;
  const listed = textsOf(isString(item) ? item : item.kind === 'map' ? item.entries.get('path') : undefined, item.at);
  const first = listed[0];
  if (first === undefined) throw composeInvalid('An include needs a path.', item.at);
  if (/^(?:oci|https?|git|ssh):\/\/|^git@|^github\.com\//.test(first)) throw composeInvalid(`Berth does not load compose files from the network: ${first}.`, item.at);
  const below = (path: string): string => (paths.isAbsolute(path) ? path : paths.join(group.baseDir, path));
  const files = listed.map(below);
  const main = files[0] ?? '';
  if (group.includedFrom.includes(main)) throw composeInvalid(`The files include each other in a circle: ${[...group.includedFrom, main].join(' → ')}.`, item.at);
  const directory = item.kind === 'map' ? textOf(item.entries.get('project_directory')) : undefined;
  const baseDir = directory === undefined || directory === '' ? paths.dirname(main) : below(directory);
  const environment = await includeEnvironment(context, item, group, baseDir, below);
  for (const file of files) await assertReadable(context, file, item.at);
  return { files, baseDir, environment, includedFrom: group.includedFrom };
}

async function includeEnvironment(context: LoadContext, item: ComposeNode, group: FileGroup, baseDir: string, below: (path: string) => string): Promise<Environment> {
  const named = textsOf(item.kind === 'map' ? item.entries.get('env_file') : undefined, item.at).filter((file) => file !== '/dev/null');
  const explicit = item.kind === 'map' && item.entries.has('env_file');
  const values = await readEnvFiles(context, explicit ? named.map(below) : [context.inputs.paths.join(baseDir, '.env')], group.environment, explicit);
  return Object.assign(emptyEnvironment(), values, group.environment);
}

async function assertReadable(context: LoadContext, file: string, at: At): Promise<void> {
  try {
    await context.parse(file, at);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'compose-invalid') throw composeInvalid(`The included file cannot be read: ${file}.`, at);
    throw error;
  }
}

function textsOf(node: ComposeNode | undefined, at: At): string[] {
  if (node === undefined || isNull(node)) return [];
  const items = node.kind === 'list' ? node.items : [node];
  return items.map((item) => {
    if (!isString(item)) throw composeInvalid('A path must be a text.', at);
    return item.text;
  });
}
