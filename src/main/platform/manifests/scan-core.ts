import { hash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { AppError } from '@shared/kernel/app-error';
import { collect, groupsOfTree, toCompare, type Collected, type FactFile } from '@shared/domain/gitops/scan/collect';
import { differingPointers } from '@shared/domain/gitops/scan/pointers';
import type { DuplicateGroup, ManifestValue, ScannedFile } from '@shared/domain/gitops/types';
import { emptyMemory, readCache, writeCache, type FolderMemory, type KnownFile } from './cache-file';
import { ContentParser } from './content-parser';
import { inlinePool, ReadingMark, threadPool, type ContentPool } from './content-pool';
import type { ContentJob, ParsedContent, ScannerProgress, ScannerRequest, ScannerResult, SkippedEntry } from './protocol';
import { walkManifests, withFile, type WalkedFile } from './walk';

/** Below this a second thread costs more than it brings. */
const THREADS_FROM_FILES = 3_000;
/** Bytes read ahead of the parsers, and how much of them goes to one thread at a time. */
const WINDOW_BYTES = 4 * 1024 * 1024;
const WINDOW_FILES = 2_000;
const BATCH_BYTES = 128 * 1024;
const BATCH_FILES = 100;
/** Other messages are looked at so often. */
const TURN_MS = 40;
const PROGRESS_MS = 200;

/** Where the answers of a scan go. */
export interface ScanSink {
  progress(progress: ScannerProgress): void;
  files(files: readonly ScannedFile[]): void;
}

interface Kept {
  readonly memory: FolderMemory;
  generation: number;
  /** What the other side has: by path, the file and what takes it in. */
  sent: Map<string, { readonly known: KnownFile; readonly by: string | undefined }>;
  differences: Map<string, readonly string[]>;
}

interface Job {
  readonly key: string;
  readonly path: string;
  readonly bytes: Buffer;
}

/** Scans of folders, one at a time; lives in the scanner process. */
export class ScanCore {
  private readonly kept = new Map<string, Kept>();
  private parser: { readonly file: string; readonly parser: ContentParser } | undefined;

  /** `onDied`: a thread is gone, and with it this process must go. */
  constructor(private readonly onDied: () => void) {}

  async scan(request: ScannerRequest, signal: { readonly aborted: boolean }, sink: ScanSink): Promise<{ readonly result: ScannerResult; readonly save: () => void }> {
    const run = new ScanRun(request, signal, sink, this.memoryOf(request), this.parserOf(request.schemaFile), this.onDied);
    try {
      return await run.run();
    } finally {
      await run.close();
    }
  }

  private memoryOf({ dir, fresh, cacheFile }: ScannerRequest): Kept {
    const known = this.kept.get(dir);
    if (known !== undefined && !fresh) return known;
    const made: Kept = { memory: fresh ? emptyMemory() : readCache(cacheFile, dir), generation: 0, sent: new Map(), differences: new Map() };
    this.kept.set(dir, made);
    return made;
  }

  private parserOf(file: string): ContentParser {
    if (this.parser?.file !== file) this.parser = { file, parser: new ContentParser(file) };
    return this.parser.parser;
  }
}

class ScanRun {
  private readonly mark: ReadingMark;
  private pool: ContentPool;
  private readonly skipped: SkippedEntry[] = [];
  private readonly jobs: Job[] = [];
  private jobBytes = 0;
  private readonly running = new Set<Promise<void>>();
  private readonly asked = new Set<string>();
  private filesSeen = 0;
  private filesRead = 0;
  private turnAt = performance.now();
  private toldAt = 0;
  private readonly phases: { [phase: string]: number } = {};
  private phaseAt = performance.now();
  private isChanged = false;

  constructor(
    private readonly request: ScannerRequest,
    private readonly signal: { readonly aborted: boolean },
    private readonly sink: ScanSink,
    private readonly kept: Kept,
    parser: ContentParser,
    private readonly onDied: () => void,
  ) {
    this.mark = new ReadingMark(request.readingFile, 0);
    this.pool = inlinePool(parser, this.mark);
    parser.define(this.definitions());
  }

  async run(): Promise<{ readonly result: ScannerResult; readonly save: () => void }> {
    const { request, kept } = this;
    for (const path of request.suspects) await this.suspect(path);
    const seen = request.paths === null ? await this.walk() : await this.look(request.paths);
    await this.drain();
    this.phase('read');
    await this.redefine();
    for (const path of [...kept.memory.files.keys()]) {
      if (seen.has(path) || (request.paths !== null && !request.paths.includes(path))) continue;
      kept.memory.files.delete(path);
      this.isChanged = true;
    }
    const files = this.factFiles();
    const collected = collect(files);
    this.phase('collect');
    await this.refine(collected);
    this.phase('layers');
    const groups = await this.withDifferences(groupsOfTree(collected), files);
    this.phase('groups');
    const result = this.send(files, collected, groups);
    this.phase('send');
    return { result: { ...result, phases: this.phases, peakBytes: process.resourceUsage().maxRSS * 1024 }, save: () => (this.isChanged ? writeCache(request.cacheFile, request.dir, kept.memory) : undefined) };
  }

  async close(): Promise<void> {
    await this.pool.close();
    this.mark.close();
  }

  private phase(name: string): void {
    const now = performance.now();
    this.phases[name] = Math.round(now - this.phaseAt);
    this.phaseAt = now;
  }

  private async walk(): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    const expected = this.kept.memory.files.size;
    for (const file of walkManifests(this.request.dir, (skipped) => void this.skipped.push(skipped))) {
      seen.add(file.path);
      this.file(file);
      if (this.jobBytes >= WINDOW_BYTES || this.jobs.length >= WINDOW_FILES) await this.dispatch();
      await this.turn(expected === 0 ? null : expected, 'walking');
    }
    return seen;
  }

  private async look(paths: readonly string[]): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    for (const path of paths) {
      const found = withFile(this.request.dir, path, (file) => {
        this.file(file);
        return true;
      }, (skipped) => void this.skipped.push(skipped));
      if (found === true) seen.add(path);
      await this.turn(paths.length, 'reading');
    }
    return seen;
  }

  /** One file that may be the one a process died of. */
  private async suspect(path: string): Promise<void> {
    withFile(this.request.dir, path, (file) => this.file(file));
    await this.dispatch();
    await this.settle();
  }

  private file(file: WalkedFile): void {
    this.filesSeen += 1;
    const { memory } = this.kept;
    const known = memory.files.get(file.path);
    const [mtimeNs, ctimeNs, ino] = [String(file.mtimeNs), String(file.ctimeNs), String(file.ino)];
    if (known !== undefined && known.mtimeNs === mtimeNs && known.ctimeNs === ctimeNs && known.ino === ino && known.sizeBytes === file.sizeBytes && known.mode === file.mode && (memory.contents.has(known.key) || this.asked.has(known.key))) return;
    let bytes: Buffer | null;
    try {
      bytes = file.read();
    } catch {
      this.skipped.push({ path: file.path, reason: 'Your user may not read the file.' });
      return;
    }
    if (bytes === null) return;
    this.filesRead += 1;
    this.isChanged = true;
    const contentHash = hash('sha256', bytes, 'hex');
    const key = contentKey(contentHash, file.path);
    memory.files.set(file.path, { path: file.path, sizeBytes: bytes.length, mode: file.mode, mtimeNs, ctimeNs, ino, contentHash, key });
    if (memory.contents.has(key) || this.asked.has(key)) return;
    if (this.request.refused.includes(file.path)) {
      const message = 'The file cannot be read: a reader of its own takes too long or too much memory over it.';
      memory.contents.set(key, { ...NOTHING, kind: 'unparseable', reason: message, problem: { message, line: 1, column: 1 } });
      return;
    }
    if (file.path.endsWith('.json') && !bytes.includes('"apiVersion"')) {
      memory.contents.set(key, NOTHING);
      return;
    }
    this.asked.add(key);
    this.jobs.push({ key, path: file.path, bytes });
    this.jobBytes += bytes.length;
  }

  /** Hands on what was read, the largest first; waits while the parsers have enough to do. */
  private async dispatch(): Promise<void> {
    const jobs = this.jobs.splice(0).sort((a, b) => b.bytes.length - a.bytes.length);
    this.jobBytes = 0;
    if (this.pool.threads === 0 && this.wantsThreads()) await this.openThreads();
    let batch: Job[] = [];
    let bytes = 0;
    for (const job of jobs) {
      batch.push(job);
      bytes += job.bytes.length;
      if (bytes < BATCH_BYTES && batch.length < BATCH_FILES) continue;
      await this.parse(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) await this.parse(batch);
  }

  private wantsThreads(): boolean {
    const { threads } = this.request;
    return threads > 0 || (this.filesRead >= THREADS_FROM_FILES && availableParallelism() > 1);
  }

  private async openThreads(): Promise<void> {
    const { threads, schemaFile, readingFile } = this.request;
    const count = threads > 0 ? threads : Math.min(4, Math.max(2, availableParallelism()));
    this.pool = threadPool(count, { schemaFile, readingFile }, this.onDied);
    this.pool.define(this.definitions());
    await Promise.resolve();
  }

  private async parse(batch: readonly Job[]): Promise<void> {
    const running = this.pool.run(batch.map(({ path, bytes }) => ({ path, bytes, work: 'parse' }))).then((results) => {
      for (const [at, one] of results.entries()) {
        const key = batch[at]?.key;
        if (key === undefined || !('parsed' in one)) continue;
        this.kept.memory.contents.set(key, one.parsed);
        this.asked.delete(key);
      }
    });
    this.running.add(running);
    void running.finally(() => this.running.delete(running)).catch(() => undefined);
    if (this.running.size > this.pool.threads * 3) await Promise.race(this.running);
    await this.turn(null, 'reading');
  }

  private async drain(): Promise<void> {
    await this.dispatch();
    await this.settle();
  }

  private async settle(): Promise<void> {
    while (this.running.size > 0) {
      await Promise.race([...this.running]);
      await this.turn(null, 'reading');
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
    await new Promise((resolve) => setImmediate(resolve));
    this.turnAt = performance.now();
    if (this.signal.aborted) throw new AppError('cancelled', 'The scan was cancelled.');
  }

  private definitions(): readonly ManifestValue[] {
    return [...this.kept.memory.contents].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, { definitions }]) => definitions);
  }

  /** Kinds that the tree defines are known only once everything was read: what is of these kinds is read again. */
  private async redefine(): Promise<void> {
    const { memory } = this.kept;
    const used = new Set([...memory.files.values()].map((one) => one.key));
    for (const key of [...memory.contents.keys()]) if (!used.has(key)) memory.contents.delete(key);
    const defining = [...memory.contents].filter(([, content]) => content.definitions.length > 0).map(([key]) => key).sort();
    const name = defining.length === 0 ? '' : hash('sha256', defining.join('\n'));
    if (name === memory.definitions) return;
    memory.definitions = name;
    this.isChanged = true;
    this.pool.define(this.definitions());
    const again = new Set([...memory.contents].filter(([, { documents }]) => documents.some(({ id }) => id !== null && id.group.includes('.') && !id.group.endsWith('.k8s.io'))).map(([key]) => key));
    await this.again([...memory.files.values()].filter(({ key }) => again.delete(key)), 'parse', ({ key }, result) => {
      if ('parsed' in result) memory.contents.set(key, result.parsed);
    });
  }

  /** Reads files once more; the results come in any order. */
  private async again(files: readonly KnownFile[], work: 'parse' | 'fine' | 'coarse', onResult: (file: KnownFile, result: Awaited<ReturnType<ContentPool['run']>>[number]) => void): Promise<void> {
    let batch: { readonly file: KnownFile; readonly job: ContentJob }[] = [];
    const flush = async (): Promise<void> => {
      const now = batch.splice(0);
      batch = [];
      if (now.length === 0) return;
      const running = this.pool.run(now.map(({ job }) => job)).then((results) => {
        for (const [at, result] of results.entries()) {
          const one = now[at];
          if (one !== undefined) onResult(one.file, result);
        }
      });
      this.running.add(running);
      void running.finally(() => this.running.delete(running)).catch(() => undefined);
      if (this.running.size > this.pool.threads * 3) await Promise.race(this.running);
    };
    for (const file of files) {
      const bytes = withFile(this.request.dir, file.path, (one) => one.read());
      if (bytes !== null && hash('sha256', bytes, 'hex') === file.contentHash) batch.push({ file, job: { path: file.path, bytes, work } });
      if (batch.length >= BATCH_FILES) await flush();
      await this.turn(null, 'comparing');
    }
    await flush();
    await this.settle();
  }

  private factFiles(): readonly FactFile[] {
    const { memory } = this.kept;
    const found: FactFile[] = [];
    for (const known of memory.files.values()) {
      const content = memory.contents.get(known.key);
      if (content === undefined || content === NOTHING || isLeftOut(known, content)) continue;
      const { kind, reason, problem, documents, marks, facts, services } = content;
      const { path, sizeBytes, mode, mtimeNs, contentHash } = known;
      found.push({ path, sizeBytes, mode, mtimeNs, contentHash, kind, reason, problem, documents, marks, facts, services });
    }
    return found;
  }

  /** The other layers of what is to be compared. */
  private async refine(collected: Collected): Promise<void> {
    const { memory } = this.kept;
    const wanted = toCompare(collected);
    for (const work of ['fine', 'coarse'] as const) {
      const byKey = new Map<string, KnownFile>();
      for (const { path } of wanted[work]) {
        const known = memory.files.get(path);
        if (known !== undefined) byKey.set(known.key, known);
      }
      if (byKey.size === 0) continue;
      this.isChanged = true;
      await this.again([...byKey.values()], work, ({ key }, result) => {
        if (!('layers' in result)) return;
        const documents = memory.contents.get(key)?.documents ?? [];
        // In place: what was collected refers to these very hashes.
        for (const [at, layers] of result.layers.entries()) if (documents[at] !== undefined) Object.assign(documents[at].hashes, layers);
      });
    }
  }

  private async withDifferences(groups: readonly DuplicateGroup[], files: readonly FactFile[]): Promise<readonly DuplicateGroup[]> {
    const found: DuplicateGroup[] = [];
    const byPath = new Map(files.map((file) => [file.path, file]));
    const known = new Map<string, readonly string[]>();
    for (const group of groups) {
      if (group.layer !== null || group.certainty === 'info') {
        found.push(group);
        continue;
      }
      const key = `${group.id} ${group.members.map((one) => one.contentHash).join(' ')}`;
      let differences = this.kept.differences.get(key);
      if (differences === undefined) {
        differences = await this.differences(group, byPath);
        await this.turn(null, 'comparing');
      }
      known.set(key, differences);
      found.push({ ...group, differences });
    }
    this.kept.differences = known;
    return found;
  }

  private async differences(group: DuplicateGroup, files: ReadonlyMap<string, FactFile>): Promise<readonly string[]> {
    const service = group.identity !== null && 'service' in group.identity ? group.identity.service : null;
    const jobs = group.members.flatMap((member): readonly ContentJob[] => {
      const bytes = files.has(member.path) ? withFile(this.request.dir, member.path, (one) => one.read()) : null;
      return bytes === null ? [] : [{ path: member.path, bytes, work: { document: member.document, item: member.item, service } }];
    });
    const [first, ...others] = (await this.pool.run(jobs)).map((one) => ('value' in one ? one.value : null));
    return [...new Set(others.flatMap((one) => differingPointers(first ?? null, one)))].sort();
  }

  private send(files: readonly FactFile[], collected: Collected, groups: readonly DuplicateGroup[]): Omit<ScannerResult, 'phases' | 'peakBytes'> {
    const { kept, request } = this;
    const { graph } = collected;
    const isWhole = kept.generation === 0 || request.generation !== kept.generation;
    const before: Kept['sent'] = isWhole ? new Map() : kept.sent;
    const sent: Kept['sent'] = new Map();
    let chunk: ScannedFile[] = [];
    let documents = 0;
    for (const file of files) {
      documents += file.documents.length;
      const known = kept.memory.files.get(file.path);
      if (known === undefined) continue;
      const [patchedBy, takenBy] = [graph.patches.get(file.path), graph.data.get(file.path)];
      const by = patchedBy ?? takenBy;
      const had = before.get(file.path);
      sent.set(file.path, had?.known === known && had.by === by ? had : { known, by });
      if (had !== undefined && sent.get(file.path) === had) continue;
      chunk.push(shownFile(file, patchedBy, takenBy));
      if (chunk.length < 400) continue;
      this.sink.files(chunk);
      chunk = [];
    }
    if (chunk.length > 0) this.sink.files(chunk);
    kept.sent = sent;
    kept.generation += 1;
    return {
      generation: kept.generation,
      isWhole,
      removed: [...before.keys()].filter((path) => !sent.has(path)),
      applyRoots: collected.applyRoots,
      groups,
      skipped: this.skipped,
      filesRead: this.filesRead,
      documents,
      threads: this.pool.threads,
    };
  }
}

const NOTHING: ParsedContent = { kind: 'other', reason: null, problem: null, documents: [], marks: {}, facts: null, services: [], definitions: [] };

/** JSON that is no manifest is somebody else's. */
function isLeftOut(known: KnownFile, content: ParsedContent): boolean {
  return known.path.endsWith('.json') && content.kind !== 'manifests' && content.kind !== 'kustomization' && content.kind !== 'patch';
}

/** How a content is read depends on the name and on being among the templates of a chart too. */
function contentKey(contentHash: string, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isNamed = /^kustomization\.|^chart\.|^values[.-]|[.-]values\.|compose|\.(?:tpl|tmpl|gotmpl|j2|jinja2?|template)|\.json$/i.test(name) || name === 'Kustomization';
  return `${contentHash}${/(?:^|\/)templates\//.test(path) ? ' templates' : ''}${isNamed ? ` ${name}` : ''}`;
}

function shownFile({ facts: _facts, services: _services, ...file }: FactFile, patchedBy: string | undefined, takenBy: string | undefined): ScannedFile {
  const documents = file.documents.map(({ index, item, line, id, hashes, marks }) => ({ index, item, line, id, hashes, marks }));
  if (patchedBy !== undefined && file.kind === 'manifests') return { ...file, documents, kind: 'patch', reason: `${patchedBy} applies it as a patch: it is no resource itself.` };
  return takenBy === undefined || file.reason !== null ? { ...file, documents } : { ...file, documents, reason: `${takenBy} takes its content in: it is no resource itself.` };
}
