import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError } from '@shared/kernel/app-error';
import { collect, groupsOfTree, membersName, toCompare, type Comparison, type FactFile } from '@shared/domain/gitops/scan/collect';
import type { Placed } from '@shared/domain/gitops/scan/group-documents';
import type { ApplyRoot, DuplicateGroup, ManifestValue, ScannedFile } from '@shared/domain/gitops/types';
import { CacheFile, emptyMemory, type FolderMemory, type KnownFile, type Unsaved } from './cache-file';
import { ContentReader } from './content-lines';
import { ContentParser, type TreeDefinitions } from './content-parser';
import { inlinePool, threadPool, type ContentAnswers, type ContentPool } from './content-pool';
import { contentKey, ContentWork, NOTHING, ReadingMark, UNREADABLE } from './content-work';
import { listEdit } from './list-edit';
import type { CompareJob, DocumentPlace, ParsedContent, ReadFileAnswer, ScannerProgress, ScannerRequest, ScannerResult, SkippedEntry } from './protocol';
import { MARK_BYTES, MARK_PATHS_MAX } from './reading-mark';
import { walkManifests, withFile, type WalkedFile } from './walk';

/** Below this a second thread costs more than it brings; threads that are up cost nothing more. */
const THREADS_FROM = { files: 2_000, bytes: 4 * 1024 * 1024 } as const;
const THREADS_AGAIN_FROM_FILES = 200;
const THREADS_MAX = 4;
/** Threads with nothing to do for so long are ended. */
const THREADS_IDLE_MS = 60_000;
/** After so many files at once threads hold more than their start costs. */
const THREADS_ENDED_FROM_FILES = 20_000;
/** How much goes to one thread at a time. */
const BATCH_BYTES = 128 * 1024;
const LARGE_BYTES = 512 * 1024;
/** Other messages are looked at so often. */
const TURN_MS = 40;
const PROGRESS_MS = 200;
const FILES_AT_ONCE = 400;
/** Members of a group that are compared with its first at a time. */
const MEMBERS_AT_ONCE = 48;

/** Where the answers of a scan go. */
export interface ScanSink {
  progress(progress: ScannerProgress): void;
  /** Resolves once they are on their way. */
  files(files: readonly ScannedFile[]): Promise<void>;
}

/** What is applied together and what in it is the same, as it was told last. */
interface Outcome {
  readonly applyRoots: readonly ApplyRoot[];
  readonly groups: readonly DuplicateGroup[];
  /** Files that are taken in by another one, each with that one. */
  readonly patchedBy: ReadonlyMap<string, string>;
  readonly takenBy: ReadonlyMap<string, string>;
}

/** What the other side has. */
interface Sent {
  readonly files: ReadonlyMap<string, KnownFile>;
  readonly outcome: Outcome;
}

interface Kept {
  readonly memory: FolderMemory;
  readonly cache: CacheFile;
  readonly unsaved: Unsaved;
  /** The same object for the same file, so that what was made of it is found again. */
  readonly facts: WeakMap<KnownFile, FactFile>;
  generation: number;
  sent: Sent | undefined;
  outcome: Outcome | undefined;
  /** Files changed since the outcome, also where a scan was cancelled. */
  isStale: boolean;
  differences: ReadonlyMap<string, readonly string[]>;
  readonly withDifferences: WeakMap<DuplicateGroup, DuplicateGroup>;
}

/** A scan that ended well. `save` keeps what is known, in steps; stopped between them it keeps nothing. */
export interface EndedScan {
  readonly result: ScannerResult;
  save(): Generator<undefined, void>;
}

/** Scans of folders, one at a time; lives in the scanner process. */
export class ScanCore {
  private readonly kept = new Map<string, Kept>();
  private parser: { readonly file: string; readonly parser: ContentParser } | undefined;
  private readonly threads: KeptThreads;

  /** `onDied`: a thread is gone, and with it this process must go. */
  constructor(onDied: () => void) {
    this.threads = new KeptThreads(onDied);
  }

  async scan(request: ScannerRequest, signal: { readonly aborted: boolean }, sink: ScanSink): Promise<EndedScan> {
    const run = new ScanRun(request, signal, sink, this.memoryOf(request), this.parserOf(request.schemaFile), this.threads);
    try {
      const ended = await run.run();
      if (ended.result.filesRead < THREADS_ENDED_FROM_FILES) this.threads.rest();
      else await this.threads.close();
      return ended;
    } catch (error) {
      // Whatever they are at is not wanted any more.
      await this.threads.close();
      throw error;
    } finally {
      run.close();
    }
  }

  private memoryOf({ dir, fresh, cacheFile }: ScannerRequest): Kept {
    const known = this.kept.get(dir);
    if (known !== undefined && !fresh) return known;
    const cache = known?.cache ?? new CacheFile(cacheFile, dir);
    const made: Kept = {
      memory: fresh ? emptyMemory() : cache.load(),
      cache,
      unsaved: { isAll: false, files: new Set(), contents: new Set() },
      facts: new WeakMap(),
      generation: 0,
      sent: undefined,
      outcome: undefined,
      isStale: false,
      differences: new Map(),
      withDifferences: new WeakMap(),
    };
    // Where nothing is known everything is to be written, and need not be noted one by one.
    made.unsaved.isAll = made.memory.files.size === 0;
    this.kept.set(dir, made);
    return made;
  }

  private parserOf(file: string): ContentParser {
    if (this.parser?.file !== file) this.parser = { file, parser: new ContentParser(file) };
    return this.parser.parser;
  }
}

/** The threads, which stay for a while: the next scan does not wait for them to come up. */
class KeptThreads {
  private pool: { readonly name: string; readonly pool: ContentPool } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onDied: () => void) {}

  get areUp(): boolean {
    return this.pool !== undefined;
  }

  async open(count: number, schemaFile: string, readingFile: string): Promise<ContentPool> {
    clearTimeout(this.timer);
    const name = [String(count), schemaFile, readingFile].join('\n');
    if (this.pool?.name === name) return this.pool.pool;
    await this.close();
    const pool = threadPool(count, { schemaFile, readingFile }, this.onDied);
    this.pool = { name, pool };
    return pool;
  }

  rest(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.close(), THREADS_IDLE_MS).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    const { pool } = this;
    this.pool = undefined;
    await pool?.pool.close();
  }
}

/** A file that has to be read. */
interface Pending extends Pick<WalkedFile, 'path' | 'mode' | 'sizeBytes'> {
  readonly stamp: string;
}

class ScanRun {
  private readonly mark: ReadingMark;
  private readonly inline: ContentPool;
  private pool: ContentPool;
  private readonly reader = new ContentReader();
  private readonly skipped: SkippedEntry[] = [];
  private pending: Pending[] = [];
  private readonly running = new Set<Promise<void>>();
  private filesSeen = 0;
  private filesRead = 0;
  private turnAt = performance.now();
  private toldAt = 0;
  private readonly phases: { [phase: string]: number } = {};
  private phaseAt = performance.now();

  constructor(
    private readonly request: ScannerRequest,
    private readonly signal: { readonly aborted: boolean },
    private readonly sink: ScanSink,
    private readonly kept: Kept,
    parser: ContentParser,
    private readonly threads: KeptThreads,
  ) {
    this.mark = new ReadingMark(request.readingFile, 0);
    this.inline = inlinePool(parser, new ContentWork(parser, this.mark));
    this.pool = this.inline;
  }

  async run(): Promise<EndedScan> {
    const { request, kept } = this;
    this.inline.begin(this.definitions(), kept.memory.contents);
    for (const path of request.suspects) await this.suspect(path);
    if (request.paths === null) await this.walk();
    else this.look(request.paths);
    this.phase('walk');
    await this.openThreads();
    await this.read();
    this.phase('read');
    await this.redefine();
    if (kept.isStale || kept.outcome === undefined) {
      kept.outcome = await this.compared();
      kept.isStale = false;
    }
    const result = await this.send(kept.outcome);
    this.phase('send');
    return { result: { ...result, phases: this.phases, peakBytes: process.resourceUsage().maxRSS * 1024 }, save: () => save(kept, request.besideFile) };
  }

  close(): void {
    this.mark.close();
  }

  private phase(name: string): void {
    const now = performance.now();
    this.phases[name] = Math.round(now - this.phaseAt);
    this.phaseAt = now;
  }

  private async walk(): Promise<void> {
    const seen = new Set<string>();
    const expected = this.kept.memory.files.size;
    for (const file of walkManifests(this.request.dir, (skipped) => void this.skipped.push(skipped))) {
      seen.add(file.path);
      this.file(file);
      await this.turn(expected === 0 ? null : expected, 'walking');
    }
    for (const path of this.kept.memory.files.keys()) if (!seen.has(path)) this.gone(path);
  }

  private look(paths: readonly string[]): void {
    for (const path of paths) {
      const found = withFile(this.request.dir, path, (file) => this.file(file), (skipped) => void this.skipped.push(skipped));
      if (found === null) this.gone(path);
    }
  }

  /** One file that may be the one a process died of. */
  private async suspect(path: string): Promise<void> {
    withFile(this.request.dir, path, (file) => this.file(file));
    await this.read();
  }

  private gone(path: string): void {
    if (!this.kept.memory.files.delete(path)) return;
    this.unsaved('files', path);
    this.kept.isStale = true;
  }

  private unsaved(what: 'files' | 'contents', name: string): void {
    if (!this.kept.unsaved.isAll) this.kept.unsaved[what].add(name);
  }

  private file(file: WalkedFile): true {
    this.filesSeen += 1;
    const { path, mode, sizeBytes } = file;
    const { memory } = this.kept;
    const stamp = `${String(file.mtimeNs)} ${String(file.ctimeNs)} ${String(file.ino)}`;
    const known = memory.files.get(path);
    if (known?.stamp === stamp && known.sizeBytes === sizeBytes && known.mode === mode && memory.contents.has(known.key)) return true;
    if (this.request.refused.includes(path)) this.refuse(file, stamp);
    else this.pending.push({ path, mode, sizeBytes, stamp });
    return true;
  }

  /** Nothing but its hash is taken from a file that a process died of. */
  private refuse(file: WalkedFile, stamp: string): void {
    let bytes: Buffer | null;
    try {
      bytes = file.read();
    } catch {
      this.skipped.push({ path: file.path, reason: UNREADABLE });
      return;
    }
    if (bytes === null) return;
    const contentHash = hash('sha256', bytes, 'hex');
    const message = 'The file cannot be read: a reader of its own takes too long or too much memory over it.';
    this.take({ path: file.path, mode: file.mode, sizeBytes: file.sizeBytes, stamp }, contentHash, bytes.length, { ...NOTHING, kind: 'unparseable', reason: message, problem: { message, line: 1, column: 1 } });
  }

  private take({ path, mode, stamp }: Pending, contentHash: string, sizeBytes: number, content: ParsedContent | null): void {
    const { memory } = this.kept;
    const key = contentKey(contentHash, path);
    this.filesRead += 1;
    this.kept.isStale = true;
    memory.files.set(path, { path, sizeBytes, mode, stamp, contentHash, key });
    this.unsaved('files', path);
    if (content === null) return;
    memory.contents.set(key, content);
    this.unsaved('contents', key);
  }

  private async openThreads(): Promise<void> {
    const { threads: wanted, schemaFile, readingFile } = this.request;
    const { length } = this.pending;
    const bytes = this.pending.reduce((sum, one) => sum + one.sizeBytes, 0);
    const pays = length >= THREADS_FROM.files || bytes >= THREADS_FROM.bytes || (this.threads.areUp && length >= THREADS_AGAIN_FROM_FILES);
    if (length === 0 || (wanted === 0 && (!pays || availableParallelism() < 2))) return;
    this.pool = await this.threads.open(wanted > 0 ? wanted : Math.min(THREADS_MAX, availableParallelism()), schemaFile, readingFile);
    this.pool.begin(this.definitions(), this.kept.memory.contents);
  }

  /** Reads what is pending; large files first, so that no thread is left alone with one at the end. */
  private async read(): Promise<void> {
    const files = this.pending.sort((a, b) => Number(b.sizeBytes >= LARGE_BYTES) - Number(a.sizeBytes >= LARGE_BYTES));
    this.pending = [];
    for (const batch of batches(files, ({ path, sizeBytes }) => ({ bytes: sizeBytes, paths: [path] }))) {
      await this.start({ root: this.request.dir, paths: batch.map(({ path }) => path) }, ({ files: answers }) => {
        for (const [at, answer] of (answers ?? []).entries()) {
          const file = batch[at];
          if (file !== undefined) this.answered(file, answer);
        }
      });
      await this.turn(null, 'reading');
    }
    await this.settle('reading');
  }

  private answered(file: Pending, answer: ReadFileAnswer): void {
    // One that is gone since the walk, or may not be read, is as one that is not there.
    if (answer === null || typeof answer === 'string') {
      this.gone(file.path);
      if (answer !== null) this.skipped.push({ path: file.path, reason: answer });
      return;
    }
    const [contentHash, sizeBytes, content] = answer;
    this.take(file, contentHash, sizeBytes, content === null ? null : this.reader.content(content));
  }

  private async start(call: Parameters<ContentPool['run']>[0], onAnswers: (answers: ContentAnswers) => void): Promise<void> {
    await this.pool.free();
    const running = this.pool.run(call).then(onAnswers);
    this.running.add(running);
    void running.finally(() => this.running.delete(running)).catch(() => undefined);
  }

  private async settle(phase: ScannerProgress['phase']): Promise<void> {
    while (this.running.size > 0) {
      await Promise.race(this.running);
      await this.turn(null, phase);
    }
  }

  /** Lets messages in, tells how far it is, and ends where that is wanted. */
  private async turn(of: number | null, phase: ScannerProgress['phase']): Promise<void> {
    const now = performance.now();
    if (now - this.turnAt < TURN_MS) return;
    if (now - this.toldAt >= PROGRESS_MS) {
      this.toldAt = now;
      this.sink.progress({ files: this.filesSeen, of, phase });
    }
    await nextTurn();
    this.turnAt = performance.now();
    if (this.signal.aborted) throw new AppError('cancelled', 'The scan was cancelled.');
  }

  private definitions(): TreeDefinitions {
    const defining: (readonly [string, readonly ManifestValue[]])[] = [];
    for (const [key, { definitions }] of this.kept.memory.contents) if (definitions.length > 0) defining.push([key, definitions]);
    defining.sort(([a], [b]) => (a < b ? -1 : 1));
    return { name: defining.length === 0 ? '' : hash('sha256', defining.map(([key]) => key).join('\n')), values: defining.flatMap(([, values]) => values) };
  }

  /** Kinds that the tree defines are known only once everything was read: what is of these kinds is read again. */
  private async redefine(): Promise<void> {
    if (!this.kept.isStale) return;
    const { memory } = this.kept;
    const used = new Map<string, KnownFile>();
    for (const one of memory.files.values()) used.set(one.key, one);
    for (const key of memory.contents.keys()) if (!used.has(key)) memory.contents.delete(key);
    const definitions = this.definitions();
    if (definitions.name === memory.definitions) return;
    memory.definitions = definitions.name;
    this.pool.begin(definitions, new Map());
    for (const [key, { documents }] of memory.contents) {
      const file = used.get(key);
      if (file === undefined || !documents.some(({ id }) => id !== null && id.group.includes('.') && !id.group.endsWith('.k8s.io'))) continue;
      this.pending.push(file);
      this.unsaved('contents', key);
    }
    const read = this.filesRead;
    await this.read();
    this.filesRead = read;
  }

  private async compared(): Promise<Outcome> {
    const files = this.factFiles();
    const collected = collect(files);
    this.phase('collect');
    await this.compare(toCompare(collected));
    this.phase('compare');
    const { graph } = collected;
    const groups = groupsOfTree(collected).map((group) => this.withDifferences(group));
    this.phase('groups');
    return { applyRoots: knownRoots(this.kept.outcome?.applyRoots ?? [], collected.applyRoots), groups, patchedBy: graph.patches, takenBy: graph.data };
  }

  private factFiles(): readonly FactFile[] {
    const { memory, facts } = this.kept;
    const found: FactFile[] = [];
    for (const known of memory.files.values()) {
      const content = memory.contents.get(known.key);
      if (content === undefined || isLeftOut(known, content)) continue;
      let file = facts.get(known);
      if (file?.documents !== content.documents) {
        file = { path: known.path, contentHash: known.contentHash, kind: content.kind, documents: content.documents, facts: content.facts, services: content.services };
        facts.set(known, file);
      }
      found.push(file);
    }
    return found;
  }

  /** The other layers of what may be the same, and where those differ that are not. */
  private async compare(comparisons: readonly Comparison[]): Promise<void> {
    const { kept } = this;
    const differences = new Map<string, readonly string[]>();
    const tasks = [...this.layerTasks(comparisons)];
    for (const { together, differing } of comparisons) {
      for (const members of differing) {
        const name = membersName(together.identity, members);
        const known = kept.differences.get(name);
        differences.set(name, known ?? []);
        const onFound = (found: readonly string[]): void => void differences.set(name, [...new Set([...(differences.get(name) ?? []), ...found])].sort());
        const service = together.identity !== null && 'service' in together.identity ? together.identity.service : null;
        if (known === undefined) tasks.push(...differingTasks(service, members, (path) => this.bytesOf(path), onFound));
      }
    }
    tasks.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    for (const batch of batches(tasks, ({ bytes, job }) => ({ bytes, paths: pathsOf(job) }))) {
      const job: CompareJob = { layers: batch.flatMap((one) => one.job.layers), differing: batch.flatMap((one) => one.job.differing) };
      await this.start({ root: this.request.dir, job }, ({ compared }) => {
        const [layers, differing] = [(compared?.layers ?? []).values(), (compared?.differing ?? []).values()];
        for (const one of batch) one.onAnswer({ layers: one.job.layers.map(() => layers.next().value ?? null), differing: one.job.differing.map(() => differing.next().value ?? []) });
      });
      await this.turn(null, 'comparing');
    }
    await this.settle('comparing');
    kept.differences = differences;
  }

  /** Copies of a content have their hashes in common. */
  private *layerTasks(comparisons: readonly Comparison[]): Generator<CompareTask> {
    const asked = new Set<Placed['hashes']>();
    for (const { fine, coarse } of comparisons) {
      const [fineToo, coarseToo] = [new Set(fine), new Set(coarse)];
      for (const one of new Set([...fine, ...coarse])) {
        if (asked.has(one.hashes)) continue;
        asked.add(one.hashes);
        const layers = [{ place: placeOf(one), fine: fineToo.has(one), coarse: coarseToo.has(one) }];
        yield { path: one.path, bytes: this.bytesOf(one.path), job: { layers, differing: [] }, onAnswer: (answer) => this.layered(one, answer.layers[0] ?? null) };
      }
    }
  }

  private bytesOf(path: string): number {
    return this.kept.memory.files.get(path)?.sizeBytes ?? 0;
  }

  /** In place: what was collected refers to these very hashes. */
  private layered({ path, hashes }: Placed, layers: Partial<Placed['hashes']> | null): void {
    if (layers === null) return;
    Object.assign(hashes, layers);
    const key = this.kept.memory.files.get(path)?.key;
    if (key !== undefined) this.unsaved('contents', key);
  }

  private withDifferences(group: DuplicateGroup): DuplicateGroup {
    if (group.layer !== null || group.certainty === 'info') return group;
    const { differences, withDifferences } = this.kept;
    const found = differences.get(membersName(group.identity, group.members)) ?? [];
    const before = withDifferences.get(group);
    if (before?.differences.join('\n') === found.join('\n')) return before;
    const made = { ...group, differences: found };
    withDifferences.set(group, made);
    return made;
  }

  private async send(outcome: Outcome): Promise<Omit<ScannerResult, 'phases' | 'peakBytes'>> {
    const { kept, request } = this;
    const { memory } = kept;
    const isWhole = kept.sent === undefined || request.generation !== kept.generation;
    const before = isWhole || kept.sent === undefined ? NOTHING_SENT : kept.sent;
    const files = new Map<string, KnownFile>();
    let chunk: ScannedFile[] = [];
    let documents = 0;
    for (const known of memory.files.values()) {
      const content = memory.contents.get(known.key);
      if (content === undefined || isLeftOut(known, content)) continue;
      const { path } = known;
      documents += content.documents.length;
      files.set(path, known);
      const [patchedBy, takenBy] = [outcome.patchedBy.get(path), outcome.takenBy.get(path)];
      if (before.files.get(path) === known && before.outcome.patchedBy.get(path) === patchedBy && before.outcome.takenBy.get(path) === takenBy) continue;
      chunk.push(shownFile(known, content, patchedBy, takenBy));
      if (chunk.length < FILES_AT_ONCE) continue;
      await this.sink.files(chunk);
      chunk = [];
    }
    if (chunk.length > 0) await this.sink.files(chunk);
    kept.sent = { files, outcome };
    kept.generation += 1;
    return {
      generation: kept.generation,
      isWhole,
      removed: [...before.files.keys()].filter((path) => !files.has(path)),
      applyRoots: listEdit(before.outcome.applyRoots, outcome.applyRoots),
      groups: listEdit(before.outcome.groups, outcome.groups),
      skipped: this.skipped,
      filesRead: this.filesRead,
      documents,
      threads: this.pool.threads,
    };
  }
}

const NOTHING_SENT: Sent = { files: new Map(), outcome: { applyRoots: [], groups: [], patchedBy: new Map(), takenBy: new Map() } };

/** JSON that is no manifest is somebody else's. */
function isLeftOut(known: KnownFile, content: ParsedContent): boolean {
  return known.path.endsWith('.json') && content.kind !== 'manifests' && content.kind !== 'kustomization' && content.kind !== 'patch';
}

function shownFile({ path, sizeBytes, mode, stamp, contentHash }: KnownFile, content: ParsedContent, patchedBy: string | undefined, takenBy: string | undefined): ScannedFile {
  const { kind, reason, problem, marks } = content;
  const documents = content.documents.map(({ index, item, line, id, hashes, marks: own }) => ({ index, item, line, id, meaning: hashes.L4, marks: own }));
  const file = { path, sizeBytes, mode, mtimeNs: stamp.slice(0, stamp.indexOf(' ')), contentHash, kind, reason, problem, documents, marks };
  if (patchedBy !== undefined && kind === 'manifests') return { ...file, kind: 'patch', reason: `${patchedBy} applies it as a patch: it is no resource itself.` };
  return takenBy === undefined || reason !== null ? file : { ...file, reason: `${takenBy} takes its content in: it is no resource itself.` };
}

/** The same objects for roots that are as they were. */
function knownRoots(before: readonly ApplyRoot[], after: readonly ApplyRoot[]): readonly ApplyRoot[] {
  const known = new Map(before.map((root) => [`${root.made}\n${root.path}`, root]));
  return after.map((root) => {
    const one = known.get(`${root.made}\n${root.path}`);
    const isSame = one !== undefined && one.files.length === root.files.length && one.files.every((path, at) => path === root.files[at]) && JSON.stringify(one.references) === JSON.stringify(root.references);
    return isSame ? one : root;
  });
}

function* save({ cache, memory, unsaved }: Kept, beside: string): Generator<undefined, void> {
  if (!unsaved.isAll && unsaved.files.size + unsaved.contents.size === 0) return;
  if (!(yield* cache.save(memory, unsaved, beside))) return;
  unsaved.isAll = false;
  unsaved.files.clear();
  unsaved.contents.clear();
}

/** A part of a comparison that is done in one go. */
interface CompareTask {
  /** Tasks about the same files are done one after the other. */
  readonly path: string;
  readonly bytes: number;
  readonly job: CompareJob;
  readonly onAnswer: (answer: { readonly layers: readonly (Partial<Placed['hashes']> | null)[]; readonly differing: readonly (readonly string[])[] }) => void;
}

function placeOf({ path, contentHash, document, item }: Placed): DocumentPlace {
  return [path, contentHash, document, item];
}

function pathsOf({ layers, differing }: CompareJob): readonly string[] {
  return [...layers.map(({ place }) => place[0]), ...differing.flatMap(({ places }) => places.map(([path]) => path))];
}

/** The first of the members beside some of the others at a time. */
function* differingTasks(service: string | null, members: readonly Placed[], bytesOf: (path: string) => number, onFound: (found: readonly string[]) => void): Generator<CompareTask> {
  const [first, ...others] = members;
  if (first === undefined) return;
  for (const some of batches(others, ({ path }) => ({ bytes: bytesOf(path), paths: [path] }), MEMBERS_AT_ONCE)) {
    const bytes = [first, ...some].reduce((sum, { path }) => sum + bytesOf(path), 0);
    yield { path: first.path, bytes, job: { layers: [], differing: [{ places: [first, ...some].map(placeOf), service }] }, onAnswer: ({ differing }) => onFound(differing[0] ?? []) };
  }
}

/** As many at a time as one thread takes, and as their mark has room for. */
function* batches<T>(items: Iterable<T>, measure: (item: T) => { readonly bytes: number; readonly paths: readonly string[] }, most = MARK_PATHS_MAX): Generator<readonly T[]> {
  let batch: T[] = [];
  let [bytes, paths, letters] = [0, 0, 0];
  for (const item of items) {
    const one = measure(item);
    // A letter takes at most three bytes.
    const own = one.paths.reduce((sum, path) => sum + path.length * 3 + 1, 0);
    if (batch.length > 0 && (bytes >= BATCH_BYTES || paths + one.paths.length > most || letters + own >= MARK_BYTES)) {
      yield batch;
      batch = [];
      [bytes, paths, letters] = [0, 0, 0];
    }
    batch.push(item);
    bytes += one.bytes;
    paths += one.paths.length;
    letters += own;
  }
  if (batch.length > 0) yield batch;
}
