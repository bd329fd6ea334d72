import { watch, type FSWatcher } from 'node:fs';
import { mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { IncomingFile } from '#shared/durable-files.ts';
import { log, Problem } from '#shared/service.ts';
import type { StoreClient } from '#shared/store-client.ts';
import { documentFacts, type DocumentFacts } from './document-facts.ts';
import type { RuleBook } from './rule-book.ts';
import { judge, type Verdict } from './rules.ts';
import { transformed } from './transforms.ts';

/** A processed document as it is written to `processed/<name>.json`. */
export interface ProcessedDocument extends DocumentFacts, Omit<Verdict, 'transforms'> {
  readonly name: string;
  /** Which version of the rules was applied. */
  readonly rulesVersion: number;
  /** Other forms of the document, in the same folder. */
  readonly derived: readonly string[];
  /** What a rule asked for and could not be done. */
  readonly notes: readonly string[];
  readonly sourceModifiedMs: number;
  readonly processedAt: string;
}

const RESCAN_MS = 5000;
/** How much of a text the rules can look into. */
const HEAD_BYTES = 1024 * 1024;

/**
 * Keeps `processed/` in step with `uploads/`: one JSON file per upload, also in the store under `processed:<name>`. File
 * events make it quick; the rescan makes it sure, also on mounts that send no events. Doing a file twice changes nothing. One document is done at a time.
 */
export class Indexer {
  private readonly uploads: string;
  private readonly processed: string;
  private readonly store: StoreClient;
  private readonly rules: RuleBook;
  private turn: Promise<unknown> = Promise.resolve();
  private watcher: FSWatcher | null = null;
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private readonly unsent = new Set<string>();
  lastPassMs = Date.now();

  constructor(efsRoot: string, store: StoreClient, rules: RuleBook) {
    this.uploads = join(efsRoot, 'uploads');
    this.processed = join(efsRoot, 'processed');
    this.store = store;
    this.rules = rules;
  }

  /** Throws a 404 when there is no upload of this name. */
  async expectUpload(name: string): Promise<void> {
    if (!(await this.isUpload(name))) throw new Problem(404, 'no-such-file', `There is no file ${name}.`);
  }

  private isUpload(name: string): Promise<boolean> {
    return stat(join(this.uploads, name)).then((stats) => stats.isFile(), () => false);
  }

  /** Processes one document again, whatever is known of it, and answers with its result. */
  async processNow(name: string): Promise<ProcessedDocument> {
    return this.alone(async () => {
      await this.expectUpload(name);
      await this.processFile(name, true);
      const document = await this.read(name);
      if (document === null) throw new Problem(404, 'no-such-file', `${name} was deleted meanwhile.`);
      return document;
    });
  }

  /** Looks at every document again, because the rules are others now. */
  lookAgain(): void {
    this.request();
  }

  private async alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  async start(): Promise<void> {
    await mkdir(this.uploads, { recursive: true });
    await mkdir(this.processed, { recursive: true });
    this.watcher = watch(this.uploads, () => this.request());
    this.watcher.on('error', (error) => log(`watching stopped, the rescan goes on: ${error.message}`));
    this.timer = setInterval(() => this.request(), RESCAN_MS);
    this.request();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.watcher?.close();
    if (this.timer !== null) clearInterval(this.timer);
    await this.running;
  }

  private request(): void {
    if (this.stopped) return;
    if (this.running !== null) {
      this.again = true;
      return;
    }
    this.running = this.pass()
      .catch((error: unknown) => log(`a pass failed: ${String(error)}`))
      .finally(() => {
        this.running = null;
        if (this.again) {
          this.again = false;
          this.request();
        }
      });
  }

  private async pass(): Promise<void> {
    const names = (await readdir(this.uploads)).filter((name) => !name.startsWith('.'));
    for (const name of names) {
      if (this.stopped) return;
      await this.alone(() => this.processFile(name, false)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') log(`${name} was not processed: ${error.message}`);
      });
    }
    const known = new Set(names.map((name) => `${name}.json`));
    for (const result of await readdir(this.processed)) if (result.endsWith('.json') && !result.startsWith('.') && !known.has(result)) await this.alone(() => this.forget(result));
    this.lastPassMs = Date.now();
  }

  private async processFile(name: string, again: boolean): Promise<void> {
    const path = join(this.uploads, name);
    const before = await stat(path);
    if (!before.isFile()) return;
    const known = await this.read(name);
    const { version, rules } = this.rules.now();
    if (again || known === null || known.sourceModifiedMs !== before.mtimeMs || known.sizeBytes !== before.size || known.rulesVersion !== version) {
      const facts = await documentFacts(path);
      const { transforms, ...verdict } = judge(rules, { name, type: facts.type, sizeBytes: facts.sizeBytes, text: facts.kind === 'text' ? await head(path) : null });
      const forms = [];
      for (const to of transforms) forms.push(await transformed(path, name, to, facts.sizeBytes, this.processed));
      const derived = forms.flatMap((form) => ('file' in form ? [form.file] : []));
      const document: ProcessedDocument = { name, ...facts, ...verdict, rulesVersion: version, derived, notes: forms.flatMap((form) => ('note' in form ? [form.note] : [])), sourceModifiedMs: before.mtimeMs, processedAt: new Date().toISOString() };
      const file = await IncomingFile.create(this.processed);
      try {
        await file.handle.writeFile(`${JSON.stringify(document, null, 2)}\n`);
        await file.finishWriting();
        await file.replace(`${name}.json`);
      } catch (error) {
        await file.discard();
        throw error;
      }
      this.unsent.add(name);
      for (const old of known?.derived ?? []) if (!derived.includes(old)) await this.removeDerived(old);
      log(`processed ${name}: ${document.sizeBytes} bytes, ${document.words ?? 'no'} words${document.matched.length === 0 ? '' : `, by ${document.matched.join(', ')}`}${document.rejected === null ? '' : ', rejected'}`);
    }
    if (this.unsent.has(name)) await this.send(name);
  }

  /** The store may be away for a while: what it did not take is sent with a later pass. */
  private async send(name: string): Promise<void> {
    const document = await this.read(name);
    if (document === null) return;
    await this.store.put(`processed:${name}`, document);
    this.unsent.delete(name);
  }

  private async forget(result: string): Promise<void> {
    const name = result.slice(0, -'.json'.length);
    // The list of a pass is as old as the pass: this one may have come and been processed meanwhile.
    if (await this.isUpload(name)) return;
    await this.store.delete(`processed:${name}`).catch((error: unknown) => log(`the store kept ${name}: ${String(error)}`));
    for (const old of (await this.read(name))?.derived ?? []) await this.removeDerived(old);
    await unlink(join(this.processed, result));
    log(`removed the result of ${name}, which was deleted`);
  }

  private async removeDerived(file: string): Promise<void> {
    await unlink(join(this.processed, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  private async read(name: string): Promise<ProcessedDocument | null> {
    try {
      return JSON.parse(await readFile(join(this.processed, `${name}.json`), 'utf8')) as ProcessedDocument;
    } catch {
      return null;
    }
  }
}

async function head(path: string): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
