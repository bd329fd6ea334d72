import { AppError } from '../../kernel/app-error';
import { canonicalise } from './canonical';
import type { Environment } from './environment';
import { interpolatedRoot, type LoadContext, type Resets } from './load-context';
import { mergeAt, mergeFiles } from './merge';
import { childMap, cloneNode, isNull, isString, mapNode, textOf, type At, type ComposeNode, type MapNode } from './node';
import { composeInvalid } from './refusals';
import { applyServiceResets } from './resets';
import { expandHome, resolvePaths } from './resolve-paths';
import { enforceUnique } from './unique';

export interface ExtendsContext {
  readonly context: LoadContext;
  readonly environment: Environment;
  readonly baseDir: string;
}

interface Source {
  readonly services: MapNode;
  readonly file: string;
  readonly baseDir: string;
  readonly resets: Resets;
}

/** Replaces every service that `extends` another by the two merged, in place. Throws compose-invalid for a missing base or a circle. */
export async function applyExtends(extending: ExtendsContext, root: MapNode, file: string, resets: Resets): Promise<void> {
  const services = childMap(root, 'services');
  if (services === undefined) return;
  const source: Source = { services, file, baseDir: extending.baseDir, resets };
  for (const name of [...services.entries.keys()]) await extendService(extending, source, name, []);
}

async function extendService(extending: ExtendsContext, source: Source, name: string, trail: readonly string[]): Promise<ComposeNode | undefined> {
  const service = source.services.entries.get(name);
  if (service === undefined || service.kind !== 'map') return service;
  const reference = service.entries.get('extends');
  if (reference === undefined) return service;
  const base = textOf(isString(reference) ? reference : reference.kind === 'map' ? reference.entries.get('service') : undefined);
  if (base === undefined) throw composeInvalid(`services.${name}.extends needs the key "service".`, reference.at);
  const fileNode = reference.kind === 'map' ? reference.entries.get('file') : undefined;
  const from = isNull(fileNode) ? source : await readSource(extending, source, textOf(fileNode) ?? '', name, reference.at);
  const step = `${source.file} ${name}`;
  if (trail.includes(step)) throw composeInvalid(`services.${name} extends itself in a circle.`, reference.at);
  if (!from.services.entries.has(base)) throw composeInvalid(`services.${name} extends ${base}, which is not defined in ${from.file}.`, reference.at);
  const resolved = await extendService(extending, from, base, [...trail, step]);
  if (resolved === undefined || isNull(resolved)) return service;
  const copy = cloneNode(resolved);
  applyServiceResets(copy, name, source.resets);
  const merged = mergeAt(['services', name], copy, service);
  if (merged.kind === 'map') merged.entries.delete('extends');
  source.services.entries.set(name, merged);
  return merged;
}

/** The services of another file, with its own relative paths already absolute. */
async function readSource(extending: ExtendsContext, source: Source, reference: string, name: string, at: At): Promise<Source> {
  const { context } = extending;
  const { paths } = context.inputs;
  const expanded = expandHome(reference, paths);
  const file = paths.isAbsolute(expanded) ? expanded : paths.join(source.baseDir, expanded);
  const baseDir = paths.dirname(file);
  let tree = mapNode([], { file, line: 1, column: 1 });
  let resets: Resets = [];
  for (const document of await parseReferenced(context, file, name, at)) {
    tree = mergeFiles(tree, interpolatedRoot(document, file, extending.environment, context));
    enforceUnique(tree);
    canonicalise(tree);
    enforceUnique(tree);
    resets = document.resets;
  }
  const services = childMap(tree, 'services');
  if (services === undefined) throw composeInvalid(`services.${name} extends a service of ${file}, which has no services.`, at);
  resolvePaths(tree, baseDir, paths);
  return { services, file, baseDir, resets };
}

async function parseReferenced(context: LoadContext, file: string, name: string, at: At) {
  try {
    return await context.parse(file, at);
  } catch (error) {
    if (error instanceof AppError && error.code !== 'compose-invalid') throw composeInvalid(`services.${name} extends a file that cannot be read: ${file}.`, at);
    throw error;
  }
}
