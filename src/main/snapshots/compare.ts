import type { OutputOf } from '@shared/contract/contract';
import { parseDotenv } from '@shared/domain/compose/dotenv';
import { emptyEnvironment } from '@shared/domain/compose/environment';
import { comparableDocument, compareEnvNames, compareFacts, compareJson, type FactDifference } from '@shared/domain/snapshots/compare-facts';
import { compareTrees, pathWords, sameChunks, type SameContent } from '@shared/domain/snapshots/compare-trees';
import type { TreeEntry } from '@shared/domain/snapshots/types';
import type { Json, JsonObject } from '@shared/kernel/json';
import type { Handlers } from '@main/dispatch/types';
import type { SnapshotReader } from '@main/platform/snapshots/types';
import { nowSide, snapshotSide, type ComparedPart, type ComparedSide, type NowDependencies } from './compare-sides';
import { seeProject } from './gather-project';
import type { CreateDependencies } from './gather-types';
import type { Repositories } from './types';

/** What comparing needs from outside. */
export interface CompareDependencies extends NowDependencies, Pick<CreateDependencies, 'projects' | 'activeMode'> {
  readonly repositories: Pick<Repositories, 'find'>;
}

type Difference = OutputOf<'snapshots.compare'>['differences'][number];
type Side = { readonly side: ComparedSide; readonly same: SameContent };

/** Times of files of a project are set as a number of seconds, which is exact to less than that. */
const SET_TIME_NS = 1_000n;
/** Longest document that is compared value by value. */
const DOCUMENT_MAX_BYTES = 4 * 1024 * 1024;

/** Answers `snapshots.compare`. Nothing is held for it: what is written to meanwhile is compared as it is read. */
export function compareSnapshots(deps: CompareDependencies): Handlers['snapshots.compare'] {
  return async ({ project: reference, id, with: other, limit }, { signal }) => {
    const project = await deps.projects.resolve(reference);
    const before = await deps.repositories.find(project.id, id);
    const found = new Found(limit);
    await before.repository.reading(async (reader) => {
      const left = snapshotSide(reader, before.manifest);
      if (other === undefined) {
        const seen = await seeProject(deps, project.id);
        return compareSides(left, { side: await nowSide(deps, reader, before.manifest, seen, signal), same: sameChunks }, found);
      }
      const after = await deps.repositories.find(project.id, other);
      if (after.repository === before.repository) return compareSides(left, { side: snapshotSide(reader, after.manifest), same: sameChunks }, found);
      return after.repository.reading((second) => compareSides(left, { side: snapshotSide(second, after.manifest), same: byHash(reader, second) }, found));
    });
    return { differences: found.differences, more: found.more };
  };
}

/** Keeps as many as were asked for, and counts the others. */
class Found {
  readonly differences: Difference[] = [];
  more = 0;

  constructor(private readonly limit: number) {}

  add(part: Pick<ComparedPart, 'kind' | 'name'>, one: FactDifference): void {
    if (this.differences.length < this.limit) this.differences.push({ part: { kind: part.kind, name: part.name }, change: one.change, path: one.path, what: [...one.what], before: one.before, after: one.after });
    else this.more += 1;
  }
}

/** Two repositories name a chunk by other ids: what their chunks hold is compared. */
function byHash(before: SnapshotReader, after: SnapshotReader): SameContent {
  return async (left, right) => {
    if (left.chunks.length !== right.chunks.length) return false;
    for (const [index, id] of left.chunks.entries()) if ((await before.coded(id)).hash !== (await after.coded(right.chunks[index] ?? '')).hash) return false;
    return true;
  };
}

async function compareSides(before: ComparedSide, { side: after, same }: Side, found: Found): Promise<void> {
  const keyOf = ({ kind, name }: ComparedPart): string => `${kind} ${name}`;
  const others = new Map(after.parts.map((part) => [keyOf(part), part]));
  for (const part of before.parts) {
    const other = others.get(keyOf(part));
    others.delete(keyOf(part));
    if (other === undefined) found.add(part, { change: 'removed', path: '', what: ['part'], before: part.name, after: null });
    else await compareParts(part, other, same, found);
  }
  for (const part of others.values()) found.add(part, { change: 'added', path: '', what: ['part'], before: null, after: part.name });
}

async function compareParts(before: ComparedPart, after: ComparedPart, same: SameContent, found: Found): Promise<void> {
  for (const one of compareFacts(before.kind, before.facts, after.facts)) found.add(before, one);
  if (before.sha256 !== null && before.sha256 === after.sha256 && same === sameChunks) return;
  const documents = before.secret || before.kind === 'settings';
  const changed: string[] = [];
  const toleranceNs = before.kind === 'files' ? SET_TIME_NS : 0n;
  for await (const one of compareTrees(before.entries(), after.entries(), same, toleranceNs)) {
    // The time of a folder of the project changes with every file beside those that are kept.
    if (before.kind === 'files' && one.what.length === 1 && one.what[0] === 'time' && one.path === '') continue;
    if (documents && one.change === 'changed' && one.what.includes('content')) changed.push(one.path);
    else found.add(before, one);
  }
  if (changed.length > 0) await compareContents(before, after, new Set(changed), found);
}

/** What changed in files whose values are not to be shown, or are better told one by one. */
async function compareContents(before: ComparedPart, after: ComparedPart, paths: ReadonlySet<string>, found: Found): Promise<void> {
  const [left, right] = [await contentsOf(before, paths), await contentsOf(after, paths)];
  for (const path of paths) {
    const [was, is] = [left.get(path), right.get(path)];
    const differences = was === undefined || is === undefined ? null : before.kind === 'files' ? compareEnv(was, is) : compareDocuments(was, is, before.secret);
    if (differences === null || (differences.length === 0 && before.kind === 'files')) found.add(before, { change: 'changed', path, what: ['content'], before: null, after: null });
    for (const one of differences ?? []) found.add(before, { ...one, path });
  }
}

async function contentsOf(part: ComparedPart, paths: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>();
  for await (const entry of part.entries()) {
    if (entry.type === 'file' && paths.has(pathWords(entry.path)) && entry.size <= DOCUMENT_MAX_BYTES) contents.set(pathWords(entry.path), await textOf(part, entry));
  }
  return contents;
}

async function textOf(part: ComparedPart, entry: TreeEntry & { readonly type: 'file' }): Promise<string> {
  return new TextDecoder().decode(await part.content(entry));
}

/** Null where it cannot be read as an env file: then only that it changed is said. */
function compareEnv(before: string, after: string): readonly FactDifference[] | null {
  const read = (text: string): ReadonlyMap<string, string> => {
    const values = emptyEnvironment();
    // A reference stands for itself: what it would lead to is no part of the file.
    parseDotenv(text, values, (name) => `\${${name}}`);
    return new Map(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
  };
  try {
    return compareEnvNames(read(before), read(after));
  } catch {
    return null;
  }
}

/** The environment of a container by the names of its variables, so that it can be said which one is another. */
function byVariable(document: Json): Json {
  if (typeof document !== 'object' || document === null || !('Env' in document) || !Array.isArray(document['Env'])) return document;
  const variables = (document['Env'] as readonly Json[]).map((one): readonly [string, string] => {
    const [name, ...value] = String(one).split('=');
    return [name ?? '', value.join('=')];
  });
  return { ...(document as JsonObject), Env: Object.fromEntries(variables) };
}

function compareDocuments(before: string, after: string, masked: boolean): readonly FactDifference[] | null {
  try {
    return compareJson(comparableDocument(byVariable(JSON.parse(before) as Json)), comparableDocument(byVariable(JSON.parse(after) as Json)), masked);
  } catch {
    return null;
  }
}
